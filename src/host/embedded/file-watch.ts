/** Whether the files a process holds open are still the ones that lie in the folder (F17). */
import type { Files } from "../../port/files.ts";

export class FileWatch {
  readonly #files: Files;
  readonly #paths: readonly string[];
  readonly #seen = new Map<string, string>();

  constructor(files: Files, paths: readonly string[]) {
    this.#files = files;
    this.#paths = paths;
    this.changed();
  }

  /** The first file that is gone or another one; a file that was never there may still come. */
  changed(): string | null {
    for (const path of this.#paths) {
      const stat = this.#files.stat(path);
      const now = stat === null ? null : `${stat.device}:${stat.inode}`;
      const before = this.#seen.get(path);
      if (before === undefined) {
        if (now !== null) this.#seen.set(path, now);
      } else if (now !== before) return path.slice(path.lastIndexOf("/") + 1);
    }
    return null;
  }
}
