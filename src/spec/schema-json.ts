/** JSON Schema for editors, readers and clients. Loaded by `workflow schema` and `mcp` alone: nothing else needs it. */
import { stringify } from "yaml";
// Not from zod/mini: the bundle has that without it (scripts/build.mjs).
import { toJSONSchema } from "zod/v4/core";
import type { Json, JsonMap } from "../core/json.ts";
import { task, workflow } from "./schema.ts";
import { BUILT_IN } from "./schema-agents.ts";
import type { Schema } from "./schema-words.ts";

/** JSON Schema (draft 7, which editors know best) of a workflow file. */
export function workflowJsonSchema(): JsonMap {
  const schema = jsonSchema(workflow);
  const definitions: Record<string, Json> = { task: taskSchema() };
  const properties = { ...(schema.properties as JsonMap) };
  const list: Json = { type: "array", items: { $ref: "#/definitions/task" } };
  properties.tasks = list;
  properties.hooks = withHooks(properties.hooks as JsonMap, list);
  // Unquoted 1.0 is read as "1.0".
  properties.version = {
    anyOf: [
      { type: "string", pattern: "^1\\.[0-9]+$" },
      { type: "number", minimum: 1, exclusiveMaximum: 2 },
    ],
  };
  return { $schema: DIALECT, ...schema, title: "decapod workflow", properties, definitions };
}

/** JSON Schema of what a tool takes; nothing but what stands in it. */
export function inputJsonSchema(schema: Schema): JsonMap {
  const { $schema: _dialect, ...made } = toJSONSchema(schema, { target: "draft-7", unrepresentable: "any" });
  return made as unknown as JsonMap;
}

/** The workflow schema as YAML text: the published `workflow.schema.yaml`. */
export function workflowSchemaYaml(): string {
  const head =
    "# JSON Schema of a decapod workflow file. Written by `decapod workflow schema --yaml`; do not edit.\n";
  return head + stringify(workflowJsonSchema(), { lineWidth: 110, aliasDuplicateObjects: false });
}

/** Known to editors without a network; only the top of a document may say it. */
const DIALECT = "http://json-schema.org/draft-07/schema#";

/** In a list, because an object with `then` looks like a promise. */
const CASE_WORDS: readonly string[] = ["if", "then"];

/** A task, with the parameters of each built-in agent. */
function taskSchema(): Json {
  const schema = jsonSchema(task);
  const cases = [...BUILT_IN].map(([agent, parameters]) => {
    const condition = { properties: { agent: { const: agent } }, required: ["agent"] };
    const consequence = { properties: { parameters: parametersSchema(agent, parameters) } };
    return Object.fromEntries([condition, consequence].map((part, index) => [CASE_WORDS[index], part]));
  });
  return { ...schema, allOf: cases };
}

function parametersSchema(agent: string, parameters: Schema): Json {
  const schema = jsonSchema(parameters);
  if (agent !== "group") return schema;
  const list: Json = { type: "array", items: { $ref: "#/definitions/task" } };
  const properties = schema.properties as JsonMap;
  return {
    ...schema,
    properties: { ...properties, tasks: list, hooks: withHooks(properties.hooks as JsonMap, list) },
  };
}

function withHooks(hooks: JsonMap, list: Json): Json {
  const names = Object.keys(hooks.properties as JsonMap);
  return { ...hooks, properties: Object.fromEntries(names.map((name) => [name, list])) };
}

/** Keys that begin with x- are free everywhere. */
function jsonSchema(schema: Schema): JsonMap {
  const { $schema: _dialect, ...made } = toJSONSchema(schema, {
    target: "draft-7",
    unrepresentable: "any",
    override: ({ jsonSchema: made }) => {
      if (made.additionalProperties === false) made.patternProperties = { "^x-": {} };
    },
  });
  return made as unknown as JsonMap;
}
