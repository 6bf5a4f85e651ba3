/**
 * Which approval stands before a task, once it is known what it is about to do (formats.md 6): production always by the
 * phrase, staging when the change is significant, and whatever the file itself asks for.
 */
import type { Draft, Spot } from "./draft.ts";
import { literal, type Template } from "./expression/template.ts";
import { must } from "./invariant.ts";
import { isMap, type Json, type JsonMap, own } from "./json.ts";
import { type Fact, factsOf, type MeasureAsked, type ShowAsked } from "./measured.ts";
import { failure } from "./outcome.ts";
import { deploySource, namesProduction, placeInName } from "./production-name.ts";
import { type Read, readExpression, readTemplate, scopeOf } from "./scope.ts";
import { type Change, readChange, SIGNIFICANT, type Significance, significance } from "./significance.ts";
import type { ApprovalSpec, MeasureSpec, Task } from "./workflow.ts";

export const PRODUCTION_PHRASE = "DEPLOY TO PRODUCTION";
export const STAGING_QUESTION = "Ready to deploy to staging?";

export interface Gate {
  /** The block as it holds for this target. */
  readonly spec: ApprovalSpec;
  readonly needed: boolean;
  readonly isProduction: boolean;
  /** Why it is asked, or why not; null: the file says so. */
  readonly significance: Significance | null;
}

/** A run of a time that measured nothing is asked as it was then. */
export function gateOf(draft: Draft, spot: Spot, spec: ApprovalSpec): Read<Gate> {
  const { measure } = spec;
  if (measure === null || draft.state.start.measures !== true) return written(draft, spot, spec);
  if (measure.isDeploy && isProduction(draft, spot)) {
    const phrased = { ...(measure.written ?? spec), ...PRODUCTION };
    return { ok: true, value: { spec: phrased, needed: true, isProduction: true, significance: null } };
  }
  const own = measure.isDeploy ? ofTarget(draft, spot, spec, measure) : spec;
  const rules = measure.significant ?? (measure.written === null && measure.isDeploy ? SIGNIFICANT : null);
  if (own.mode !== "conditional" || rules === null) return written(draft, spot, own);
  const when = own.when === null ? { ok: true as const, value: false } : readCondition(draft, spot, own.when);
  if (!when.ok) return when;
  const found = changeOf(draft, spot, measure);
  if (!found.ok) return found;
  const judged = significance(found.value, rules);
  const needed = when.value || judged.significant;
  return { ok: true, value: { spec: own, needed, isProduction: false, significance: judged } };
}

const PRODUCTION = {
  mode: "phrase",
  phrase: PRODUCTION_PHRASE,
  when: null,
  choices: ["approve", "reject"],
} as const;

/** As the file says it, or as staging is asked about; nothing elsewhere. */
function ofTarget(draft: Draft, spot: Spot, spec: ApprovalSpec, measure: MeasureSpec): ApprovalSpec {
  if (measure.written !== null) return measure.written;
  if (environmentOf(draft, spot) !== "staging") return { ...spec, mode: "none", when: null };
  return { ...spec, mode: "conditional", when: null, message: literal(STAGING_QUESTION) };
}

function written(draft: Draft, spot: Spot, spec: ApprovalSpec): Read<Gate> {
  const gate = {
    spec,
    isProduction: spec.mode === "phrase" && spec.measure?.isDeploy === true,
    significance: null,
  };
  if (spec.mode === "none") return { ok: true, value: { ...gate, needed: false } };
  // A phrase has a condition only where the target, and so whether it is production, is read at run time.
  if (spec.when === null || spec.mode === "ask") return { ok: true, value: { ...gate, needed: true } };
  const read = readCondition(draft, spot, spec.when);
  return read.ok ? { ok: true, value: { ...gate, needed: read.value } } : read;
}

function readCondition(draft: Draft, spot: Spot, when: NonNullable<ApprovalSpec["when"]>): Read<boolean> {
  const read = readExpression(when, scopeOf(draft, spot));
  if (!read.ok) return read;
  if (typeof read.value === "boolean") return { ok: true, value: read.value };
  return { ok: false, failure: failure("config_error", "approval.when must be true or false") };
}

/** An earlier task's word can only add to what was measured; where nothing could be, it makes nothing known. */
function changeOf(draft: Draft, spot: Spot, { changed }: MeasureSpec) {
  const measured = draft.task(spot.task.index).measured?.change ?? null;
  if (changed === null) return { ok: true as const, value: measured };
  const read = readTemplate(changed, scopeOf(draft, spot), "approval.significant.changed");
  if (!read.ok) return read;
  const given = readChange(read.value);
  return {
    ok: true as const,
    value: given === null || measured === null ? null : together(given, measured),
  };
}

function together(one: Change, other: Change): Change {
  return {
    files: Math.max(one.files, other.files),
    deletions: Math.max(one.deletions, other.deletions),
    paths: [...new Set([...one.paths, ...other.paths])],
  };
}

/** What cannot be read, as inside a foreach, may be production. */
function isProduction(draft: Draft, spot: Spot): boolean {
  if (draft.task(spot.task.index).measured?.production === true) return true;
  const environment = parameterOf(draft, spot, "environment");
  if (environment === undefined || namesProduction(spot.task.agent, environment)) return true;
  return WHERE.some((name) => parameterOf(draft, spot, name) === undefined);
}

/** By these, too, a deploy says where it goes. */
const WHERE = ["bucket", "distribution_id", "url"];

/** Of a deploy that is made for one target its name says it. */
function environmentOf(draft: Draft, spot: Spot): Json | undefined {
  return parameterOf(draft, spot, "environment") ?? placeInName(spot.task.agent);
}

/** null: the task does not have it; undefined: it cannot be read yet. */
function parameterOf(draft: Draft, spot: Spot, name: string): Json | undefined {
  const template = entryOf(spot.task.parameters, name);
  if (template === null) return null;
  const read = readTemplate(template, scopeOf(draft, spot), `parameters.${name}`);
  return read.ok ? read.value : undefined;
}

function entryOf(parameters: Template, name: string): Template | null {
  return entriesOf(parameters).find(([key]) => key === name)?.[1] ?? null;
}

/** Parameters are a map, with expressions in it or without. */
function entriesOf(parameters: Template): readonly (readonly [string, Template])[] {
  if (parameters.kind === "map") return parameters.entries;
  must(parameters.kind === "literal", "parameters are a map");
  return Object.entries(parameters.value as JsonMap).map(([name, value]) => [name, literal(value)]);
}

/** The phrase that an open question asks for. */
export function phraseFor(task: Task | undefined, isOfProduction: boolean): string | null {
  const spec = task?.approval?.measure?.written ?? task?.approval;
  return isOfProduction ? PRODUCTION_PHRASE : (spec?.phrase ?? null);
}

/** What is looked at before anybody is asked. What cannot be read yet is not looked at. */
export function measureAsked(draft: Draft, spot: Spot, spec: ApprovalSpec): MeasureAsked {
  const { task } = spot;
  const isDeploy = spec.measure?.isDeploy === true;
  const parameters = isDeploy ? readableParameters(draft, spot) : {};
  const show = spec.measure?.showsWork === true && spec.show !== null ? showOf(draft, spot, spec.show) : null;
  return {
    target: targetOf(draft, task, isDeploy ? parameters : null),
    source: isDeploy ? deploySource(task.agent, parameters) : null,
    parameters: isDeploy ? parameters : null,
    countsChange: isDeploy || spec.measure?.significant != null || spec.mode === "phrase",
    show,
  };
}

/** Those that can be read before the task has begun. */
export function readableParameters(draft: Draft, spot: Spot): JsonMap {
  const read = entriesOf(spot.task.parameters).map(
    ([name]) => [name, parameterOf(draft, spot, name)] as const,
  );
  return Object.fromEntries(read.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const TARGET_NAMES = ["environment", "bucket", "prefix", "site_path", "source"];

function targetOf(draft: Draft, task: Task, parameters: JsonMap | null): string {
  if (parameters === null) return `task ${draft.workflow.name}/${task.id}`;
  const parts = TARGET_NAMES.flatMap((name) => {
    const value = own(parameters, name);
    return value === undefined
      ? []
      : [`${name}=${typeof value === "string" ? value : JSON.stringify(value)}`];
  });
  return parts.length === 0 ? `task ${draft.workflow.name}/${task.id}` : parts.join(" ");
}

function showOf(draft: Draft, spot: Spot, show: Template): ShowAsked | null {
  const read = readTemplate(show, scopeOf(draft, spot), "approval.show");
  if (!read.ok || !isMap(read.value)) return null;
  const { file, diff } = read.value;
  if (typeof file === "string") return { file };
  return diff === true ? { diff } : null;
}

/** What a person reads first: known by the engine, said by nobody else. */
export function gateFacts(draft: Draft, spot: Spot, gate: Gate): readonly Fact[] {
  const { measured, difference } = draft.task(spot.task.index);
  const facts: Fact[] = [];
  if (difference !== null) facts.push({ name: "changed since it was approved", text: difference });
  if (gate.significance !== null)
    facts.push({ name: "asked because", text: gate.significance.reasons.join("; ") });
  return measured === null ? facts : [...facts, ...factsOf(measured)];
}
