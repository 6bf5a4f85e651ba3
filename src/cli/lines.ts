/** Append-only lines, one for each thing that happened: for pipes, CI and dumb terminals. No cursor codes. */
import type { Entry } from "../core/event.ts";
import { isMap, type Json } from "../core/json.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import { quietText } from "../driver/process-run.ts";
import type { Clock } from "../port/clock.ts";
import { NO_REASON } from "./cancelled.ts";
import type { Beginning, Watcher } from "./following/watcher.ts";
import { type Labels, placeOf } from "./labels.ts";
import { clean, type Printer } from "./print.ts";
import { type Step, stepsOf, triesText } from "./steps.ts";
import { type LocalTime, seconds } from "./text.ts";
import { isClosed } from "./words.ts";

const VALUE_MAX = 60;
const OUTPUTS_SHOWN = 4;

export interface LineOptions {
  readonly printer: Printer;
  readonly labels: Labels;
  readonly time: LocalTime;
  readonly clock: Clock;
  /** Also what merely began. */
  readonly verbose: boolean;
}

export function lineWatcher({ printer, labels, time, clock, verbose }: LineOptions): Watcher {
  const names = new Map<string, string>();
  const held: string[] = [];
  let isPaused = false;
  const print = (line: string) => void (isPaused ? held.push(line) : printer.line(line));
  const show = (change: Change) => {
    const { entry, before, after } = change;
    labels.learn(after);
    const name = names.get(labels.rootOf(after));
    if (name === undefined) return;
    const stamp = `${time.clock(entry.at)} ${name}`;
    const isRoot = after.start.parent === null;
    if (before === null && isRoot) print(`${stamp} ${startText(after, "started")}`);
    if (entry.event.type === "run.reopened") print(`${stamp} ${startText(after, "retried")}`);
    for (const step of stepsOf(change, labels.prefixOf(after))) {
      const text = stepText(step, { verbose, time });
      if (text !== null) print(`${stamp} ${text}`);
    }
    const text = isRoot ? runText(before, after, entry) : null;
    if (text !== null) print(`${stamp} ${text}`);
  };
  return {
    begin: ({ run, name, how, below }) => {
      names.set(run.id, name);
      for (const one of [run, ...below]) labels.learn(one);
      if (how !== "started" && how !== "retried")
        print(`${time.clock(clock.wall())} ${name} ${startText(run, how)}`);
    },
    changes: (changes) => changes.forEach(show),
    progress: (progress) => {
      const place = placeOf(labels, progress);
      const name = place === null ? undefined : names.get(place.root);
      if (progress.kind === "quiet" && place !== null && name !== undefined)
        print(`${time.clock(clock.wall())} ${name} ${quietLine(place.label, progress.quietMs)}`);
    },
    note: print,
    pause: () => {
      isPaused = true;
    },
    unpause: () => {
      isPaused = false;
      printer.lines(held.splice(0));
    },
    end: () => printer.lines(held.splice(0)),
  };
}

/** `run started workflow=deploy-site env=staging` */
export function startText({ start }: Run, how: Beginning["how"]): string {
  const params = Object.entries(start.params).map(([name, value]) => pair(name, value));
  const word = start.rehearse ? `REHEARSAL ${how}` : `run ${how}`;
  return [word, pair("workflow", start.workflow), ...params].join(" ");
}

/** `content-check success 72s cost=0.08`; null for what is not worth a line. */
export function stepText(
  step: Step,
  { verbose, time }: Pick<LineOptions, "verbose" | "time">,
): string | null {
  const label = clean(step.label);
  switch (step.kind) {
    case "began":
      return verbose || step.notes.length > 0
        ? [label, step.status, ...by(step), ...notes(step)].join(" ")
        : null;
    case "waits":
      return step.reason === "concurrency" && !verbose
        ? null
        : [
            label,
            "waiting",
            ...(step.reason === null ? [] : [step.reason]),
            ...blocked(step),
            ...until(step, time),
            ...notes(step),
          ].join(" ");
    case "tried":
      return [label, "failed", ...reasons(step), ...again(step), ...notes(step)].join(" ");
    case "ended":
      return endText(step, label);
    default:
      return step.kind satisfies never;
  }
}

/** `content-check running note="no output for 10 min"` */
function quietLine(label: string, quietMs: number): string {
  return [clean(label), "running", pair("note", quietText(quietMs))].join(" ");
}

function endText(step: Step, label: string): string {
  switch (step.status) {
    case "success":
      return [
        label,
        "success",
        step.isCached ? "cached" : seconds(step.durationMs),
        ...cost(step),
        ...outputs(step),
        ...notes(step),
      ].join(" ");
    case "failed":
      return [
        label,
        "failed",
        ...reasons(step),
        ...(step.triesMax !== 1 ? [attempt(step)] : []),
        ...message(step),
        ...notes(step),
      ].join(" ");
    default:
      return [
        label,
        step.status,
        ...(step.reason === null ? [] : [step.reason]),
        ...forgiven(step),
        ...notes(step),
      ].join(" ");
  }
}

/** Of a failure that on_failure: skip has forgiven, what it was. */
function forgiven(step: Step): readonly string[] {
  return step.reason === "failure" ? [...reasons(step), ...message(step)] : [];
}

function runText(before: Run | null, after: Run, { event }: Entry): string | null {
  if (isClosed(after.status) && (before === null || !isClosed(before.status))) {
    const why =
      after.failure === null
        ? []
        : [pair("class", after.failure.class), pair("message", after.failure.message)];
    const span = seconds((after.endedAt ?? after.at) - after.startedAt);
    return [`run ${after.status}`, span, ...(after.status === "success" ? [] : why)].join(" ");
  }
  if (event.type === "run.cancelled") return cancellingText(event);
  if (event.type === "run.reopened") return null;
  return before !== null && before.status !== after.status ? `run ${after.status}` : null;
}

function cancellingText({ by, reason }: Extract<Entry["event"], { readonly type: "run.cancelled" }>): string {
  const why = reason === NO_REASON ? [] : [pair("reason", reason)];
  return ["run cancelling", `by=${clean(by, VALUE_MAX)}`, ...why].join(" ");
}

function reasons({ exitCode, error }: Step): readonly string[] {
  if (exitCode !== null && exitCode !== 0) return [`exit=${exitCode}`];
  return error === null ? [] : [`class=${clean(error.class, VALUE_MAX)}`];
}

function message({ error }: Step): readonly string[] {
  return error === null ? [] : [pair("message", error.message)];
}

function notes(step: Step): readonly string[] {
  return step.notes.map((note) => pair("note", note));
}

/** A repair counts as no try. */
function again(step: Step): readonly string[] {
  if (!step.isRepair) return [attempt(step), ...next(step)];
  const { exitCode, error, agent } = step;
  const told = exitCode !== null && exitCode !== 0 && error !== null;
  const why = told ? [`class=${clean(error.class, VALUE_MAX)}`] : [];
  return [...why, `repair=${clean(agent, VALUE_MAX)}`];
}

function by({ isRepair, agent, status }: Step): readonly string[] {
  return isRepair && status === "running" ? [`repair=${clean(agent, VALUE_MAX)}`] : [];
}

function attempt({ tries, triesMax }: Step): string {
  return `attempt=${triesText(tries, triesMax)}`;
}

function next({ nextMs }: Step): readonly string[] {
  return nextMs === null ? [] : [`next=${seconds(nextMs)}`];
}

/** What only a person can do something about. */
function blocked({ reason, error }: Step): readonly string[] {
  return reason === "blocked" && error !== null ? [`class=${clean(error.class, VALUE_MAX)}`] : [];
}

function until({ reason, nextAt }: Step, time: LocalTime): readonly string[] {
  return reason === "quota" && nextAt !== null ? [pair("until", time.date(nextAt))] : [];
}

function cost({ costUsd }: Step): readonly string[] {
  return costUsd === null ? [] : [`cost=${costUsd.toFixed(2)}`];
}

function outputs(step: Step): readonly string[] {
  return outputPairs(step).map(([name, value]) => `${name}=${value}`);
}

/** The first few plain values of an output map; of an approval what was decided. */
export function outputPairs({ output, isItem, agent }: Step): readonly (readonly [string, string])[] {
  if (!("value" in output) || !isMap(output.value) || isItem) return [];
  const { decision, by } = output.value;
  if (agent === "approval")
    return [
      ["decision", shown(decision ?? null)],
      ["by", shown(by ?? null)],
    ];
  return Object.entries(output.value)
    .filter(([, value]) => typeof value !== "object" && String(value).length <= VALUE_MAX)
    .slice(0, OUTPUTS_SHOWN)
    .map(([name, value]) => [clean(name, VALUE_MAX), shown(value)]);
}

function pair(name: string, value: Json): string {
  return `${clean(name, VALUE_MAX)}=${shown(value)}`;
}

/** One word: in quotes when it would fall apart. */
function shown(value: Json): string {
  const text = clean(typeof value === "string" ? value : JSON.stringify(value));
  return text === "" || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
