/** What a host must do again for a run it has read from its journal: all effects that are open, from the state alone. */
import { measure } from "./ask.ts";
import { cacheOf } from "./cache.ts";
import { childOf } from "./child.ts";
import { dueOf, newsOf } from "./clock.ts";
import { Draft, isEnded, refOf, type Spot } from "./draft.ts";
import type { Claim, Effect } from "./effect.ts";
import type { Entry } from "./event.ts";
import { must } from "./invariant.ts";
import { itemsOf } from "./items.ts";
import type { Lookup } from "./lookup.ts";
import { claimFor, needsOf } from "./needs.ts";
import type { Run, RunClock } from "./run.ts";
import { begunSpots } from "./spots.ts";
import type { Task } from "./workflow.ts";

export interface Recovered {
  readonly effects: readonly Effect[];
  /** Attempts that were running, with what they hold: reattached, or lost. */
  readonly live: readonly Claim[];
}

export function recover(run: Run, lookup: Lookup): Recovered {
  const draft = new Draft(run, standingStill(run), lookup);
  const live: Claim[] = [];
  if (run.phase === "closed") return { effects: [], live };
  if (run.group !== null) joinAgain(draft, run.group);
  if (run.status === "paused") draft.effect({ do: "hold" });
  setRunTimers(draft, run);
  for (const task of run.workflow.tasks) {
    const state = draft.task(task.index);
    if (isEnded(state.status)) continue;
    if (state.decision !== null) askAgain(draft, state.decision);
    if (state.measuring) measure(draft, { task, item: -1 });
    else if (task.map !== null && state.items === null && state.status === "queued") expandAgain(draft, task);
    for (const spot of begunSpots(draft, task)) recoverUnit(draft, spot, live);
  }
  if (run.decision !== null) askAgain(draft, run.decision);
  if (run.start.parent !== null) draft.effect({ do: "tell_parent", news: newsOf(run) });
  return { effects: draft.effects, live };
}

/** No entry: the state as it stands. */
export function standingStill(run: Run): Entry {
  return {
    run: run.id,
    sequence: run.sequence,
    at: run.at,
    tick: run.tick,
    key: null,
    event: { type: "run.resumed", by: "recovery" },
  };
}

/** Who holds its place already takes it up again without a word to the others. */
function joinAgain(draft: Draft, { name, limit, held }: NonNullable<Run["group"]>): void {
  const { concurrency } = draft.workflow.settings;
  const onConflict = held || concurrency === null ? "queue" : concurrency.onConflict;
  draft.effect({ do: "join_group", group: name, limit, onConflict });
}

function setRunTimers(draft: Draft, run: Run): void {
  setClock(draft, "run", run.clock);
  if (run.hook !== null) setClock(draft, "hooks", run.hook.clock);
}

function setClock(draft: Draft, timer: "run" | "hooks", clock: RunClock): void {
  const due = dueOf(clock);
  if (due !== null) draft.effect({ do: "set_timer", timer: { id: timer, kind: "tick", due } });
}

function expandAgain(draft: Draft, task: Task): void {
  const items = itemsOf(draft, task);
  must(items.ok, `the items of ${task.id} can be read again`);
  const cache = cacheOf(draft, task, items.value);
  must(cache.ok, `the cache of ${task.id} can be asked again`);
  draft.effect({ do: "expand", task: task.id, items: items.value, cache: cache.value });
}

function askAgain(draft: Draft, decision: NonNullable<Run["decision"]>): void {
  draft.effect({ do: "ask", decision });
  if (decision.expiresAt !== null) {
    draft.effect({
      do: "set_timer",
      timer: { id: `expire:${decision.id}`, kind: "wall", due: decision.expiresAt },
    });
  }
}

function recoverUnit(draft: Draft, spot: Spot, live: Claim[]): void {
  const unit = draft.unit(spot);
  if (unit.timer !== null) draft.effect({ do: "set_timer", timer: unit.timer });
  if (unit.decision !== null) askAgain(draft, unit.decision);
  const ref = refOf(spot, unit.attempt);
  if (unit.live && spot.task.kind === "attempt") {
    live.push(claimAgain(draft, spot));
    if (unit.stopping !== null) draft.effect({ do: "stop", attempt: ref, cause: unit.stopping });
  } else if (unit.live) {
    draft.effect({ do: "start_child", child: childOf(draft, spot) });
    if (unit.stopping !== null)
      draft.effect({ do: "stop_child", attempt: ref, twice: draft.state.cancels > 1 });
    else if (draft.state.status === "paused") draft.effect({ do: "pause_child", attempt: ref });
  } else if (unit.status === "queued" || (unit.status === "waiting" && unit.reason === "concurrency")) {
    draft.effect({ do: "request", claim: claimAgain(draft, spot) });
  }
}

/** What was asked for once can be asked for again: the same expressions over the same values. */
function claimAgain(draft: Draft, spot: Spot): Claim {
  const needs = needsOf(draft, spot);
  must(needs.ok, `the needs of ${spot.task.id} can be read again`);
  return claimFor(draft, spot, needs.value, draft.unit(spot).attempt);
}
