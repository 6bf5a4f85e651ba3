/** Reading a log in pieces, so that one of any size takes the same memory: from anywhere on, from its end, to a line. */
import type { OpenFile } from "../port/files.ts";

const PIECE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Every piece from a place on, up to where the file ends now. */
export function* piecesFrom(file: OpenFile, from: number): Generator<Uint8Array> {
  for (let position = from; ; ) {
    const piece = file.read(position, PIECE_BYTES);
    if (piece.length === 0) return;
    yield piece;
    position += piece.length;
  }
}

/** Where the last so many lines begin before `end`, looked for from there: the rest of the file is not read. */
export function startOfLast(file: OpenFile, lines: number, end: number): number {
  let left = lines;
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - PIECE_BYTES);
    const piece = file.read(from, to - from);
    for (let at = piece.length - 1; at >= 0; at--) {
      // The newline that ends the last line begins no other.
      if (piece[at] !== NEWLINE || from + at === end - 1) continue;
      left -= 1;
      if (left === 0) return from + at + 1;
    }
    to = from;
  }
  return 0;
}

export interface FoundLine {
  readonly from: number;
  /** Counted from 1. */
  readonly number: number;
}

/** The first line that is wanted; a line longer than a piece is looked at in pieces. */
export function firstLine(file: OpenFile, isWanted: (line: string) => boolean): FoundLine | null {
  let number = 1;
  let held = "";
  let heldFrom = 0;
  let position = 0;
  for (const piece of piecesFrom(file, 0)) {
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
      const line = held + latin(piece, at, end);
      if (isWanted(line)) return { from: held === "" ? position + at : heldFrom, number };
      held = "";
      number += 1;
      at = end + 1;
    }
    if (held === "") heldFrom = position + at;
    held += latin(piece, at, piece.length);
    if (held.length > PIECE_BYTES) {
      if (isWanted(held)) return { from: heldFrom, number };
      held = "";
    }
    position += piece.length;
  }
  return held !== "" && isWanted(held) ? { from: heldFrom, number } : null;
}

/** Bytes as they are: what is looked for is plain letters, and decoding would cost more than looking. */
function latin(piece: Uint8Array, from: number, to: number): string {
  return Buffer.from(piece.buffer, piece.byteOffset + from, to - from).toString("latin1");
}
