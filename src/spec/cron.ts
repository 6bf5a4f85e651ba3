/** A schedule (crontab(5)): five fields of numbers, names, lists, ranges and steps, or one word for them. */
import { nearest } from "./nearest.ts";

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words for the numbers, counted from `from`. */
  readonly words: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day", from: 1, to: 31, words: [] },
  {
    name: "month",
    from: 1,
    to: 12,
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "weekday", from: 0, to: 7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/** `@reboot` is none: no time comes round in it. */
const WORDS: readonly string[] = [
  "@hourly",
  "@daily",
  "@midnight",
  "@weekly",
  "@monthly",
  "@yearly",
  "@annually",
];

export interface CronProblem {
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with it; null when nothing is. */
export function cronProblem(text: string): CronProblem | null {
  const word = text.trim().toLowerCase();
  if (WORDS.includes(word)) return null;
  if (word.startsWith("@"))
    return { message: `"${text}" is no schedule`, hint: nearest(word, WORDS) ?? WORDS.join(", ") };
  const written = text.trim().split(/\s+/);
  const hint = "minute hour day month weekday, such as 0 7 * * 1-5";
  if (written.length !== FIELDS.length || text.trim() === "")
    return { message: `"${text}" is no schedule of five fields`, hint };
  for (const [index, field] of FIELDS.entries())
    for (const part of (written[index] ?? "").split(",")) {
      const problem = partProblem(part, field);
      if (problem !== null) return problem;
    }
  return neverDay(written) ? { message: `"${text}" names a day that no month of it has`, hint } : null;
}

/** `*`, `5`, `1-5`, `mon-fri`, and a step behind any of them. */
function partProblem(part: string, field: Field): CronProblem | null {
  const [range = "", step, ...rest] = part.split("/");
  const wrong = (message: string, hint = rangeOf(field)) => ({
    message: `${field.name} "${part}": ${message}`,
    hint,
  });
  if (rest.length > 0 || part === "") return wrong("this is no number, list, range or step");
  if (step !== undefined && !(/^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= field.to))
    return wrong(`a step is a whole number from 1 to ${field.to}`, `*/${Math.ceil(field.to / 4)}`);
  if (range === "*") return null;
  const ends = range.split("-");
  if (ends.length > 2) return wrong("a range has two ends");
  const values: number[] = [];
  for (const end of ends) {
    const value = numberIn(end, field);
    if (value === null)
      return wrong(`there is no ${field.name} "${end}"`, nearest(end, field.words) ?? rangeOf(field));
    values.push(value);
  }
  const [first = 0, last = first] = values;
  if (first <= last || (last === 0 && /^sun$/i.test(ends[1] ?? ""))) return null;
  return wrong("the range ends before it begins", turnedRound(first, last, field));
}

/** Either the ends were mistaken for each other, or it was meant to go on from the beginning. */
function turnedRound(first: number, last: number, { name, from, to }: Field): string {
  if (name === "weekday" && last === 0) return `${first}-${to}`;
  // Sunday is 0 and 7.
  const start = name === "weekday" ? 1 : from;
  const rest = start === last ? String(last) : `${start}-${last}`;
  return `${last}-${first}, or ${first === to ? first : `${first}-${to}`},${rest}`;
}

function numberIn(text: string, { from, to, words }: Field): number | null {
  const word = words.indexOf(text.toLowerCase());
  if (word !== -1) return from + word;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  return value >= from && value <= to ? value : null;
}

function rangeOf({ name, from, to, words }: Field): string {
  const named = words.length === 0 ? "" : `, or ${words[0]} to ${words.at(-1)}`;
  return `${name}s are ${from} to ${to}${named}`;
}

const LONGEST: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `0 0 31 2 *`: a plain day that none of the plain months has, where no weekday lets it run all the same. */
function neverDay([, , day = "", month = "", weekday = ""]: readonly string[]): boolean {
  if (!/^\d+$/.test(day) || weekday !== "*" || !/^[\w,]+$/.test(month)) return false;
  const field = FIELDS[3];
  const months = month.split(",").map((one) => (field === undefined ? null : numberIn(one, field)));
  return months.every((one) => one !== null && Number(day) > (LONGEST[one - 1] ?? 31));
}
