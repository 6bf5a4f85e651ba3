import {
  addMonths,
  type Civil,
  civilMs,
  civilOf,
  type Moment,
  momentText,
  offsetText,
  padded,
  parseMoment,
  weekdayOf,
} from "../calendar.ts";
import type { Call, FunctionDefinition } from "../call.ts";
import { isZone, zonedMs, zoneOffsetMs } from "../zone.ts";

export const TIME_FUNCTIONS: Readonly<Record<string, FunctionDefinition>> = {
  date: { least: 1, most: 3, usage: "fn:date(time, 'yyyy-MM-dd HH:mm', zone)", run: date },
  date_add: { least: 3, most: 4, usage: "fn:date_add(time, number, 'days', zone)", run: dateAdd },
};

/** The first and last time whose texts have years of four digits, in every zone. */
const EPOCH_MS = { least: -62_135_510_400_000, most: 253_402_214_400_000 };

function momentOf(call: Call): Moment {
  const text = call.text(0);
  const moment = parseMoment(text);
  const hint = "write a time like 2026-03-29T10:00:00Z or a date like 2026-03-29";
  if (moment === null)
    return call.fail(`cannot read ${JSON.stringify(text.slice(0, 40))} as a time`, 0, hint);
  return inRange(call, moment);
}

function inRange(call: Call, moment: Moment): Moment {
  const isInside = moment.epochMs >= EPOCH_MS.least && moment.epochMs <= EPOCH_MS.most;
  return isInside ? moment : call.fail("knows only the years 1 to 9999");
}

function zoneOf(call: Call, index: number): string | null {
  if (!call.has(index)) return null;
  const zone = call.text(index);
  const hint = "use a name like Europe/Berlin, UTC or an offset like +02:00";
  return isZone(zone)
    ? zone
    : call.fail(`knows no time zone ${JSON.stringify(zone.slice(0, 40))}`, index, hint);
}

function offsetMinutesAt(zone: string, epochMs: number): number {
  return Math.round(zoneOffsetMs(zone, epochMs) / 60_000);
}

function date(call: Call): string {
  const moment = momentOf(call);
  const pattern = call.has(1) ? call.text(1) : "yyyy-MM-dd";
  const offsetMinutes = offsetMinutesAt(zoneOf(call, 2) ?? "UTC", moment.epochMs);
  const localMs = moment.epochMs + offsetMinutes * 60_000;
  const shown: Shown = { civil: civilOf(localMs), weekday: weekdayOf(localMs), offsetMinutes };
  const parts = pattern.match(PATTERN_PARTS) ?? [];
  call.meter.lookAtItems(parts.length, call.place);
  return parts.map((part) => formatted(call, part, shown)).join("");
}

/** A quoted text, a run of one letter, or anything else. */
const PATTERN_PARTS = /'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g;

interface Shown {
  readonly civil: Civil;
  readonly weekday: number;
  readonly offsetMinutes: number;
}

function formatted(call: Call, part: string, shown: Shown): string {
  if (part === "''") return "'";
  if (part.startsWith("'")) return part.replace(/^'|'$/g, "").replaceAll("''", "'");
  if (!/^[A-Za-z]/.test(part)) return part;
  const format = Object.hasOwn(FORMATS, part) ? FORMATS[part] : undefined;
  const hint = `the parts are ${Object.keys(FORMATS).join(" ")}; other letters stand in 'quotes'`;
  return format === undefined
    ? call.fail(`knows no ${part.slice(0, 20)} in a date format`, 1, hint)
    : format(shown);
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const monthName = ({ civil }: Shown) => MONTHS[civil.month - 1] as string;
const weekdayName = ({ weekday }: Shown) => WEEKDAYS[weekday - 1] as string;
const hourOfHalf = ({ civil }: Shown) => ((civil.hour + 11) % 12) + 1;

const FORMATS: Readonly<Record<string, (shown: Shown) => string>> = {
  yyyy: ({ civil }) => padded(civil.year, 4),
  yy: ({ civil }) => padded(civil.year % 100, 2),
  MMMM: monthName,
  MMM: (shown) => monthName(shown).slice(0, 3),
  MM: ({ civil }) => padded(civil.month, 2),
  M: ({ civil }) => String(civil.month),
  dd: ({ civil }) => padded(civil.day, 2),
  d: ({ civil }) => String(civil.day),
  EEEE: weekdayName,
  EEE: (shown) => weekdayName(shown).slice(0, 3),
  HH: ({ civil }) => padded(civil.hour, 2),
  H: ({ civil }) => String(civil.hour),
  hh: (shown) => padded(hourOfHalf(shown), 2),
  h: (shown) => String(hourOfHalf(shown)),
  mm: ({ civil }) => padded(civil.minute, 2),
  m: ({ civil }) => String(civil.minute),
  ss: ({ civil }) => padded(civil.second, 2),
  s: ({ civil }) => String(civil.second),
  SSS: ({ civil }) => padded(civil.millisecond, 3),
  a: ({ civil }) => (civil.hour < 12 ? "AM" : "PM"),
  XXX: ({ offsetMinutes }) => (offsetMinutes === 0 ? "Z" : offsetText(offsetMinutes)),
  xxx: ({ offsetMinutes }) => offsetText(offsetMinutes),
};

const UNIT_MS: Readonly<Record<string, number>> = { second: 1000, minute: 60_000, hour: 3_600_000 };
const UNIT_DAYS: Readonly<Record<string, number>> = { day: 1, week: 7 };
const UNIT_MONTHS: Readonly<Record<string, number>> = { month: 1, year: 12 };
const AMOUNT_MAX = 1_000_000_000_000;

/** Days and longer keep the time of day: of the zone if one is given, else of the offset as written. */
function dateAdd(call: Call): string {
  const moment = momentOf(call);
  const amount = call.whole(1);
  if (Math.abs(amount) > AMOUNT_MAX) return call.fail("adds so large a number to no time", 1);
  const unit = call.text(2).replace(/s$/, "");
  const zone = zoneOf(call, 3);
  if (Object.hasOwn(UNIT_MS, unit)) {
    const epochMs = moment.epochMs + amount * (UNIT_MS[unit] as number);
    return written(call, { ...moment, isDate: false, epochMs }, zone);
  }
  const before = zone === null ? moment.offsetMinutes : offsetMinutesAt(zone, moment.epochMs);
  const moved = civilAdd(civilOf(moment.epochMs + before * 60_000), amount, unit);
  if (moved === null) {
    return call.fail(
      `knows no ${JSON.stringify(call.text(2).slice(0, 20))}`,
      2,
      "seconds, minutes, hours, days, weeks, months or years",
    );
  }
  if (Math.abs(civilMs(moved)) > EPOCH_MS.most) return call.fail("knows only the years 1 to 9999");
  const epochMs = zone === null ? civilMs(moved) - before * 60_000 : zonedMs(zone, moved);
  return written(call, { ...moment, epochMs }, zone);
}

function civilAdd(civil: Civil, amount: number, unit: string): Civil | null {
  if (Object.hasOwn(UNIT_DAYS, unit))
    return { ...civil, day: civil.day + amount * (UNIT_DAYS[unit] as number) };
  return Object.hasOwn(UNIT_MONTHS, unit) ? addMonths(civil, amount * (UNIT_MONTHS[unit] as number)) : null;
}

function written(call: Call, moment: Moment, zone: string | null): string {
  inRange(call, moment);
  if (zone === null) return momentText(moment);
  return momentText({ ...moment, isDate: false, offsetMinutes: offsetMinutesAt(zone, moment.epochMs) });
}
