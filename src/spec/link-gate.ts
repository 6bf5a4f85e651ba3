/** The gate before production, which stands whatever the file says (formats.md 6), and what a deploy is asked otherwise. */
import { type Expression, parseExpression } from "../core/expression/expression.ts";
import { literal } from "../core/expression/template.ts";
import { PRODUCTION_PHRASE, STAGING_QUESTION } from "../core/gate.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { namesProduction } from "../core/production-name.ts";
import type { Worker } from "../core/worker.ts";
import type { ApprovalSpec } from "../core/workflow.ts";
import { below, type Place } from "./link-text.ts";

export const EXPIRES_SECONDS = 86_400;
export const ROUNDS_DEFAULT = 5;

/** Deploys, the only agents whose target decides who must be asked: by name, and workers by their manifests. */
export function isDeploy(agent: string, { level: { root } }: Place): boolean {
  return isDeployName(agent, root.workers);
}

export function isDeployName(agent: string, workers: ReadonlyMap<string, Worker>): boolean {
  return agent === "deploy" || agent.startsWith("hugo-deploy") || workers.get(agent)?.deploys === true;
}

interface Deploy {
  readonly task: JsonMap;
  readonly written: Json | undefined;
  readonly at: Place;
  readonly place: Place;
}

/** Production always by phrase, staging conditional unless the file says otherwise. */
export function gated(spec: ApprovalSpec | null, deploy: Deploy): ApprovalSpec {
  const { significant = null, changed = null, showsWork = false } = spec?.measure ?? {};
  const measure = { isDeploy: true, written: spec, significant, changed, showsWork };
  return { ...held(spec, deploy), measure };
}

/** As far as the file alone tells it; what is measured before anybody is asked may say more. */
function held(spec: ApprovalSpec | null, deploy: Deploy): ApprovalSpec {
  const parameters = isMap(deploy.task.parameters) ? deploy.task.parameters : {};
  const { environment } = parameters;
  if (isProduction(deploy.task, parameters, deploy.place)) refuseLoose(deploy);
  if (namesProduction(String(deploy.task.agent), environment)) return phrased(spec, null);
  if (typeof environment === "string" && environment.includes("${"))
    return heldLate(spec, environment, deploy);
  if (spec !== null) return spec;
  if (environment !== "staging") return { ...BARE, mode: "none" };
  return { ...BARE, mode: "conditional", message: literal(STAGING_QUESTION) };
}

/** By its name, or because its bucket is that of production under another name. */
function isProduction({ agent }: JsonMap, parameters: JsonMap, { level: { root } }: Place): boolean {
  if (namesProduction(String(agent), parameters.environment)) return true;
  return !root.isTrusted && root.surroundings.isProduction?.(parameters) === true;
}

/** What would let a deploy to production pass, or look as if it had, without its approval (A7). */
function refuseLoose({ task, written, at, place }: Deploy): void {
  if (isMap(written) && written.mode === "none")
    refuseGate({ ...at, path: [...at.path, "mode"] }, TURNED_OFF);
  if (task.on_failure === "skip")
    refuseGate(below(place, "on_failure"), {
      message: "a deploy to production that is rejected would count as done",
      hint: "leave out on_failure: skip",
    });
}

/** Who does the work instead is not asked about: only the deploy itself may stand in for itself. */
export function refuseDeployInstead(task: JsonMap, place: Place): void {
  const { fallback, agent } = task;
  if (!isMap(fallback) || fallback.agent === agent || !isDeploy(String(fallback.agent), place)) return;
  refuseGate(below(place, "fallback", "agent"), {
    message: `${String(fallback.agent)} would be done in place of ${String(agent)} without the approval of a deploy`,
    hint: "a task of its own, after this one, with trigger_rule: one_failed",
  });
}

/** A task of its own that asks for the phrase is a gate, whatever comes after it. */
export function refuseLooseGate(task: JsonMap, place: Place): void {
  if (task.on_failure === "skip")
    refuseGate(below(place, "on_failure"), {
      message: "a gate before production that is rejected would let the tasks after it go on",
      hint: "leave out on_failure: skip",
    });
  if (isNever(task.condition))
    refuseGate(below(place, "condition"), {
      message: "a gate before production whose condition is never true asks nobody",
      hint: "leave out the condition",
    });
}

const TURNED_OFF = {
  message: "a deploy to production is always approved by a person",
  hint: `mode: phrase, phrase: ${PRODUCTION_PHRASE}`,
};

function refuseGate({ level, path }: Place, told: { readonly message: string; readonly hint: string }): void {
  if (!level.root.isTrusted) level.root.findings.add("E_GATE_REQUIRED", { path }, told);
}

function isNever(condition: Json | undefined): boolean {
  if (typeof condition !== "string") return condition === false;
  return (inside(condition) ?? condition).trim() === "false";
}

/** The target is known only at run time: the phrase is asked for when it turns out to be production. */
function heldLate(spec: ApprovalSpec | null, environment: string, deploy: Deploy): ApprovalSpec {
  if (spec?.mode === "phrase" && spec.phrase === PRODUCTION_PHRASE && spec.when === null) return spec;
  // Who is asked always is asked by phrase always: of two gates the stricter stands.
  if (spec?.mode === "ask" || spec?.mode === "phrase") return phrased(spec, null);
  const target = inside(environment);
  const written = isMap(deploy.written) ? deploy.written.when : undefined;
  const also =
    spec?.mode === "conditional" && written !== undefined
      ? ` || (${inside(String(written)) ?? String(written)})`
      : "";
  const parsed = target === null ? null : parseExpression(`(${target}) == 'production'${also}`);
  // Text around an expression cannot be compared as one.
  if (parsed === null || !parsed.ok) return phrased(spec, null);
  return phrased(spec, parsed.expression);
}

/** What stands in a `${ }` that is the whole text. */
function inside(text: string): string | null {
  return /^\s*\$\{([\s\S]*)\}\s*$/.exec(text)?.[1] ?? null;
}

function phrased(spec: ApprovalSpec | null, when: Expression | null): ApprovalSpec {
  const choices = ["approve", "reject"];
  return { ...(spec ?? BARE), mode: "phrase", phrase: PRODUCTION_PHRASE, when, choices };
}

const BARE: ApprovalSpec = {
  mode: "ask",
  phrase: null,
  message: null,
  when: null,
  show: null,
  fields: null,
  choices: ["approve", "reject"],
  sendBackTo: null,
  maxRounds: ROUNDS_DEFAULT,
  approvers: null,
  selfApproval: false,
  expiresSeconds: EXPIRES_SECONDS,
  onExpiry: "reject",
  onReject: "fail",
  measure: null,
};
