/** Approvals as a file writes them. */
import { fieldsProblem } from "../core/answer-fields.ts";
import { PRODUCTION_PHRASE } from "../core/gate.ts";
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { RANGES } from "../core/range.ts";
import type { ApprovalSpec } from "../core/workflow.ts";
import { checkEmpty, checkTwice } from "./field-values.ts";
import { HOOK_RULES, TASK_RULES } from "./level.ts";
import { EXPIRES_SECONDS, gated, isDeploy, ROUNDS_DEFAULT, refuseLooseGate } from "./link-gate.ts";
import { Ancestors } from "./link-graph.ts";
import { measureOf } from "./link-measure.ts";
import { below, conditionAt, numberAt, type Place, ruled, templateAt } from "./link-text.ts";
import { nearest } from "./nearest.ts";

export function approvalOfTask(task: JsonMap, place: Place, agent: string): ApprovalSpec | null {
  const isQuestion = agent === "approval";
  const written = isQuestion ? (task.parameters ?? {}) : task.approval;
  if (written === undefined && !isDeploy(agent, place)) return null;
  const at = below(place, isQuestion ? "parameters" : "approval");
  const { findings } = place.level.root;
  if (isQuestion && task.approval !== undefined) {
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, "approval"], part: "key" },
      {
        message: "an approval task asks by its parameters; it has no approval block",
        hint: "move it into parameters",
      },
    );
  }
  const spec = isMap(written) ? read(written, at, isQuestion) : null;
  if (isQuestion && spec?.phrase === PRODUCTION_PHRASE) refuseLooseGate(task, place);
  return isDeploy(agent, place) ? gated(spec, { task, written, at, place }) : spec;
}

function read(written: JsonMap, place: Place, isQuestion: boolean): ApprovalSpec {
  const rules = place.rule.tasks === "all" ? HOOK_RULES : TASK_RULES;
  const at = isQuestion ? place : ruled(place, rules.once);
  const mode = modeOf(written);
  check(written, mode, place);
  checkDefaults(written.fields, below(place, "fields"));
  return {
    mode,
    phrase: typeof written.phrase === "string" ? written.phrase : null,
    message: templateAt(written, "message", at),
    when: conditionAt(written, "when", at),
    show: templateAt(written, "show", at),
    fields: isMap(written.fields) ? written.fields : null,
    choices: Array.isArray(written.choices) ? written.choices.map(String) : ["approve", "reject"],
    sendBackTo: sendBackOf(written.send_back_to, below(place, "send_back_to")),
    maxRounds:
      numberAt(written, "max_rounds", at, { range: RANGES.rounds, rule: rules.early }) ?? ROUNDS_DEFAULT,
    approvers: templateAt(written, "approvers", at),
    selfApproval: written.self_approval === true,
    expiresSeconds:
      numberAt(written, "expires", at, { range: RANGES.approval, rule: rules.early }) ?? EXPIRES_SECONDS,
    onExpiry: written.on_expiry === "escalate" ? "escalate" : "reject",
    onReject: written.on_reject === "continue" ? "continue" : "fail",
    measure: measureOf(written, at),
  };
}

/** What nobody says is said for them, so it must be something that they might have said. */
function checkDefaults(fields: Json | undefined, { path, level }: Place): void {
  for (const [name, form] of Object.entries(isMap(fields) ? fields : {})) {
    const otherwise = isMap(form) ? form.default : undefined;
    const message =
      otherwise === undefined ? null : fieldsProblem({ [name]: form }, { [name]: otherwise }, false);
    if (message !== null)
      level.root.findings.add("E_FIELD", { path: [...path, name, "default"] }, { message });
  }
}

/** Without a mode: a phrase makes it phrase, a `when` or `significant` conditional, everything else asks. */
function modeOf(written: JsonMap): ApprovalSpec["mode"] {
  if (typeof written.mode === "string") return written.mode as ApprovalSpec["mode"];
  if (written.phrase !== undefined) return "phrase";
  return written.when === undefined && written.significant === undefined ? "ask" : "conditional";
}

function check(written: JsonMap, mode: ApprovalSpec["mode"], place: Place): void {
  const { findings } = place.level.root;
  if (mode === "phrase" && written.phrase === undefined) {
    findings.add(
      "E_REQUIRED",
      { path: place.path },
      { message: "an approval by phrase needs the phrase", hint: `phrase: ${PRODUCTION_PHRASE}` },
    );
  }
  if (mode === "conditional" && written.when === undefined && written.significant === undefined) {
    findings.add(
      "E_REQUIRED",
      { path: place.path },
      {
        message: "a conditional approval needs its condition",
        hint: 'when: "${ … }", or significant: { files: 20 }',
      },
    );
  }
  if (typeof written.phrase === "string" && UNTYPED.test(written.phrase)) {
    findings.add(
      "E_ENCODING",
      { path: [...place.path, "phrase"] },
      { message: "a phrase is typed: it holds no control character, and no line end", hint: "phrase: TEXT" },
    );
  }
  checkChoices(written, place);
  warnOfIdle(written, mode, place);
}

/** What means something only beside what is not there. */
function warnOfIdle(written: JsonMap, mode: ApprovalSpec["mode"], place: Place): void {
  const { approvers } = written;
  const isNamed = typeof approvers === "string" || (Array.isArray(approvers) && approvers.length > 0);
  for (const [key, isIdle, message, hint] of [
    [
      "self_approval",
      !isNamed,
      "self_approval means something only beside approvers: without them whoever is asked decides",
      "approvers: [NAME]",
    ],
    [
      "phrase",
      mode !== "phrase",
      `a phrase is typed only in mode phrase, and this is ${mode}`,
      "mode: phrase",
    ],
    [
      "when",
      mode === "ask" || mode === "none",
      `when is read only in mode conditional, and this is ${mode}`,
      "mode: conditional",
    ],
    [
      "significant",
      mode !== "conditional",
      `significant is read only in mode conditional, and this is ${mode}`,
      "mode: conditional",
    ],
  ] as const) {
    if (written[key] === undefined || !isIdle) continue;
    const spot = { path: [...place.path, key], part: "key" } as const;
    place.level.root.findings.warn("W_NO_EFFECT", spot, { message, hint });
  }
}

/** What no keyboard types into a line, and what a terminal would obey. */
const UNTYPED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Each once, none that means something else, and at least one to go on with. */
function checkChoices({ choices }: JsonMap, { path, level }: Place): void {
  const { findings } = level.root;
  const at = [...path, "choices"];
  checkEmpty(choices, at, findings, "choices: [approve, reject]");
  checkTwice(choices, at, findings);
  if (!Array.isArray(choices)) return;
  const back = choices.indexOf("send_back");
  if (back !== -1)
    findings.add(
      "E_RESERVED_NAME",
      { path: [...at, back] },
      { message: "send_back is no choice of its own", hint: "send_back_to: TASK" },
    );
}

function sendBackOf(value: Json | undefined, place: Place): number | null {
  if (typeof value !== "string") return null;
  const { level, task } = place;
  const target = level.ids.get(value);
  const { findings } = level.root;
  if (target === undefined || target >= level.size) {
    findings.add(
      "E_UNKNOWN_TASK",
      { path: place.path },
      { message: `task "${value}" does not exist here`, hint: nearest(value, level.ids.keys()) },
    );
    return null;
  }
  if (new Ancestors(level).has(task, target)) return target;
  const written = level.raws[task]?.value.dependencies;
  const dependencies = [...(Array.isArray(written) ? written.map(String) : []), value].join(", ");
  findings.add(
    "E_REF_NOT_ANCESTOR",
    { path: place.path },
    {
      message: `work can only go back to a task before this one, and ${value} is none`,
      hint: `add it: dependencies: [${dependencies}]`,
    },
  );
  return null;
}
