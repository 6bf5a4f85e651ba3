/** The shape of a whole definition: keys, types and ranges, in bodies and hooks too. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { beyond, LIMITS, most } from "../core/limits.ts";
import { thousands } from "../core/thousands.ts";
import type { Findings } from "./findings.ts";
import { checkParameterShapes, isPlainScript } from "./link-agents.ts";
import { HOOK_NAMES } from "./link-level.ts";
import { WORKFLOW_SCHEMA } from "./link-schema.ts";
import { frame, taskFields, task as taskSchema } from "./schema.ts";
import { ID_PATTERN, type Schema } from "./schema-words.ts";
import { checkShape } from "./shape.ts";
import type { Path } from "./source.ts";
import type { Surroundings } from "./surroundings.ts";

/** True when enough is left to be linked; problems may have been found all the same. */
export function checkDefinition(value: Json, findings: Findings): boolean {
  if (!isMap(value)) {
    const message = value === null ? "the file is empty" : "a workflow is a map with name and tasks";
    findings.add("E_TYPE", { path: [] }, { message, hint: "name: …" });
    return false;
  }
  readVersion(value, findings);
  if (tooMany(value.tasks, ["tasks"], findings)) return false;
  const hasNoTasks = Array.isArray(value.tasks) && value.tasks.length === 0;
  if (!checkShape(frame, value, [], findings)) return false;
  if (hasNoTasks) {
    findings.add("E_REQUIRED", { path: ["tasks"] }, { message: "the workflow has no tasks" });
  }
  eachTask(value, [], 0, (task, path, index) => {
    // What stands in for one that is none has been told of.
    if (findings.isGone([...path, index, "id"])) return;
    if (!isPlainTask(task)) checkShape(taskSchema, task, [...path, index], findings);
    if (!isMap(task.parameters) || !isPlainScript(String(task.agent), task.parameters))
      checkParameterShapes(task, [...path, index], findings);
  });
  return true;
}

/** The fields nearly every task has, judged without zod: 10,000 tasks are read in a breath. The schema has the last word. */
const QUICK: ReadonlyMap<string, (value: Json) => boolean> = new Map<string, (value: Json) => boolean>([
  ["id", (value) => typeof value === "string" && ID_PATTERN.test(value)],
  ["agent", isFilled],
  ["dependencies", (value) => Array.isArray(value) && value.every(isFilled)],
  ["parameters", isMap],
  ["condition", (value) => typeof value === "boolean" || isFilled(value)],
  ["description", (value) => typeof value === "string"],
]);

function isFilled(value: Json): boolean {
  return typeof value === "string" && value !== "";
}

function isPlainTask(task: JsonMap): boolean {
  if (task.id === undefined || task.agent === undefined) return false;
  return Object.keys(task).every((key) => {
    const value = task[key] as Json;
    const quick = QUICK.get(key);
    if (quick !== undefined) return quick(value);
    const field = TASK_FIELD.get(key);
    return field?.safeParse(value).success === true;
  });
}

const TASK_FIELD: ReadonlyMap<string, Schema> = new Map(Object.entries<Schema>(taskFields));

/** `version: 1.0` without quotes is a number; what was meant is clear. Of any other number it is not: 1.10 is 1.1. */
function readVersion(value: JsonMap, findings: Findings): void {
  const { version } = value;
  if (version === undefined) return;
  const written =
    typeof version === "number" ? (findings.source?.written(["version"]) ?? String(version)) : version;
  const isKnown = typeof written === "string" && /^1\.\d{1,3}$/.test(written);
  const isSpelled = typeof version === "string" || written === "1.0";
  if (isKnown && isSpelled) {
    (value as Record<string, Json>).version = written;
    return;
  }
  const spot = { path: ["version"] };
  if (typeof version === "number" && (isKnown || Number.isInteger(version))) {
    findings.add("E_TYPE", spot, {
      message: `version must be text, not ${written}`,
      hint: `write it in quotes: "${isKnown ? written : "1.0"}"`,
    });
  } else if (typeof version === "string" || typeof version === "number") {
    findings.add("E_VERSION", spot, {
      message: `this decapod reads version 1.x of the language, not ${String(written)}`,
      hint: 'version: "1.0"',
    });
  } else return;
  (value as Record<string, Json>).version = "1.0";
}

function tooMany(tasks: Json | undefined, path: Path, findings: Findings): boolean {
  const { limits } = findings;
  if (!Array.isArray(tasks) || tasks.length <= most(LIMITS.tasks, limits)) return false;
  const message = `${beyond(LIMITS.tasks, limits)}, this one has ${thousands(tasks.length)}`;
  findings.add("E_TOO_LARGE", { path }, { message, hint: "use foreach" });
  return true;
}

type Visit = (task: JsonMap, list: Path, index: number) => void;

/** Every task of the file: hooks and bodies of groups too. */
export function eachTask(map: JsonMap, path: Path, depth: number, visit: Visit): void {
  if (depth > most(LIMITS.groupDepth)) return;
  const lists: (readonly [Json | undefined, Path])[] = [[map.tasks, [...path, "tasks"]]];
  if (isMap(map.hooks))
    for (const name of HOOK_NAMES) lists.push([map.hooks[name], [...path, "hooks", name]]);
  for (const [list, at] of lists) {
    if (!Array.isArray(list)) continue;
    list.forEach((task: Json, index) => {
      if (!isMap(task)) return;
      visit(task, at, index);
      if (task.agent === "group" && isMap(task.parameters))
        eachTask(task.parameters, [...at, index, "parameters"], depth + 1, visit);
    });
  }
}

/** The text of a schema file takes the place of its name, so that the definition is complete without the file. */
export function readSchemaFiles(definition: JsonMap, { schemaFile }: Surroundings, findings: Findings): void {
  if (schemaFile === undefined) return;
  const replace = (task: JsonMap, path: Path) => {
    const name = task.output_schema;
    if (typeof name !== "string" || name === WORKFLOW_SCHEMA) return;
    const read = schemaFile(name);
    if (read.ok) (task as Record<string, Json>).output_schema = read.value;
    else
      for (const { message, hint } of read.problems)
        findings.add("E_NOT_FOUND", { path: [...path, "output_schema"] }, { message, hint });
  };
  eachTask(definition, [], 0, (task, path, index) => {
    if (typeof task.output_schema === "string") replace(task, [...path, index]);
  });
  if (isMap(definition.defaults)) replace(definition.defaults, ["defaults"]);
}
