/** Real journals in a folder of the test's own: every opening but the first is of a copy, as a crash leaves it. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { openJournal } from "../../src/host/embedded/open-journal.ts";
import type { Clock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { realRandom } from "../../src/port/random.ts";

export function journalAt(
  folder: string,
  clock: Clock,
  durability: "durable" | "fast" = "durable",
  more: { readonly lookMs?: number } = {},
): Journal {
  const opened = openJournal({ folder, durability, files: realFiles, clock, random: realRandom, ...more });
  if (opened.ok) return opened.value;
  return assert.fail(opened.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
}

/** Copies what lies on the disk at this moment; the shared memory of the log belongs to the process that is gone. */
export function copyState(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith("-shm") });
}

export class JournalFolders {
  readonly root = mkdtempSync(join(tmpdir(), "decapod-journal-"));
  #count = 0;

  get current(): string {
    return join(this.root, String(this.#count));
  }

  /** The folder for the next opening, filled with a copy of the current one. */
  next(): string {
    const before = this.current;
    this.#count += 1;
    if (this.#count > 1) copyState(before, this.current);
    return this.current;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
