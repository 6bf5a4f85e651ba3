/** What a run asked of people and how fast it went, counted from its entries: nothing is estimated. Pure. */
import type { Event } from "../core/event.ts";
import { isMap, own } from "../core/json.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import { each } from "../core/vector.ts";
import { type Span, type Track, tracksOf } from "./stretches.ts";

export interface Score {
  /** Its start and every decision: each is one message of a person. */
  readonly messages: number;
  /** Approvals that a person gave, refused or sent back. */
  readonly approvals: number;
  /** Of these, those of tasks that do nothing but ask: they show the work itself. The others are gates before an effect. */
  readonly contentApprovals: number;
  /** Times an agent was not allowed to do something, and somebody was asked. */
  readonly permissionPrompts: number;
  /** Times a decision came from another place than the one before it. */
  readonly switches: number;
  /** Times it was paused, resumed or cancelled by hand. */
  readonly commands: number;
  /** From its start to the end of the first deploy to staging; null: there was none. */
  readonly toStagingMs: number | null;
  /** The same without the time in which it only waited for people. */
  readonly machineToStagingMs: number | null;
  /** Of each attempt: from ready to started, the wait for a free slot included. */
  readonly transitionsMs: readonly number[];
}

/** `runs`: the changes of a run, then of each run inside it. */
export function scoreOf(runs: readonly (readonly Change[])[]): Score | null {
  const [top] = runs;
  const startsAt = top?.[0]?.entry.at;
  if (startsAt === undefined) return null;
  const said = runs.flatMap((changes) => changes.flatMap(saidBy)).sort((one, other) => one.at - other.at);
  const tracks = runs.flatMap((changes) => tracksOf(changes, changes[0]?.entry.at ?? 0)?.tracks ?? []);
  const staged = runs.flatMap((changes) => changes.filter(reachesStaging).map(({ entry }) => entry.at));
  const stagedAt = staged.length === 0 ? null : Math.min(...staged);
  const decisions = said.filter(({ kind }) => kind !== "command");
  const ofKind = (kind: Said["kind"]) => said.filter((one) => one.kind === kind).length;
  return {
    messages: 1 + decisions.length,
    approvals: ofKind("content") + ofKind("gate"),
    contentApprovals: ofKind("content"),
    permissionPrompts: ofKind("permission"),
    switches: decisions.filter(({ via }, index) => index > 0 && via !== decisions[index - 1]?.via).length,
    commands: ofKind("command"),
    toStagingMs: stagedAt === null ? null : stagedAt - startsAt,
    machineToStagingMs:
      stagedAt === null ? null : stagedAt - startsAt - waitedFor(tracks, { from: startsAt, to: stagedAt }),
    transitionsMs: tracks.flatMap(transitionsOf),
  };
}

interface Said {
  readonly at: number;
  readonly kind: "content" | "gate" | "permission" | "other" | "command";
  readonly via: string;
}

function saidBy({ entry, before }: Change): readonly Said[] {
  const { event, at } = entry;
  if (isCommand(event)) return [{ at, kind: "command", via: "" }];
  if (event.type !== "decision.made") return [];
  return [{ at, kind: before === null ? "other" : answered(before, event.decision), via: event.via }];
}

function isCommand(event: Event): boolean {
  if (event.type === "run.cancelled") return !event.reason.startsWith("parent");
  return event.type === "run.paused" || (event.type === "run.resumed" && event.interrupted !== true);
}

function answered(run: Run, id: string): Said["kind"] {
  for (const [index, { decision, unit, items }] of [...each(run.tasks)].entries()) {
    const units = items === null ? [unit] : [...each(items.units)];
    const found = [decision, ...units.map((one) => one.decision)].find((one) => one?.id === id);
    if (!found) continue;
    if (found.kind === "permission") return "permission";
    if (found.kind !== "approval") return "other";
    return run.workflow.tasks[index]?.kind === "approval" ? "content" : "gate";
  }
  return "other";
}

/** A deploy that ended well and says, or was told, that it is for staging. */
function reachesStaging({ entry: { event }, after }: Change): boolean {
  if (event.type !== "attempt.ended" || event.outcome.status !== "success") return false;
  const task = after.workflow.tasks.find(({ id }) => id === event.task);
  if (task === undefined) return false;
  const { output } = event.outcome;
  const given = "value" in output && isMap(output.value) ? output.value : {};
  const written =
    task.parameters.kind === "literal" && isMap(task.parameters.value) ? task.parameters.value : {};
  const isDeploy = task.approval?.measure?.isDeploy === true || own(given, "deployment_success") === true;
  return isDeploy && (own(given, "environment") ?? own(written, "environment")) === "staging";
}

/** Time of the span in which somebody was waited for and nothing else went on. */
function waitedFor(tracks: readonly Track[], span: Span): number {
  const of = (isWanted: (kind: string) => boolean) =>
    merged(
      tracks
        .flatMap(({ stretches }) => stretches.filter(({ kind }) => isWanted(kind)))
        .map(({ from, to }) => ({ from: Math.max(from, span.from), to: Math.min(to, span.to) }))
        .filter(({ from, to }) => to > from),
    );
  const busy = of((kind) => kind !== "human");
  return of((kind) => kind === "human").reduce((sum, one) => sum + one.to - one.from - overlap(one, busy), 0);
}

function merged(spans: readonly Span[]): readonly Span[] {
  const sorted = [...spans].sort((one, other) => one.from - other.from);
  const whole: Span[] = [];
  for (const span of sorted) {
    const last = whole.at(-1);
    if (last === undefined || span.from > last.to) whole.push(span);
    else whole[whole.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return whole;
}

function overlap(one: Span, others: readonly Span[]): number {
  return others.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, one.to) - Math.max(from, one.from)),
    0,
  );
}

/** An attempt that was ready and started in one moment waited for nothing. */
function transitionsOf({ task, stretches }: Track): readonly number[] {
  if (task.kind !== "attempt") return [];
  return stretches.flatMap(({ kind }, index) => {
    if (kind !== "running") return [];
    const before = stretches[index - 1];
    return [before?.kind === "queued" ? before.to - before.from : 0];
  });
}
