/** Durations, times, money and counts as people read them. */
import { civilOf, padded } from "../core/calendar.ts";
import { zoneOffsetMs } from "../core/zone.ts";
import { machineOffsetMs } from "../port/clock.ts";

/** `12ms`, `0.4s`, `18s`, `1m12s`, `2h05m`, `3d4h`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.max(0, Math.round(ms))}ms`;
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toString()}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${padded(whole % 60, 2)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h${padded(Math.floor(whole / 60) % 60, 2)}m`;
  return `${Math.floor(whole / 86_400)}d${Math.floor(whole / 3600) % 24}h`;
}

/** For lines that scripts read: seconds only. */
export function seconds(ms: number): string {
  const tenths = Math.round(ms / 100) / 10;
  return `${tenths >= 10 ? Math.round(tenths) : tenths}s`;
}

export function money(costUsd: number | null): string {
  return costUsd === null ? "" : `$${costUsd.toFixed(2)}`;
}

/** `1 task`, `3,000 tasks`. Small numbers do without the machine's tables of languages, which take 10 ms to load. */
export function count(number: number, word: string): string {
  return `${number < 1000 ? number : number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

export interface LocalTime {
  /** `14:31:14` on the wall of the person who looks. */
  clock(epochMs: number): string;
  /** `2026-01-18 14:31`, for older things. */
  date(epochMs: number): string;
}

/** In `zone`, or in that of `TZ` or of the machine. */
export function localTime(zone?: string): LocalTime {
  const offsetMs = (ms: number) => (zone === undefined ? machineOffsetMs(ms) : zoneOffsetMs(zone, ms));
  const civil = (ms: number) => civilOf(ms + offsetMs(ms));
  return {
    clock: (ms) => {
      const { hour, minute, second } = civil(ms);
      return [hour, minute, second].map((part) => padded(part, 2)).join(":");
    },
    date: (ms) => {
      const { year, month, day, hour, minute } = civil(ms);
      return `${year}-${padded(month, 2)}-${padded(day, 2)} ${padded(hour, 2)}:${padded(minute, 2)}`;
    },
  };
}
