/** What was read of a file in `pending`, for as long as it stays what it is. */
import { good, type Problem, type Result } from "../../core/problem.ts";
import type { Pending } from "./pending.ts";
import { isPlain } from "./plain-file.ts";
import { readTaskFile, type TaskFile } from "./task-file.ts";
import type { FoundFile, TaskFolders } from "./task-folders.ts";

export interface Known {
  /** Another one: it is another file, or has another text. */
  readonly signature: string;
  /** Since when it is known, in ms of the monotonic clock. */
  readonly since: number;
  /** null: nothing can begin from it, and `problems` say why. */
  readonly pending: Pending | null;
  readonly isReadable: boolean;
  readonly endsLine: boolean;
  readonly problems: readonly Problem[];
}

const LINE_END = 10;

/** null: it is gone. Problems: it is no plain file, and was not read. */
export function readKnown(
  folders: TaskFolders,
  file: FoundFile,
  about: Pick<Known, "signature" | "since">,
  parentsOf: (task: TaskFile) => readonly string[],
): Result<Known> | null {
  const read = folders.read(file);
  if (read === null) return null;
  if (!read.ok) {
    // One that is too large becomes no smaller.
    return isPlain(read) ? good({ ...about, ...NOTHING, isReadable: true, problems: read.problems }) : read;
  }
  const parsed = readTaskFile(file.shown, read.value);
  if (!parsed.ok) return good({ ...about, ...NOTHING, isReadable: false, problems: parsed.problems });
  const { id, priority, dependsOn, body, text } = parsed.value;
  return good({
    ...about,
    pending: { id, priority, dependsOn, parents: parentsOf(parsed.value) },
    isReadable: body.trim() !== "" || text.endsWith("---\n"),
    endsLine: read.value.at(-1) === LINE_END,
    problems: [],
  });
}

const NOTHING = { pending: null, endsLine: true };
