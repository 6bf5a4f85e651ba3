/**
 * Names. A run is a lower-case ULID of 26: 10 letters of time, 16 of chance, so that ids sort by their birth.
 * People see and type `r-` and its last letters; a decision likewise, with `a-`.
 */
import { must } from "./invariant.ts";

/** Crockford's: no i, l, o, u. */
const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LETTERS = 10;
const CHANCE_BYTES = 10;
const ID_LETTERS = 26;
const SHORT_LETTERS_MIN = 4;
/** What 10 letters hold. */
const TIME_MS_MAX = 2 ** 48 - 1;

const RUN_ID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const SUFFIX = /^[0-9a-hjkmnp-tv-z]{4,26}$/;

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

export function ulid(timeMs: number, chance: Uint8Array): string {
  must(chance.length === CHANCE_BYTES, `a run id takes ${CHANCE_BYTES} bytes of chance`);
  return timeLetters(timeMs) + lettersOf(chance);
}

/** Ids of one process, each above the one before it, also within a millisecond and when the clock goes back. */
export function risingUlids(now: () => number, chance: (count: number) => Uint8Array): () => string {
  let last: Moment = { timeMs: -1, bytes: new Uint8Array(CHANCE_BYTES) };
  return () => {
    const timeMs = now();
    const next = timeMs > last.timeMs ? { timeMs, bytes: chance(CHANCE_BYTES) } : after(last);
    last = next;
    return ulid(next.timeMs, next.bytes);
  };
}

interface Moment {
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

/** One more than before; where the bytes are used up, the next millisecond. */
function after({ timeMs, bytes }: Moment): Moment {
  const next = bytes.slice();
  for (let at = next.length - 1; at >= 0; at--) {
    const value = (next[at] as number) + 1;
    next[at] = value;
    if (value < 256) return { timeMs, bytes: next };
  }
  return { timeMs: timeMs + 1, bytes: next };
}

function timeLetters(timeMs: number): string {
  let rest = Math.min(TIME_MS_MAX, Math.max(0, Math.floor(timeMs)));
  let text = "";
  for (let digit = 0; digit < TIME_LETTERS; digit++) {
    text = `${LETTERS[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** When an id was made, by the clock of its maker. */
export function timeOfId(id: string): number {
  return [...id.slice(0, TIME_LETTERS)].reduce((timeMs, letter) => timeMs * 32 + LETTERS.indexOf(letter), 0);
}

/** 5 bits a letter, the first bits first. */
function lettersOf(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += LETTERS[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** A name for something that is found by what it is: `hex` is the sha256 of `run/decisionId`. */
export function idFromHash(hex: string): string {
  const bytes = Uint8Array.from({ length: 17 }, (_, at) =>
    Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16),
  );
  return lettersOf(bytes).slice(0, ID_LETTERS);
}

/** A run id from a time and a hash: the same parent and attempt always give the same child. */
export function runIdFrom(timeMs: number, hex: string): string {
  return ulid(
    timeMs,
    Uint8Array.from({ length: 10 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16)),
  );
}

/** Of a child: it follows from the parent, born at that time, and the attempt, so that starting it twice is starting it once. */
export function childRunId(
  parentTimeMs: number,
  parent: { readonly run: string; readonly task: string; readonly item?: number; readonly attempt: number },
  sha256: (text: string) => string,
): string {
  const { run, task, item, attempt } = parent;
  return runIdFrom(parentTimeMs, sha256(`${run}/${task}/${item ?? ""}/${attempt}`));
}

/** The shortest ending, of at least 4 letters, that none of the others has. */
export function shortId(prefix: "r" | "a", id: string, others: Iterable<string>): string {
  const rivals = [...others].filter((other) => other !== id);
  let length = SHORT_LETTERS_MIN;
  while (length < id.length && rivals.some((other) => other.endsWith(id.slice(-length)))) length += 1;
  return `${prefix}-${id.slice(-length)}`;
}

/** The ending that was typed as `r-7k2m`, `7k2m` or a whole id, in any case; null when it can be none. */
export function suffixIn(prefix: "r" | "a", typed: string): string | null {
  const text = typed.toLowerCase();
  const suffix = text.startsWith(`${prefix}-`) ? text.slice(2) : text;
  return SUFFIX.test(suffix) ? suffix : null;
}

/** `TASK` or `TASK[key]`. */
export function instanceName(task: string, key: string | null): string {
  return key === null ? task : `${task}[${key}]`;
}

/** `RUN/TASK/N`, the fence of an attempt. */
export function attemptName(run: string, instance: string, attempt: number): string {
  return `${run}/${instance}/${attempt}`;
}

/** The parts of an attempt's name; a key may hold slashes. null when it is none. */
export function attemptIn(
  name: string,
): { readonly run: string; readonly instance: string; readonly attempt: number } | null {
  const first = name.indexOf("/");
  const last = name.lastIndexOf("/");
  const [run, instance, attempt] = [name.slice(0, first), name.slice(first + 1, last), name.slice(last + 1)];
  if (first === last || instance === "" || !isRunId(run) || !/^[1-9]\d{0,8}$/.test(attempt)) return null;
  return { run, instance, attempt: Number(attempt) };
}
