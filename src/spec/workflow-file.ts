/**
 * The door of this room: text in, linked workflow or every problem out. `readWorkflow` reads what people write,
 * with places in all problems; `linkDefinition` takes the checked canonical text back, fast and without places.
 */
import { present } from "../core/invariant.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { good, type Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import { checkDefinition, readSchemaFiles } from "./check.ts";
import { definitionText, digestOf } from "./digest.ts";
import { tidy } from "./document.ts";
import { Findings } from "./findings.ts";
import { checkInline } from "./inline.ts";
import { link } from "./link.ts";
import { pinEscalations, type WrittenAs } from "./pin-escalations.ts";
import { asRunSays, joinWorktrees, pinRoles } from "./pin-roles.ts";
import { pinWorkflows } from "./pin-workflows.ts";
import { readText } from "./read.ts";
import type { Source } from "./source.ts";
import type { CallableFile, Checked, InlineRules, Surroundings } from "./surroundings.ts";

export type { Checked, InlineRules, Surroundings } from "./surroundings.ts";

export function readWorkflow(
  file: string,
  bytes: Uint8Array | string,
  surroundings: Surroundings,
): Result<Checked> {
  const raw = readText(file, bytes, surroundings.limits);
  if (!raw.ok) return raw;
  const findings = new Findings(raw.value.source, surroundings.limits);
  return checked(tidy(raw.value.value, findings), findings, surroundings);
}

/** A workflow made of what stands in a task file: `source` says where each part of it was written. */
export function readDefinition(
  definition: JsonMap,
  source: Source,
  surroundings: Surroundings,
): Result<Checked> {
  const findings = new Findings(source, surroundings.limits);
  return checked(tidy(definition, findings), findings, surroundings, "task file");
}

/** A workflow given as data, mostly by an agent (formats.md 1.5): nothing of it counts until it is checked here. */
export function readInline(
  definition: JsonMap,
  surroundings: Surroundings,
  rules: InlineRules,
): Result<Checked> {
  const findings = new Findings(null, surroundings.limits);
  const value = tidy(definition, findings);
  if (isMap(value)) checkInline(value, rules, surroundings, findings);
  return checked(value, findings, surroundings);
}

function checked(
  value: Json,
  findings: Findings,
  around: Surroundings,
  writtenAs: WrittenAs = "workflow",
): Result<Checked> {
  if (findings.problems.some(({ code }) => STRUCTURAL.has(code)))
    return { ok: false, problems: findings.sorted() };
  if (!checkDefinition(value, findings)) return { ok: false, problems: findings.sorted() };
  const definition = value as JsonMap;
  const surroundings = asRunSays(definition, around);
  readSchemaFiles(definition, surroundings, findings);
  pinRoles(definition, surroundings, findings);
  pinEscalations(definition, surroundings, writtenAs);
  pinWorkflows(definition, { surroundings, findings, read: readCallable });
  joinWorktrees(definition, surroundings);
  const text = definitionText(definition);
  const workflow = link({ definition, digest: digestOf(text), surroundings, findings, isTrusted: false });
  if (findings.problems.length > 0) return { ok: false, problems: findings.sorted() };
  return good({ workflow, definition: text, warnings: findings.warnings });
}

function readCallable({ shown, bytes }: CallableFile, surroundings: Surroundings): Result<Checked> {
  return readWorkflow(shown, bytes, surroundings);
}

/** After these the value is not whole, and what else would be found of no use. */
const STRUCTURAL: ReadonlySet<string> = new Set(["E_TOO_LARGE", "E_DEPTH"]);

/**
 * For runs that go on: the text was checked when the run began, under the limits of that day, so any problem in it is
 * a bug of ours.
 */
export function linkDefinition(definition: string, surroundings: Surroundings): Workflow {
  const findings = new Findings(null);
  const value = JSON.parse(definition) as JsonMap;
  if (!isMap(value) || !Array.isArray(value.tasks)) throw new Error("this definition is no workflow");
  const workflow = link({
    definition: value,
    digest: digestOf(definition),
    surroundings,
    findings,
    isTrusted: true,
  });
  const first = findings.problems[0];
  if (first !== undefined)
    throw new Error(`this definition was never checked: ${first.code} ${first.message}`);
  return workflow;
}

/** The body of a nested group, by the ids on the way to it. */
export function bodyAt(workflow: Workflow, path: readonly string[]): Workflow {
  let at = workflow;
  for (const id of path) {
    const index = present(at.indexOf.get(id), `there is a group ${id} in ${at.name}`);
    at = present(at.tasks[index]?.body, `${id} is a group`);
  }
  return at;
}
