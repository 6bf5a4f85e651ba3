/** Time zones by their IANA names. The tables are the platform's; everything else is arithmetic. */
import { type Civil, civilMs } from "./calendar.ts";

const FORMATS_MAX = 64;
const formats = new Map<string, Intl.DateTimeFormat | null>();

export function isZone(zone: string): boolean {
  return formatOf(zone) !== null;
}

/** How far a zone is ahead of UTC at a time. The zone must exist. */
export function zoneOffsetMs(zone: string, epochMs: number): number {
  const format = formatOf(zone) as Intl.DateTimeFormat;
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) as number;
  const civil: Civil = {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
    second: part("second"),
    millisecond: 0,
  };
  return civilMs(civil) - Math.floor(epochMs / 1000) * 1000;
}

/**
 * The time at which the clocks of a zone show a civil time. Of one that comes twice the first, of one that does not
 * exist the time as far behind the jump.
 */
export function zonedMs(zone: string, civil: Civil): number {
  const local = civilMs(civil);
  const before = zoneOffsetMs(zone, local - 86_400_000);
  if (zoneOffsetMs(zone, local - before) === before) return local - before;
  const after = zoneOffsetMs(zone, local + 86_400_000);
  return zoneOffsetMs(zone, local - after) === after ? local - after : local - before;
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  if (formats.size >= FORMATS_MAX) formats.clear();
  const format = makeFormat(zone);
  formats.set(zone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  const two = "2-digit";
  try {
    return new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  } catch {
    return null;
  }
}
