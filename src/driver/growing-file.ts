/** A file that another process appends to, read piece by piece, each time from where it was left. */
import type { Files } from "../port/files.ts";

export interface GrowingFile {
  /** What is new, at most so much of it; empty when there is nothing. */
  read(bytesMax: number): Uint8Array;
}

export function growingFile(path: string, files: Files): GrowingFile {
  let position = 0;
  return {
    read: (bytesMax) => {
      if ((files.stat(path)?.size ?? 0) <= position) return new Uint8Array(0);
      const file = files.open(path, "read");
      try {
        const piece = file.read(position, bytesMax);
        position += piece.length;
        return piece;
      } finally {
        file.close();
      }
    },
  };
}
