/**
 * The high-water mark: which commit was the last, kept beside the database. It may be behind the database, never
 * ahead; so a database that lost its tail, or was swapped for another, is told from one that is whole.
 *
 * 8 KiB made once, two slots of 4 KiB written in turn: a torn write spoils one slot, and the other still holds.
 */
import type { Files, OpenFile } from "../../port/files.ts";
import { sumOf } from "./chain.ts";

export const MARK_FILE = "decapod.mark";

export interface Mark {
  /** Of the commit. */
  readonly number: number;
  /** Entries in the journal up to and with that commit. */
  readonly entries: number;
  readonly hash: string;
}

export const NO_MARK: Mark = { number: 0, entries: 0, hash: "" };

const SLOT_BYTES = 4096;
const TEXT_BYTES = 128;

export interface MarkFile {
  write(mark: Mark): void;
  readonly file: OpenFile;
}

export function openMark(files: Files, path: string): MarkFile {
  const file = files.open(path, "write");
  return { file, write: (mark) => file.write(slotText(mark), (mark.number % 2) * SLOT_BYTES) };
}

/** On the disk with its name before the journal's first commit. */
export function makeMark(files: Files, folder: string, mark: Mark): void {
  const bytes = new Uint8Array(2 * SLOT_BYTES);
  bytes.set(new TextEncoder().encode(slotText(mark)), (mark.number % 2) * SLOT_BYTES);
  files.writeAtomic(`${folder}/${MARK_FILE}`, bytes);
}

/** "missing" when there is no file, "unreadable" when neither slot is whole. */
export function readMark(files: Files, folder: string): Mark | "missing" | "unreadable" {
  const path = `${folder}/${MARK_FILE}`;
  if (files.stat(path)?.kind !== "file") return "missing";
  const file = files.open(path, "read");
  try {
    const slots = [0, 1].flatMap((slot) => slotIn(file.read(slot * SLOT_BYTES, TEXT_BYTES)) ?? []);
    return slots.sort((left, right) => right.number - left.number)[0] ?? "unreadable";
  } finally {
    file.close();
  }
}

function slotText({ number, entries, hash }: Mark): string {
  return `decapod-mark 1 ${number} ${entries} ${hash || "-"} ${sumOf([number, entries, hash])}\n`.padEnd(
    TEXT_BYTES,
    "\0",
  );
}

const SLOT = /^decapod-mark 1 (\d{1,16}) (\d{1,16}) (-|[\w-]{43}) (\d{1,16})\n/;

function slotIn(bytes: Uint8Array): Mark | null {
  const match = SLOT.exec(new TextDecoder("latin1").decode(bytes));
  if (match === null) return null;
  const [number, entries, sum] = [Number(match[1]), Number(match[2]), Number(match[4])];
  const hash = match[3] === "-" ? "" : (match[3] as string);
  return sumOf([number, entries, hash]) === sum ? { number, entries, hash } : null;
}
