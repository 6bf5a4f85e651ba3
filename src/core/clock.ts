import type { Draft } from "./draft.ts";
import { isHalted } from "./draft.ts";
import type { RunClock } from "./run.ts";

/**
 * The run clock (formats.md 1.10): it counts while something of the run is queued, running, or waits for a retry
 * or an event, and stands while the run is paused or has only things that wait for people, quota, budget,
 * concurrency or time. Kept as remaining milliseconds, so that a restart loses nothing and downtime does not count.
 * A list of hooks has a clock of its own, which stands only while the run is paused.
 */
export function keepClocks(draft: Draft): void {
  const { state } = draft;
  const isRunning = state.status === "running";
  const counts = isRunning && state.phase === "main" && state.ticking > 0 && !isHalted(draft);
  const clock = kept(draft, state.clock, { timer: "run", counts });
  if (clock !== state.clock) state.clock = clock;
  if (state.hook === null) return;
  const hookClock = kept(draft, state.hook.clock, {
    timer: "hooks",
    counts: isRunning && !state.hook.stopped,
  });
  if (hookClock !== state.hook.clock) state.hook = { ...state.hook, clock: hookClock };
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
  return { remainingMs: Math.max(0, clock.remainingMs - (tick - clock.since)), since: null };
}

/** When a counting clock runs out, as a tick; null while it stands. */
export function dueOf(clock: RunClock): number | null {
  return clock.since === null ? null : clock.since + clock.remainingMs;
}
