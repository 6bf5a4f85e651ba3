/** `agent: wait`: for a time, until a time, or for an event (formats.md 1.6). */
import { awaitedIn, waitersIn } from "./awaited.ts";
import { instantMs } from "./calendar.ts";
import type { Draft, Spot } from "./draft.ts";
import { endFailed, endUnit } from "./end.ts";
import type { EventReceived } from "./event.ts";
import type { Json, JsonMap } from "./json.ts";
import { seconds } from "./late.ts";
import { LIMITS, most } from "./limits.ts";
import { type Failure, failure, NO_OUTPUT } from "./outcome.ts";
import { isWithin, RANGES, rangeText } from "./range.ts";
import { readMap, scopeOf } from "./scope.ts";
import { after, type TimerTime, unitName, waitUntil } from "./timer.ts";

export function startWait(draft: Draft, spot: Spot): void {
  const read = readMap(spot.task.parameters, scopeOf(draft, spot), "parameters");
  if (!read.ok) return endFailed(draft, spot, read.failure);
  const given = read.value;
  draft.setUnit(spot, { attempt: draft.unit(spot).attempt + 1 });
  if (given.event !== undefined) return waitForEvent(draft, spot, given);
  const time = given.until === undefined ? lengthOf(draft, given.for) : momentOf(given.until);
  if (time === null) return endFailed(draft, spot, unreadable(draft, given));
  waitUntil(draft, spot, "time", time);
}

/** A length of time has a range, which is said where one was given; a moment has none. */
function unreadable({ state }: Draft, given: JsonMap): Failure {
  const what = given.event !== undefined ? "timeout" : "for";
  const told = `wait has no time it can read: ${JSON.stringify(given)}`;
  if (given.event === undefined && given.until !== undefined) return failure("config_error", told);
  return failure("config_error", `${told}; ${what} is ${rangeText(RANGES.delay, state.start.limits)}`);
}

function lengthOf(draft: Draft, value: Json | undefined): TimerTime | null {
  const length = secondsOf(draft, value);
  return length === null ? null : after(draft, length);
}

/** Null for what is no length of time, or longer than one may be. */
function secondsOf({ state }: Draft, value: Json | undefined): number | null {
  const { limits } = state.start;
  const length = typeof value === "string" ? seconds(value) : value;
  return typeof length === "number" && isWithin(length, RANGES.delay, limits) ? length : null;
}

function momentOf(value: Json): TimerTime | null {
  const due = typeof value === "string" ? instantMs(value) : null;
  return due === null ? null : { kind: "wall", due };
}

function waitForEvent(draft: Draft, spot: Spot, given: JsonMap): void {
  const event = String(given.event);
  const key = keyOf(given.key ?? "");
  if (takesEarly(draft, spot, event, key)) return;
  const limit = given.timeout === undefined ? null : secondsOf(draft, given.timeout);
  if (limit === null && given.timeout !== undefined) return endFailed(draft, spot, unreadable(draft, given));
  if (limit !== null) waitUntil(draft, spot, "event", { kind: "tick", due: draft.state.tick + limit * 1000 });
  draft.setUnit(spot, { status: "waiting", reason: "event", waiting: { event, key } });
}

/** An event that came before somebody waited for it, or while nobody looked after the run. */
function takesEarly(draft: Draft, spot: Spot, event: string, key: string): boolean {
  const name = unitName(spot);
  const early = draft.state.inbox.find(
    (one) => one.name === event && one.key === key && !one.taken.includes(name),
  );
  if (early === undefined) return false;
  draft.state.inbox = draft.state.inbox.map((one) =>
    one === early ? { ...one, taken: [...one.taken, name] } : one,
  );
  endUnit(draft, spot, { status: "success", output: { value: early.data } });
  return true;
}

function keyOf(key: Json): string {
  return typeof key === "string" ? key : JSON.stringify(key);
}

/** One event goes to every waiter with that name and key, also to those that do not wait yet. */
export function eventReceived(draft: Draft, received: EventReceived): void {
  if (awaitedIn(draft.workflow).length === 0) return;
  const { name, key, data, late } = received;
  const waiters = late === "kept" ? [] : waitersOf(draft, name, key);
  if (late === "given") {
    for (const spot of waiters) takesEarly(draft, spot, name, key);
    return;
  }
  for (const spot of waiters) endUnit(draft, spot, { status: "success", output: { value: data } });
  const { inbox, start } = draft.state;
  const kept = [...inbox, { name, key, data, taken: waiters.map(unitName) }];
  draft.state.inbox = kept.slice(-most(LIMITS.keptEvents, start.limits));
}

function waitersOf({ view }: Draft, event: string, key: string): readonly Spot[] {
  return waitersIn(view)
    .filter(({ waiting }) => waiting.event === event && waiting.key === key)
    .map(({ spot }) => spot);
}

/** The wait's timer fired: its time has come, or its event has not. */
export function waitOver(draft: Draft, spot: Spot): void {
  const { waiting } = draft.unit(spot);
  if (waiting === null || goesOn(draft, spot))
    return endUnit(draft, spot, { status: "success", output: NO_OUTPUT });
  endFailed(
    draft,
    spot,
    failure("timeout", `event ${waiting.event} with key ${JSON.stringify(waiting.key)} did not come in time`),
  );
}

/** Read again as it was read at the start. */
function goesOn(draft: Draft, spot: Spot): boolean {
  const read = readMap(spot.task.parameters, scopeOf(draft, spot), "parameters");
  return read.ok && read.value.on_timeout === "continue";
}
