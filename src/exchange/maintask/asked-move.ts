/** A move of MAIN_TASK as it is asked for, in this process or from another one. */
import { good, type Result } from "../../core/problem.ts";
import type { CursorStatus } from "./cursor.ts";
import type { Cursors } from "./cursors.ts";
import { streamOf } from "./stream.ts";

export interface MoveWords {
  readonly stream: string | null;
  readonly status: string;
  readonly next: string;
  readonly task: string | null;
  readonly focus: string | null;
  /** Only if it was not moved since this revision; null: wherever it is. */
  readonly expected: number | null;
  readonly attempt: string | null;
}

export async function moveAsked(
  cursors: Cursors,
  root: string,
  { stream: name, status, next, task, focus, expected, attempt }: MoveWords,
): Promise<Result<{ readonly revision: number }>> {
  const stream = streamOf(root, name);
  if (!stream.ok) return stream;
  // Whether it is one of the words is checked with all the rest.
  const cursor = { status: status as CursorStatus, next, task, focus };
  const moved = await cursors.move(stream.value, { cursor, expected, attempt });
  return moved.ok ? good({ revision: moved.value.revision }) : moved;
}
