/** All tools there are. What a person decides is none of them. */
import { OPERATIONS } from "../../contract.ts";
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { inputJsonSchema } from "../../spec/schema-json.ts";
import { ACTING_TOOLS } from "./acting-tools.ts";
import type { ListedTool } from "./mcp-sdk.ts";
import { SEEING_TOOLS } from "./seeing-tools.ts";
import { FIELDS, type Tool } from "./tool.ts";

export const TOOLS: readonly Tool[] = [...SEEING_TOOLS, ...ACTING_TOOLS];

/** Operations that a program may ask for and that are no tools, with the reason. */
export const LEFT_TO_THE_COMMAND_LINE = {
  "runs.resume": "a person paused it, or stopped the process that worked on it",
  "runs.pause": "who starts less can start nothing",
  "runs.again": "runs.start with other params does the same",
  "main-task.move": "an invocation of a loop hands on by the command, which knows the revision it began with",
  "events.send": "it tells a run that something happened in the world, which a conversation does not know",
  "decisions.prepare": "half of a decision",
} as const satisfies Partial<Record<keyof typeof OPERATIONS, string>>;

export function listedTools(): readonly ListedTool[] {
  return TOOLS.map(({ name, title, about, access, operation, isDestructive = false, input, fields }) => ({
    name,
    title,
    description: operation === undefined ? about : `${about} (decapod: ${OPERATIONS[operation].about})`,
    inputSchema: described(inputJsonSchema(input), { ...FIELDS, ...fields }),
    isReadOnly: access === "read",
    isDestructive,
  }));
}

/** With what each field means. */
function described(schema: JsonMap, fields: Readonly<Record<string, string>>): JsonMap {
  const properties = isMap(schema.properties) ? schema.properties : {};
  const shown = Object.entries(properties).map(([name, field]): [string, Json] => {
    const description = fields[name];
    const type = name === "params" ? { type: "object" } : {};
    return [name, { ...type, ...(isMap(field) && field), ...(description !== undefined && { description }) }];
  });
  return { ...schema, properties: Object.fromEntries(shown) };
}
