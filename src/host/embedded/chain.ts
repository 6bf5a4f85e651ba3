/**
 * The chains that show each change to the journal. The text of an entry is hashed as it is stored (JSON.stringify
 * escapes lone surrogates, so the stored bytes come back the same), together with every other column of its row.
 */
import type { Entry } from "../../core/event.ts";
import { sha256Text } from "../../port/hash.ts";
import type { Bound } from "./database.ts";

export interface EntryFields {
  readonly run: string;
  readonly sequence: number;
  readonly at: number;
  readonly tick: number;
  readonly key: string | null;
  readonly text: string;
}

/** What stands before the first entry, commit and audit line. */
export const START = "";

/** `previous` is the hash of the run's entry before. */
export function entryHash(previous: string, { run, sequence, at, tick, key, text }: EntryFields): string {
  const mark = key === null ? "-" : `=${key.length}:${key}`;
  return sha256Text(`${previous}\n${run}\n${sequence}\n${at}\n${tick}\n${mark}\n${text}`);
}

/** Over the new entries of one transaction, in the order of their places, and its audit line if it has one. */
export function commitHash(previous: string, number: number, hashes: readonly string[]): string {
  return sha256Text(`${previous}\n${number}\n${hashes.join("\n")}`);
}

export function auditHash(previous: string, at: number, action: string, detail: string): string {
  return sha256Text(`${previous}\n${at}\n${action.length}:${action}\n${detail}`);
}

/** The fields of an entry as they are bound and hashed. */
export function fieldsOf(entry: Entry): EntryFields {
  const { run, sequence, at, tick, key, event } = entry;
  return {
    run,
    sequence,
    at,
    tick,
    key: key === null ? null : key.toWellFormed(),
    text: JSON.stringify(event),
  };
}

/** 53 bits over a row's values: finds what a disk or a hand did to it; the truth has a real hash. */
export function sumOf(values: readonly Bound[]): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const value of values) {
    const text = value === null ? "\u0001" : `${value}`;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      high = Math.imul(high ^ code, 2654435761);
      low = Math.imul(low ^ code, 1597334677);
    }
    high = Math.imul(high ^ 0xffff, 2654435761);
    low = Math.imul(low ^ 0xffff, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
