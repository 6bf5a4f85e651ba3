import { type Draft, isHalted } from "./draft.ts";
import type { ChildNews } from "./event.ts";
import type { Run, RunClock } from "./run.ts";

/**
 * The run clock (formats.md 1.10): it counts while something of the run is queued, running, or waits for a retry
 * or an event, and stands while the run is paused or has only things that wait for people, quota, budget,
 * concurrency or time, in its children too. Kept as remaining milliseconds, so that a restart loses nothing and
 * downtime does not count.
 * A list of hooks has a clock of its own, which stands only while the run is paused.
 */
export function keepClocks(draft: Draft): void {
  const { state } = draft;
  const isRunning = state.status === "running";
  const counts = isRunning && state.phase === "main" && goesOn(state) && !isHalted(draft);
  const clock = kept(draft, state.clock, { timer: "run", counts });
  if (clock !== state.clock) state.clock = clock;
  if (state.hook === null) return;
  const hookClock = kept(draft, state.hook.clock, {
    timer: "hooks",
    counts: isRunning && !state.hook.stopped,
  });
  if (hookClock !== state.hook.clock) state.hook = { ...state.hook, clock: hookClock };
}

/** A mapped task that is queued has not been given its items yet: no unit of it counts so far. */
export function goesOn({ ticking, counts }: Pick<Run, "ticking" | "counts">): boolean {
  return ticking > 0 || counts.queued > 0;
}

/** What a parent hears of its child: hooks go on whatever waits, and what is being ended does too. */
function waits({ status, phase, ticking, counts }: Omit<Run, "tasks">): boolean {
  return status === "paused" || (phase === "main" && !goesOn({ ticking, counts }));
}

/** A child that only waits, or goes on again, tells its parent, whose clock stands or counts with it. */
export function tellParent(draft: Draft, before: Run): void {
  const { state } = draft;
  if (state.start.parent === null || state.phase === "closed" || waits(state) === waits(before)) return;
  draft.effect({ do: "tell_parent", news: newsOf(state) });
}

export function newsOf(run: Omit<Run, "tasks">): ChildNews["type"] {
  return waits(run) ? "child.waits" : "child.moves";
}

function kept(
  draft: Draft,
  clock: RunClock,
  { timer, counts }: { readonly timer: string; readonly counts: boolean },
): RunClock {
  const { tick } = draft.state;
  if (counts === (clock.since !== null)) return clock;
  if (clock.since === null) {
    draft.effect({ do: "set_timer", timer: { id: timer, kind: "tick", due: tick + clock.remainingMs } });
    return { remainingMs: clock.remainingMs, since: tick };
  }
  draft.effect({ do: "clear_timer", timer });
  return { remainingMs: msLeft(clock, tick), since: null };
}

/** What is left of it at a tick. */
export function msLeft({ remainingMs, since }: RunClock, tick: number): number {
  return since === null ? remainingMs : Math.max(0, remainingMs - (tick - since));
}

/** When a counting clock runs out, as a tick; null while it stands. */
export function dueOf(clock: RunClock): number | null {
  return clock.since === null ? null : clock.since + clock.remainingMs;
}
