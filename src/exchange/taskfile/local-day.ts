/** Dates and times in names of files and folders: as the clocks of this place show them (requirements X-13). */
import { civilOf, padded } from "../../core/calendar.ts";

/** How far the place is ahead of UTC at a time. */
export type Offset = (epochMs: number) => number;

/** `2026-01-19` */
export function dayOf(epochMs: number, offset: Offset): string {
  const { year, month, day } = civilOf(epochMs + offset(epochMs));
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

/** `2026-01-19-1430` */
export function timestampOf(epochMs: number, offset: Offset): string {
  const { hour, minute } = civilOf(epochMs + offset(epochMs));
  return `${dayOf(epochMs, offset)}-${padded(hour, 2)}${padded(minute, 2)}`;
}
