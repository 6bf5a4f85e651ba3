/** A task file as the one-task workflow that it becomes, and the way back from a part of that to its place in the file. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Path, Source, Span } from "../../spec/source.ts";
import { writeYaml } from "../../spec/write-yaml.ts";
import type { TaskFile } from "./task-file.ts";

/** The one task of it. */
export const ONE_TASK = "task";
/** A task that says how long it may take is stopped by that, not by the hour that a run has without further words. */
const LONG = "365d";

/** `isRole`: the task's type is a role, which reads the body; a worker has its params. */
export function taskDefinition(task: TaskFile, isRole: boolean): JsonMap {
  const { id, type, createdBy, fields, expectedOutputs, priority, workflow } = task;
  const isOpenEnded = fields.timeout !== undefined || workflow !== null;
  return {
    name: id,
    description: `the task file ${id}`,
    ...(createdBy !== null && { metadata: { author: createdBy } }),
    params: {},
    ...(isOpenEnded && { settings: { timeout: LONG } }),
    tasks: [
      {
        id: ONE_TASK,
        agent: workflow === null ? type : "workflow",
        parameters: parametersOf(task, isRole),
        ...(expectedOutputs.length > 0 && { expected_outputs: expectedOutputs }),
        ...(priority !== 0 && { priority }),
        ...fieldsOf(fields),
      },
    ],
  };
}

function parametersOf(task: TaskFile, isRole: boolean): JsonMap {
  const params = asData(task.params) as JsonMap;
  if (task.workflow !== null) {
    const called = asData(task.workflow);
    const way = /[/\\]|\.(?:ya?ml|json)$/i.test(task.workflow) ? "path" : "name";
    return { [way]: called, params };
  }
  return isRole ? { task: asData(roleText(task)), ...filesOf(params) } : params;
}

/** What the agent reads: the body, and the params as they would stand in the file. */
function roleText({ body, params }: TaskFile): string {
  const { files: _given, ...others } = params;
  if (Object.keys(others).length === 0) return body.trim();
  return `${body.trim()}\n\n## Params\n\n\`\`\`yaml\n${writeYaml(others)}\`\`\`\n`.trimStart();
}

function filesOf(params: JsonMap): JsonMap {
  return params.files === undefined ? {} : { files: params.files };
}

/** What a question says is text; the rest of these fields holds no text in which an expression would be read. */
function fieldsOf(fields: JsonMap): JsonMap {
  const { approval } = fields;
  if (!isMap(approval)) return fields;
  const { significant } = approval;
  const said = {
    ...dataAt(approval, ["message", "show", "approvers"]),
    ...(isMap(significant) && { significant: { ...significant, ...dataAt(significant, ["changed"]) } }),
  };
  return { ...fields, approval: { ...approval, ...said } };
}

function dataAt(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(
    keys.flatMap((key) => (map[key] === undefined ? [] : [[key, asData(map[key])] as const])),
  );
}

/** What a task file says is data: `${ }` in it is text, and never read as an expression. */
function asData(value: Json): Json {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map(asData);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asData(one)]));
}

/** Where the parts of the definition were written. */
export class TaskSource implements Source {
  readonly file: string;
  readonly text: string;
  readonly isLazy = false;
  private readonly task: TaskFile;

  constructor(task: TaskFile) {
    this.task = task;
    this.file = task.source.file;
    this.text = task.text;
  }

  span(path: Path, part: "key" | "value"): Span {
    const written = this.placeOf(path);
    if (written === "body") return { start: this.task.bodyStart, end: this.task.bodyStart + 1 };
    return this.task.source.span(written, part);
  }

  written(path: Path): string | null {
    const written = this.placeOf(path);
    return written === "body" ? null : this.task.source.written(written);
  }

  private placeOf(path: Path): Path | "body" {
    const { workflow } = this.task;
    if (path[0] !== "tasks") return [];
    const [, , field, ...rest] = path;
    if (field === undefined) return [];
    if (field === "agent") return [workflow === null ? "task_type" : "workflow"];
    if (field !== "parameters") return [field, ...rest];
    if (workflow !== null) return rest[0] === "params" ? ["params", ...rest.slice(1)] : ["workflow"];
    return rest[0] === "task" ? "body" : ["params", ...rest];
  }
}
