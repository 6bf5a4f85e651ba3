/** A task file: bytes → what it asks for, or every problem with line and column. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { BUILT_IN, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import { sha256 } from "../../port/hash.ts";
import { tidy } from "../../spec/document.ts";
import { Findings } from "../../spec/findings.ts";
import { decodeText } from "../../spec/read.ts";
import { BUILT_IN as BUILT_IN_AGENTS } from "../../spec/schema-agents.ts";
import { checkShape } from "../../spec/shape.ts";
import type { Source } from "../../spec/source.ts";
import { type Fenced, readFenced } from "./front-matter.ts";
import { tooLarge } from "./plain-file.ts";
import { fileOfId, idOfFile, idTrouble } from "./task-id.ts";
import { TASK_FILE } from "./task-schema.ts";

export interface TaskFile {
  readonly id: string;
  readonly type: string;
  readonly createdBy: string | null;
  /** The attempt in which it was written, `RUN/TASK/NUMBER`, or its run; null: in none that is known. */
  readonly parent: string | null;
  readonly params: JsonMap;
  readonly expectedOutputs: readonly string[];
  /** Keys that a task of a workflow has as well, as they were written. */
  readonly fields: JsonMap;
  /** Ids of tasks that must have succeeded. */
  readonly dependsOn: readonly string[];
  readonly retryOf: string | null;
  /** Higher first. */
  readonly priority: number;
  /** A whole workflow, by name or path; null for one role or worker. */
  readonly workflow: string | null;
  readonly body: string;
  /** The whole file, as it was read. */
  readonly text: string;
  /** Of the bytes. */
  readonly digest: string;
  readonly source: Source;
  readonly bodyStart: number;
}

/** What a one-task workflow takes over as it stands. */
const SHARED = ["success_criteria", "approval", "retry", "timeout"] as const;

export function readTaskFile(file: string, bytes: Uint8Array, limits: Limits = BUILT_IN): Result<TaskFile> {
  if (bytes.length > most(LIMITS.taskFileBytes, limits)) return bad(tooLarge(file, bytes.length, limits));
  const text = decodeText(file, bytes);
  if (!text.ok) return text;
  const fenced = readFenced(file, text.value, limits);
  if (!fenced.ok) return fenced;
  const { front } = fenced.value;
  const findings = new Findings(front.source, limits);
  const values = tidied(front.value, findings);
  if (values === null || !checkShape(TASK_FILE, values, [], findings))
    return { ok: false, problems: findings.sorted() };
  checkIds(file, values, findings);
  checkType(values, findings);
  checkData(values, findings);
  if (findings.problems.length > 0) return { ok: false, problems: findings.sorted() };
  return good(taskOf(values, text.value, bytes, fenced.value));
}

/** What a file says of itself that cannot be done as it is; null where that cannot be read either. */
export interface Said {
  readonly type: string | null;
  readonly retryOf: string | null;
}

export const NOTHING_SAID: Said = { type: null, retryOf: null };

/** A word, as the names of roles and workers are. */
const TYPE = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u;

export function saidIn(file: string, bytes: Uint8Array): Said {
  const text = decodeText(file, bytes);
  const fenced = text.ok ? readFenced(file, text.value, BUILT_IN) : text;
  if (!fenced.ok || !isMap(fenced.value.front.value)) return NOTHING_SAID;
  const { task_type: type, retry_of: retryOf } = fenced.value.front.value;
  return {
    type: typeof type === "string" && TYPE.test(type) ? type : null,
    retryOf: typeof retryOf === "string" && idTrouble(retryOf) === null ? retryOf : null,
  };
}

/** What stands below `params` is data, as below the `parameters` of a task. */
function tidied(raw: unknown, findings: Findings): JsonMap | null {
  if (!isMap(raw)) {
    const message = raw === null ? "the front matter is empty" : "the front matter is no map";
    findings.add("E_FRONT_MATTER", { path: [] }, { message, hint: "task_id: …" });
    return null;
  }
  const { params, ...rest } = raw;
  const values = tidy(rest, findings) as Record<string, Json>;
  if (params === undefined) return values;
  if (!Object.hasOwn(raw, "parameters")) findings.renamed([], { to: "parameters", from: "params" });
  const tidyParams = (tidy({ parameters: params }, findings) as JsonMap).parameters;
  return { ...values, params: tidyParams ?? null };
}

/** The file's name is the id: whoever sees the folder alone knows the task, and two files cannot claim one id. */
function checkIds(file: string, values: JsonMap, findings: Findings): void {
  const id = values.task_id;
  if (typeof id === "string") {
    checkId(id, ["task_id"], findings);
    const name = file.slice(file.lastIndexOf("/") + 1);
    if (findings.problems.length === 0 && idOfFile(name) !== id)
      findings.add(
        "E_TASK_ID",
        { path: ["task_id"] },
        { message: `the file is called ${name}, and not as its task_id`, hint: `call it ${fileOfId(id)}` },
      );
  }
  idsOf(values.depends_on).forEach((one, index) => {
    const path = Array.isArray(values.depends_on) ? ["depends_on", index] : ["depends_on"];
    checkId(one, path, findings);
    if (one === id)
      findings.add("E_CYCLE", { path }, { message: "a task cannot wait for itself", hint: "leave it out" });
  });
  if (typeof values.retry_of === "string") checkId(values.retry_of, ["retry_of"], findings);
}

function checkId(id: string, path: readonly (string | number)[], findings: Findings): void {
  const trouble = idTrouble(id);
  if (trouble === null) return;
  const { code, message, hint, offset } = trouble;
  findings.add(
    code,
    { path, inside: { text: id, offset, length: Math.max(1, id.length - offset) } },
    { message, hint },
  );
}

/** Which role or worker it is, or that there is none, is found out where the project is known. */
function checkType(values: JsonMap, findings: Findings): void {
  const type = values.task_type;
  if (values.workflow !== undefined || typeof type !== "string" || !BUILT_IN_AGENTS.has(type)) return;
  findings.add(
    "E_CHOICE",
    { path: ["task_type"] },
    {
      message: `task_type names a role or a worker, and ${type} is neither`,
      hint: `write a workflow with the agent ${type}, and name it: workflow: NAME`,
    },
  );
}

/** Where a workflow may have an expression in the place of a number. */
const NUMBERS: readonly (readonly string[])[] = [
  ["timeout"],
  ...["max_attempts", "delay", "max_delay"].map((key) => ["retry", key]),
  ...["max_rounds", "expires"].map((key) => ["approval", key]),
];

/** What a task file says is data, so that nothing of it is ever evaluated. */
function checkData(values: JsonMap, findings: Findings): void {
  const refuse = (path: readonly string[], isRefused: (value: Json) => boolean, hint: string) => {
    const value = path.reduce<Json>((one, key) => (isMap(one) ? (one[key] ?? null) : null), values);
    if (!isRefused(value)) return;
    const message = `${path.at(-1)} is an expression, and what a task file says is data`;
    findings.add("E_FIELD_CONTEXT", { path }, { message, hint });
  };
  for (const path of NUMBERS)
    refuse(path, (value) => typeof value === "string" && value.includes("${"), "write the number");
  refuse(
    ["approval", "when"],
    (value) => typeof value === "string",
    "true or false, or significant: { files: 20 }",
  );
}

function idsOf(value: Json | undefined): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === "string");
}

function taskOf(
  values: JsonMap,
  text: string,
  bytes: Uint8Array,
  { front, body, bodyStart }: Fenced,
): TaskFile {
  const textOf = (key: string) => (typeof values[key] === "string" ? values[key] : null);
  const fields = Object.fromEntries(
    SHARED.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
  );
  return {
    id: textOf("task_id") ?? "",
    type: textOf("task_type") ?? "",
    createdBy: textOf("created_by"),
    parent: textOf("parent"),
    params: isMap(values.params) ? values.params : {},
    expectedOutputs: idsOf(values.expected_outputs),
    fields,
    dependsOn: [...new Set(idsOf(values.depends_on))],
    retryOf: textOf("retry_of"),
    priority: typeof values.priority === "number" ? values.priority : 0,
    workflow: textOf("workflow"),
    body,
    text,
    digest: sha256(bytes),
    source: front.source,
    bodyStart,
  };
}
