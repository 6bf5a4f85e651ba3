/** The kinds of facts as a list. These words are for ever (test/pins.test.ts). */
import type { Event } from "./event.ts";

export type EventType = Event["type"];

export const EVENT_TYPES: readonly EventType[] = [
  "run.started",
  "run.paused",
  "run.resumed",
  "run.cancelled",
  "run.reopened",
  "attempt.started",
  "attempt.ended",
  "attempt.lost",
  "task.expanded",
  "timer.fired",
  "decision.made",
  "event.received",
  "child.ended",
  "group.granted",
  "cache.hit",
  "child.waits",
  "child.moves",
  "task.measured",
];
