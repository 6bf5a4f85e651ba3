/** The lines of a file that need not fit into memory. */
import type { Files } from "../../../port/files.ts";

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** Larger than any text that is written: an entry, a definition, an output. */
const LINE_BYTES_MAX = 64 * 2 ** 20;

/** Without their ends; a last line without one is a line. Throws when one is longer than any that is written. */
export function* linesIn(files: Files, path: string): Generator<string> {
  const file = files.open(path, "read");
  try {
    let pieces: Uint8Array[] = [];
    let length = 0;
    const line = () => {
      const text = Buffer.concat(pieces).toString("utf8");
      pieces = [];
      length = 0;
      return text;
    };
    for (let position = 0; ; ) {
      const chunk = file.read(position, CHUNK_BYTES);
      if (chunk.length === 0) break;
      position += chunk.length;
      let from = 0;
      for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
        pieces.push(chunk.subarray(from, to));
        from = to + 1;
        yield line();
      }
      pieces.push(chunk.subarray(from));
      length += chunk.length - from;
      if (length > LINE_BYTES_MAX) throw new Error(`a line is longer than ${LINE_BYTES_MAX} bytes`);
    }
    if (length > 0) yield line();
  } finally {
    file.close();
  }
}
