/** The journal for somebody who sees what its owner does, as it does it. */
import { good, type Result } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import type { Folds } from "./fold.ts";
import type { Deciding } from "./load.ts";
import { type JournalReader, openReader } from "./reader.ts";

/** null when the project has none yet. */
export async function watchJournal(
  folder: string,
  files: Files,
  { link, lookup }: Deciding,
): Promise<Result<{ readonly reader: JournalReader; readonly folds: Folds } | null>> {
  const read = openReader(folder, files);
  if (!read.ok || read.value === null) return read.ok ? good(null) : read;
  const { Folds } = await import("./fold.ts");
  return good({ reader: read.value, folds: new Folds(read.value, link, lookup) });
}
