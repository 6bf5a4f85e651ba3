/** A journal for a moment, without an engine: for what belongs to no run. What is told afterwards is on the disk. */
import { good, type Result } from "../../core/problem.ts";
import type { Journal } from "./journal.ts";
import { type OpenJournal, openJournal } from "./open-journal.ts";
import { becomeOwner } from "./owner.ts";

/** E_LOCKED when somebody else owns the project: they are to be asked. */
export async function withJournal<T>(
  options: OpenJournal,
  act: (journal: Journal) => Promise<T> | T,
): Promise<Result<T>> {
  const owner = becomeOwner(options.folder);
  if (!owner.ok) return owner;
  try {
    const journal = openJournal(options);
    if (!journal.ok) return journal;
    try {
      return good(await act(journal.value));
    } finally {
      await journal.value.close();
    }
  } finally {
    owner.value.release();
  }
}
