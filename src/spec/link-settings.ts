/** Settings, triggers and what else stands at the top of a file. */
import { isMap, type Json, type JsonMap } from "../core/json.ts";
import { RANGES } from "../core/range.ts";
import type { RunConcurrency, Settings } from "../core/workflow.ts";
import { loadNow } from "../port/load-now.ts";
import { checkEmpty, checkWorkspace } from "./field-values.ts";
import { checkGiven } from "./given-params.ts";
import { AT_START, TRIGGER } from "./level.ts";
import { budgetOf, workspaceOf } from "./link-blocks.ts";
import { below, conditionAt, numberAt, type Place, ruled, templateAt, textAt } from "./link-text.ts";

export const MAX_PARALLEL_DEFAULT = 3;
export const TIMEOUT_SECONDS_DEFAULT = 3600;

export function settingsOf(written: Json | undefined, place: Place): Settings {
  const map = isMap(written) ? written : {};
  const { parallel, runTimeout } = RANGES;
  checkWorkspace(map.workspace, below(place, "workspace").path, place.level.root.findings);
  return {
    maxParallel: numberAt(map, "max_parallel", place, { range: parallel }) ?? MAX_PARALLEL_DEFAULT,
    timeoutSeconds: numberAt(map, "timeout", place, { range: runTimeout }) ?? TIMEOUT_SECONDS_DEFAULT,
    onFailure: map.on_failure === "continue" ? "continue" : "stop",
    budget: budgetOf(map, place, AT_START),
    concurrency: concurrencyOf(map.concurrency, below(place, "concurrency")),
    workspace: workspaceOf(map, place, AT_START),
  };
}

function concurrencyOf(written: Json | undefined, place: Place): RunConcurrency | null {
  if (!isMap(written)) return null;
  return {
    group: textAt(written, "group", place) ?? "",
    limit: numberAt(written, "limit", place, { range: RANGES.parallel }) ?? 1,
    onConflict: (written.on_conflict ?? "queue") as RunConcurrency["onConflict"],
  };
}

/** Few workflows start by the clock. */
function lateCron(): typeof import("./cron.ts") {
  return loadNow<typeof import("./cron.ts")>(import.meta.url, "cron");
}

const KINDS = ["cron", "webhook", "files", "workflow"] as const;
/** Keys that mean something only for one kind of trigger. */
const ONLY: Readonly<Record<string, (typeof KINDS)[number]>> = {
  timezone: "cron",
  catchup: "cron",
  overlap: "cron",
  debounce: "files",
  on: "workflow",
};

const TRIGGERS_LATER = {
  message: "triggers are acted on by `decapod serve`, which this version does not have yet",
  hint: "start it by hand: decapod run",
};

export function triggersOf(written: Json | undefined, place: Place): readonly JsonMap[] {
  if (!Array.isArray(written) || written.length === 0) return [];
  place.level.root.findings.warn("W_NO_EFFECT", { path: place.path, part: "key" }, TRIGGERS_LATER);
  const { isTrusted, params, paramsDeclared, findings } = place.level.root;
  return written.filter(isMap).map((trigger, index) => {
    const at = ruled(below(place, index), TRIGGER);
    if (!isTrusted) {
      checkKind(trigger, at);
      const given = { values: isMap(trigger.params) ? trigger.params : {}, path: [...at.path, "params"] };
      const taking = { name: place.level.root.name, params: [...params.values()], paramsDeclared };
      checkGiven({ ...given, at: { path: at.path } }, taking, findings);
    }
    conditionAt(trigger, "condition", at);
    templateAt(trigger, "params", at);
    return trigger;
  });
}

function checkKind(trigger: JsonMap, place: Place): void {
  const { findings } = place.level.root;
  const kinds = KINDS.filter((kind) => trigger[kind] !== undefined);
  if (kinds.length !== 1) {
    findings.add(
      "E_REQUIRED",
      { path: place.path },
      { message: `a trigger has exactly one of ${KINDS.join(", ")}`, hint: 'cron: "0 7 * * 1-5"' },
    );
    return;
  }
  for (const [key, kind] of Object.entries(ONLY)) {
    if (trigger[key] === undefined || trigger[kind] !== undefined) continue;
    findings.add(
      "E_FIELD_CONTEXT",
      { path: [...place.path, key], part: "key" },
      { message: `${key} belongs to a trigger by ${kind}`, hint: "remove it" },
    );
  }
  const { cron, timezone } = trigger;
  const wrongCron = typeof cron === "string" ? lateCron().cronProblem(cron) : null;
  if (wrongCron !== null) findings.add("E_TYPE", { path: [...place.path, "cron"] }, wrongCron);
  checkEmpty(trigger.files, [...place.path, "files"], findings, 'files: ["content/**/*.md"]');
  checkEmpty(trigger.on, [...place.path, "on"], findings, "on: [success]");
  if (typeof timezone === "string" && !isZone(timezone)) {
    findings.add(
      "E_TYPE",
      { path: [...place.path, "timezone"] },
      { message: `"${timezone}" is no time zone`, hint: "Europe/Berlin" },
    );
  }
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
