/** Times as numbers and texts: civil dates by arithmetic, RFC 3339 texts, no clock. */

/** A date and time of day without a zone. Months and days count from 1. */
export interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** A time as somebody wrote it. */
export interface Moment {
  readonly epochMs: number;
  readonly offsetMinutes: number;
  /** Only a date was written. */
  readonly isDate: boolean;
  readonly hasFraction: boolean;
}

const DAY_MS = 86_400_000;

/** The RFC 3339 text of a time in milliseconds since 1970, in UTC, always with milliseconds. */
export function instant(epochMs: number): string {
  return momentText({ epochMs: Math.floor(epochMs), offsetMinutes: 0, isDate: false, hasFraction: true });
}

/** Milliseconds since 1970 of an RFC 3339 text, or of a bare date at midnight UTC; null when it is neither. */
export function instantMs(text: string): number | null {
  return parseMoment(text)?.epochMs ?? null;
}

const MOMENT =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2})))?$/;

export function parseMoment(text: string): Moment | null {
  const match = MOMENT.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction, sign, offsetHour, offsetMinute] = match.slice(7);
  // Second 60 is a leap second; it is read as the start of the next minute.
  const isInRange = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 60;
  if (!isInRange || day > daysInMonth(year, month)) return null;
  const [offsetHours, offsetRest] = [Number(offsetHour ?? 0), Number(offsetMinute ?? 0)];
  if (offsetHours > 23 || offsetRest > 59) return null;
  const offsetMinutes = (sign === "-" ? -1 : 1) * (offsetHours * 60 + offsetRest);
  const millisecond = Number((fraction ?? "").padEnd(3, "0").slice(0, 3));
  const local = civilMs({ year, month, day, hour, minute, second, millisecond });
  return {
    epochMs: local - offsetMinutes * 60_000,
    offsetMinutes: offsetMinutes === 0 ? 0 : offsetMinutes,
    isDate: match[4] === undefined,
    hasFraction: fraction !== undefined,
  };
}

export function momentText(moment: Moment): string {
  const local = civilOf(moment.epochMs + moment.offsetMinutes * 60_000);
  const date = `${padded(local.year, 4)}-${padded(local.month, 2)}-${padded(local.day, 2)}`;
  if (moment.isDate) return date;
  const fraction = moment.hasFraction ? `.${padded(local.millisecond, 3)}` : "";
  const time = `${padded(local.hour, 2)}:${padded(local.minute, 2)}:${padded(local.second, 2)}${fraction}`;
  return `${date}T${time}${moment.offsetMinutes === 0 ? "Z" : offsetText(moment.offsetMinutes)}`;
}

/** `+02:00`. */
export function offsetText(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes);
  return `${offsetMinutes < 0 ? "-" : "+"}${padded(Math.floor(minutes / 60), 2)}:${padded(minutes % 60, 2)}`;
}

export function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

/** Milliseconds since 1970 of a civil time, as if it were UTC. Days and smaller parts may be out of range. */
export function civilMs(civil: Civil): number {
  const { hour, minute, second, millisecond } = civil;
  return daysOf(civil) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

/** The civil time of milliseconds since 1970, as if it were UTC. */
export function civilOf(ms: number): Civil {
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  return {
    ...dateOf(days),
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    millisecond: rest % 1000,
  };
}

/** 1 is Monday, 7 is Sunday. */
export function weekdayOf(ms: number): number {
  const days = Math.floor(ms / DAY_MS) + 3;
  return (((days % 7) + 7) % 7) + 1;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Adds months; a day that the month does not have becomes its last one. */
export function addMonths(civil: Civil, months: number): Civil {
  const count = civil.year * 12 + civil.month - 1 + months;
  const year = Math.floor(count / 12);
  const month = count - year * 12 + 1;
  return { ...civil, year, month, day: Math.min(civil.day, daysInMonth(year, month)) };
}

/** Days since 1970. Counts in eras of 400 years that begin in March, so the leap day is the last of its year. */
function daysOf({ year, month, day }: Civil): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
