/** The course of a whole loop from its files alone, without the journal: its order, what it looked at, what it left. */
import { join } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import type { Problem } from "../../core/problem.ts";
import { errorCode, type FileEntry, type Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { readPlainFile } from "../taskfile/plain-file.ts";
import { historyFrom } from "./history-file.ts";
import type { LoopState } from "./loop-task.ts";
import { readTasks } from "./loop-tasks.ts";
import type { Move } from "./move.ts";
import type { Stream } from "./stream.ts";
import { historyOf } from "./task-history.ts";

export type Replayed =
  | { readonly kind: "cursor"; readonly at: number; readonly move: Move }
  | {
      readonly kind: "task";
      readonly at: number;
      readonly task: string;
      readonly from: LoopState | null;
      readonly to: LoopState;
      readonly note: string | null;
    };

export interface Output {
  readonly task: string;
  readonly state: LoopState;
  /** Paths below the project. */
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly digest: string | null;
  }[];
}

export interface Replay {
  /** Oldest first. */
  readonly events: readonly Replayed[];
  readonly outputs: readonly Output[];
  readonly troubles: readonly Problem[];
}

const FILES_MAX = 1_000;
const DEPTH_MAX = 16;
const DIGEST_BYTES_MAX = 64 * 1024 * 1024;

export function replayOf(files: Files, stream: Stream): Replay {
  const { tasks, troubles } = readTasks(files, stream);
  const moves = historyFrom(files, stream).map((move) => ({ kind: "cursor" as const, at: move.at, move }));
  const changes = tasks.flatMap(({ name, path, shown }) => {
    const read = readPlainFile(files, path, { shown, limits: BUILT_IN });
    const text = read?.ok === true ? Buffer.from(read.value).toString("utf8") : "";
    return historyOf(text).map(({ timeMs, from, to, note }) => ({
      kind: "task" as const,
      at: timeMs,
      task: name,
      from,
      to,
      note,
    }));
  });
  return {
    // What happened in the same millisecond: a task changes before the cursor goes on to the next.
    events: [...changes, ...moves].sort((left, right) => left.at - right.at),
    outputs: tasks.map(({ name, state }) => ({ task: name, state, files: filesOf(files, stream, name) })),
    troubles,
  };
}

function filesOf(files: Files, { folder, shown }: Stream, task: string): Output["files"] {
  const found: { path: string; bytes: number; digest: string | null }[] = [];
  const walk = (below: string, depth: number) => {
    for (const { name, kind } of listed(files, join(folder, below))) {
      const path = join(below, name);
      if (kind === "folder" && depth < DEPTH_MAX) walk(path, depth + 1);
      if (kind !== "file" || found.length >= FILES_MAX) continue;
      const bytes = files.stat(join(folder, path))?.size ?? 0;
      const digest = bytes > DIGEST_BYTES_MAX ? null : digestOf(files, join(folder, path));
      found.push({ path: `${shown}/${path}`, bytes, digest });
    }
  };
  walk(task, 0);
  return found;
}

/** A link leads to what is no output of the task, and what may not be looked into is left out. */
function listed(files: Files, folder: string): readonly FileEntry[] {
  if (files.stat(folder)?.kind !== "folder") return [];
  return unlessRefused(() => files.list(folder)) ?? [];
}

function digestOf(files: Files, path: string): string | null {
  return unlessRefused(() => sha256(files.readBytes(path)));
}

/** null when the system says no: what can be told is told all the same. */
function unlessRefused<T>(act: () => T): T | null {
  try {
    return act();
  } catch (thrown) {
    if (errorCode(thrown) === "") throw thrown;
    return null;
  }
}
