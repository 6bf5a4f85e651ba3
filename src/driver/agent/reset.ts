/**
 * When a used-up limit is open again, from the words in which programs tell it. They round down to the minute, so the
 * next one counts; the tests hold the real words.
 */
import { type Civil, civilMs, civilOf } from "../../core/calendar.ts";
import { isZone, zonedMs } from "../../core/zone.ts";

/** The moment in which they were read, and where the clocks are that they speak of. */
export interface Here {
  readonly nowMs: number;
  /** `TZ` of the program; undefined: the machine's. */
  readonly zone: string | undefined;
  readonly machineOffsetMs: (epochMs: number) => number;
}

const MINUTE_MS = 60_000;
/** Of a time of day that has just gone by: it is not tomorrow's. */
const JUST_NOW_MS = 10 * MINUTE_MS;

const DAY_MS = 86_400_000;
/** The longest limits are those of a week, and a moment must come of any number. */
const SPAN_MAX_MS = 8 * DAY_MS;

/** Wall time; null: they tell none. */
export function resetTold(words: string, here: Here): number | null {
  return spanTold(words, here) ?? dateTold(words, here) ?? timeTold(words, here);
}

const UNITS_MS: Readonly<Record<string, number>> = { d: DAY_MS, h: 3_600_000, m: MINUTE_MS, s: 1000, ms: 1 };

/** `try again in 3 days 2 hours 5 minutes`, `quota will reset after 23h13m11.5s`, `20ms`, `in less than a minute` */
function spanTold(words: string, { nowMs }: Here): number | null {
  const [, span = ""] =
    /\b(?:again in|reset after) (less than a minute|(?:\d+(?:\.\d+)? ?(?:days?|hours?|minutes?|seconds?|ms|[dhms])(?![a-z]),? ?)+)/i.exec(
      words,
    ) ?? [];
  if (span === "") return null;
  const parts = [...span.matchAll(/(\d+(?:\.\d+)?) ?(ms|[dhms])/gi)];
  const ms = parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS[unit.toLowerCase()] ?? 0),
    0,
  );
  return nowMs + Math.min(Math.round(ms) + MINUTE_MS, SPAN_MAX_MS);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `try again at Dec 2nd, 2026 9:25 PM` */
function dateTold(words: string, here: Here): number | null {
  const [, month = "", day, year, time = ""] =
    /\bagain at ([A-Z][a-z]{2}) (\d{1,2})(?:st|nd|rd|th), (\d{4}) (\d{1,2}:\d\d [AP]M)/.exec(words) ?? [];
  if (!MONTHS.includes(month)) return null;
  const date = { year: Number(year), month: MONTHS.indexOf(month) + 1, day: Number(day) };
  return epochOf({ ...civilOf(0), ...date, ...timeOf(time) }, here) + MINUTE_MS;
}

/** `try again at 9:25 PM` of the same day, `resets 11:45am (UTC)`: the next time that the clocks show it. */
function timeTold(words: string, here: Here): number | null {
  const [, time, plain, zone = here.zone] =
    /\b(?:again at (\d{1,2}:\d\d [AP]M)|resets (\d{1,2}(?::\d\d)?[ap]m) \(([\w/+-]+)\))/.exec(words) ?? [];
  const told = time ?? plain;
  if (told === undefined) return null;
  const there = { ...here, zone };
  const { nowMs } = here;
  const today = civilOf(nowMs);
  const days = [-1, 0, 1, 2].map((more) => {
    const { year, month, day } = civilOf(civilMs({ ...today, hour: 12 }) + more * 86_400_000);
    return epochOf({ ...civilOf(0), year, month, day, ...timeOf(told) }, there);
  });
  return (days.find((ms) => ms >= nowMs - JUST_NOW_MS) ?? nowMs) + MINUTE_MS;
}

/** `9:25 PM`, `11:45am`, `3pm` */
function timeOf(text: string): Pick<Civil, "hour" | "minute"> {
  const [, hour, minute = "0", half = ""] = /^(\d+)(?::(\d+))? ?([ap])m$/i.exec(text) ?? [];
  return { hour: (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0), minute: Number(minute) };
}

function epochOf(civil: Civil, { zone, machineOffsetMs }: Here): number {
  if (zone !== undefined && isZone(zone)) return zonedMs(zone, civil);
  const local = civilMs(civil);
  return local - machineOffsetMs(local - machineOffsetMs(local));
}
