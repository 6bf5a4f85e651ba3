/** What to say when there is no journal: `git clean -fdx` deletes it with all that git does not know. */
import type { Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { backupsIn } from "./backup.ts";

export function missingNotice(files: Files, backups: string | undefined): readonly Problem[] {
  const copies = backups === undefined ? [] : backupsIn(files, backups);
  if (copies.length === 0) return [];
  return [
    {
      code: "W_NO_JOURNAL",
      message: `this project's journal is gone, and ${copies.length === 1 ? "a backup of it lies" : `${copies.length} backups lie`} in ${backups}`,
      hint: "to have the runs again: decapod db restore --latest; `git clean -fdx` is what deletes a journal most often",
    },
  ];
}
