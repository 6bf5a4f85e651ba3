import type { Draft, Spot } from "./draft.ts";
import type { Timer } from "./effect.ts";

/** When a timer fires: at a tick of the run, at a wall time, or after a delay that counts downtime. */
export type TimerTime =
  | { readonly kind: "tick" | "wall"; readonly due: number }
  | { readonly kind: "delay"; readonly from: number; readonly delayMs: number };

/** `build` or `build:3`: a unit's name inside timer and decision ids. */
export function unitName({ task, item }: Spot): string {
  return item < 0 ? task.id : `${task.id}:${item}`;
}

/** The ids of timers, and back. `run` and `hooks` are the run's own. */
export function timerId(kind: "unit" | "pass" | "expire", name: string): string {
  return `${kind}:${name}`;
}

export function after(draft: Draft, seconds: number): TimerTime {
  return { kind: "delay", from: draft.state.at, delayMs: seconds * 1000 };
}

/** Parks a unit under a reason until its timer fires. */
export function waitUntil(
  draft: Draft,
  spot: Spot,
  reason: "retry" | "quota" | "time" | "event",
  time: TimerTime,
): void {
  const timer: Timer = {
    id: timerId("unit", unitName(spot)),
    ...(isRehearsed(draft, reason) ? after(draft, 0) : time),
  };
  draft.setUnit(spot, { status: "waiting", reason, timer });
  draft.effect({ do: "set_timer", timer });
}

/** A rehearsal spends no time: waits and delays end at once, events and quotas come as ever. */
function isRehearsed(draft: Draft, reason: "retry" | "quota" | "time" | "event"): boolean {
  return draft.state.start.rehearse && (reason === "retry" || reason === "time");
}
