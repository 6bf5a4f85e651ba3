/** Entries as they come from the database: the chain first, then the text. */
import type { Entry, Event } from "../../core/event.ts";
import { EVENT_TYPES } from "../../core/event-types.ts";
import { isMap } from "../../core/json.ts";
import { entryHash, START } from "./chain.ts";
import type { Row } from "./database.ts";
import { JournalFault } from "./fault.ts";
import { journalProblem } from "./faults.ts";
import { PLACES } from "./schema.sql.ts";

export interface Stored {
  readonly run: string;
  readonly number: number;
  /** place, at, tick, key, hash, text; in the order of their places, from the first behind `from`. */
  readonly rows: readonly Row[];
  /** The entry these are chained to; of a run's first entries there is none. */
  readonly from?: { readonly sequence: number; readonly hash: string };
  /** The last sequence that is known to have been written. */
  readonly atLeast: number;
  /** Entries up to this one are verified and left out. */
  readonly after: number;
}

const BEGINNING = { sequence: 0, hash: START };

/** Throws JournalFault, saying how many can be read, at the first entry that is missing, changed or in a wrong place. */
export function verifiedEntries({
  run,
  number,
  rows,
  from = BEGINNING,
  atLeast,
  after,
}: Stored): readonly Entry[] {
  const entries: Entry[] = [];
  let previous = from.hash;
  let { sequence } = from;
  for (const row of rows) {
    sequence += 1;
    const hash = hashOfRow(previous, run, number, row);
    if (Number(row[0]) !== number * PLACES + sequence) throw broken({ run, sequence, atLeast }, "is missing");
    if (hash !== row[4]) throw broken({ run, sequence, atLeast }, "is not what was written");
    previous = hash;
    if (sequence > after) entries.push(entryOf(run, sequence, row));
  }
  if (sequence < atLeast) throw broken({ run, sequence: sequence + 1, atLeast }, "is missing");
  return entries;
}

export function hashOfRow(previous: string, run: string, number: number, row: Row): string {
  const [place, at, tick, key, , text] = row;
  return entryHash(previous, {
    run,
    sequence: Number(place) - number * PLACES,
    at: Number(at),
    tick: Number(tick),
    key: key === null ? null : String(key),
    text: String(text),
  });
}

function entryOf(run: string, sequence: number, row: Row): Entry {
  const [, at, tick, key, , text] = row;
  const event = eventIn(String(text), { run, sequence });
  return { run, sequence, at: Number(at), tick: Number(tick), key: key === null ? null : String(key), event };
}

const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);

/** The text of an entry, read. What the hash holds was written by a decapod, so only its version can be strange. */
export function eventIn(
  text: string,
  { run, sequence }: { readonly run: string; readonly sequence: number },
): Event {
  const value = parsed(text);
  if (!isMap(value) || typeof value.type !== "string") {
    throw broken({ run, sequence, atLeast: sequence }, "holds no event");
  }
  if (TYPES.has(value.type)) return value as unknown as Event;
  throw new JournalFault({
    code: "E_NEWER_JOURNAL",
    message: `entry ${sequence} of run ${run} is of a kind this version does not know: ${JSON.stringify(value.type.slice(0, 80))}`,
    hint: "use the decapod that wrote it, or a newer one",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface BreakPoint {
  readonly run: string;
  readonly sequence: number;
  readonly atLeast: number;
}

function broken({ run, sequence, atLeast }: BreakPoint, what: string): JournalFault {
  const readable = sequence - 1;
  const total = Math.max(atLeast, sequence);
  const problem = journalProblem(
    `entry ${sequence} of run ${run} ${what}: ${readable} of ${total} entries readable`,
  );
  return new JournalFault(problem, undefined, readable);
}
