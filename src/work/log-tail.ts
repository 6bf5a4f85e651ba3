/** The end of what an attempt printed, as text. */
import type { Files } from "../port/files.ts";

export interface TailSize {
  readonly bytesMax: number;
  readonly linesMax: number;
}

/** null: it printed nothing. Begins with a whole line where there is one. */
export function logTail(files: Files, path: string, { bytesMax, linesMax }: TailSize): string | null {
  const stat = files.stat(path);
  if (stat?.kind !== "file" || stat.size === 0) return null;
  const file = files.open(path, "read");
  try {
    const from = Math.max(0, stat.size - bytesMax);
    const lines = Buffer.from(file.read(from, bytesMax)).toString("utf8").trimEnd().split("\n");
    const whole = from > 0 && lines.length > 1 ? lines.slice(1) : lines;
    return whole.slice(-linesMax).join("\n");
  } finally {
    file.close();
  }
}
