/** The stream file of one attempt, read while it grows: a little at each sign of life, all of it at the end. */
import type { JsonMap } from "../../core/json.ts";
import { type Clock, nextTurn } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { growingFile } from "../growing-file.ts";
import { lineSplitter } from "../lines.ts";
import { EVENT_BYTES_MAX, readEvent } from "./event.ts";

export interface Stream<Facts> {
  readonly facts: Facts;
  /** Reads on, but not for long. */
  more(): Facts;
  /** Reads the rest, with pauses for whoever else has something to do. */
  toEnd(): Promise<Facts>;
}

export interface Learning<Facts> {
  /** Before anything was said. */
  readonly nothing: Facts;
  readonly learn: (facts: Facts, event: JsonMap) => Facts;
}

const PIECE_BYTES = 256 * 1024;

export function followStream<Facts>(
  path: string,
  { nothing, learn }: Learning<Facts>,
  { files, clock }: { readonly files: Files; readonly clock: Clock },
): Stream<Facts> {
  const file = growingFile(path, files);
  let facts = nothing;
  const splitter = lineSplitter(EVENT_BYTES_MAX, (line) => {
    const event = line === null ? null : readEvent(line);
    if (event !== null) facts = learn(facts, event);
  });
  const readPiece = () => {
    const piece = file.read(PIECE_BYTES);
    splitter.write(piece);
    return piece.length > 0;
  };
  return {
    get facts() {
      return facts;
    },
    more: () => {
      readPiece();
      return facts;
    },
    toEnd: async () => {
      while (readPiece()) await nextTurn(clock);
      splitter.end();
      return facts;
    },
  };
}
