import type { Files } from "../port/files.ts";

/** For files that only people read: the journal is the truth, so nothing waits for the disk. */
export function writePlain(files: Files, path: string, text: string): void {
  files.remove(path);
  const file = files.open(path, "create");
  try {
    file.write(text);
  } finally {
    file.close();
  }
}
