/** Cuts a stream of bytes into lines. A line above the limit is not kept: it is told as null, where it begins. */

export interface LineSplitter {
  write(data: Uint8Array): void;
  /** The last line, if it has no end of its own. */
  end(): void;
}

const LINE_END = 0x0a;

export function lineSplitter(bytesMax: number, take: (line: Uint8Array | null) => void): LineSplitter {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let isTooLong = false;
  const add = (part: Uint8Array) => {
    bytes += part.length;
    if (isTooLong || part.length === 0) return;
    if (bytes <= bytesMax) {
      // A copy: the piece may be a small window on a large buffer that comes again.
      parts.push(Uint8Array.from(part));
      return;
    }
    isTooLong = true;
    parts = [];
    take(null);
  };
  const endLine = () => {
    if (!isTooLong && bytes > 0) take(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts));
    parts = [];
    bytes = 0;
    isTooLong = false;
  };
  return {
    write: (data) => {
      let from = 0;
      for (let at = data.indexOf(LINE_END); at !== -1; at = data.indexOf(LINE_END, from)) {
        add(data.subarray(from, at));
        endLine();
        from = at + 1;
      }
      add(data.subarray(from));
    },
    end: endLine,
  };
}
