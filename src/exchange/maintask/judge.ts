/** What an invocation was to do and what it did: one action, handed on once. Pure; the desk carries out what it says. */
import { keyOfId } from "../taskfile/task-id.ts";
import type { Cursor } from "./cursor.ts";
import { isPartOf, type LoopState, mayChange } from "./loop-task.ts";
import { type Advanced, advance, type Course } from "./progress.ts";
import type { Snapshot } from "./snapshot.ts";

/** Why a loop goes no further; empty: it goes on. */
export type Stop = "" | "completed" | "blocked" | "cursor" | "no_progress";

export interface Invocation {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly course: Course;
  /** Of what the commits of this invocation brought; null: there are none, or they brought nothing. */
  readonly commitMark: string | null;
  /** As it was asked. */
  readonly asked: Cursor;
  /** Where MAIN_TASK stands now; null: it is missing or cannot be used. */
  readonly cursor: Cursor | null;
  /** What is wrong with the file that stands in its place. */
  readonly broken: readonly string[];
  /** How often this invocation moved it. */
  readonly moves: number;
  /** Streams whose MAIN_TASK it moved as well. */
  readonly others: readonly string[];
  /** Tasks that are open. */
  readonly open: readonly string[];
  /** Something stands in the place of a task: the list of them is not the whole truth. */
  readonly isUnclear: boolean;
  /** What lies among the tasks and is none. */
  readonly troubles: readonly string[];
  /** How many invocations in a row may get nothing done. */
  readonly patience: number;
}

export interface Judged extends Advanced {
  readonly stop: Stop;
  readonly problems: readonly string[];
  /** MAIN_TASK is to be as it was before. */
  readonly putBack: boolean;
}

export function judge(invocation: Invocation): Judged {
  const { cursor, broken, others, open, isUnclear, patience, asked } = invocation;
  const isEarly = cursor?.status === "completed" && (open.length > 0 || isUnclear);
  const problems = [...broken, ...problemsOf(invocation), ...(isEarly ? [earlyText(open)] : [])];
  const advanced = advance({ ...invocation, next: asked.next, problems });
  const judged = { ...advanced, problems };
  if (cursor === null || others.length > 0) return { ...judged, stop: "cursor", putBack: cursor === null };
  if (cursor.status === "completed" && !isEarly) return { ...judged, stop: "completed", putBack: false };
  if (cursor.status === "blocked") return { ...judged, stop: "blocked", putBack: false };
  const isStuck = advanced.course.stalled >= patience;
  return { ...judged, stop: isStuck ? "no_progress" : "", putBack: isEarly };
}

function earlyText(open: readonly string[]): string {
  if (open.length === 0)
    return "MAIN_TASK said completed while it is not clear what the tasks are: it was put back";
  return `MAIN_TASK said completed while ${open.slice(0, 5).join(", ")} ${open.length === 1 ? "is" : "are"} open: it was put back`;
}

function problemsOf({
  asked,
  moves,
  cursor,
  others,
  before,
  after,
  troubles,
}: Invocation): readonly string[] {
  const found: string[] = [];
  if (cursor !== null && moves === 0)
    found.push("MAIN_TASK was not moved: hand on with one update at the end");
  if (moves > 1) found.push(`MAIN_TASK was moved ${moves} times: one invocation moves it once`);
  if (others.length > 0) found.push(`it moved the MAIN_TASK of ${others.join(", ")} as well`);
  const ended = endedLeaves(before, after);
  if (ended.length > 1)
    found.push(`${ended.length} tasks ended in one invocation (${ended.join(", ")}): one each`);
  return [...found, ...illegal(before, after), ...foreign(asked, before, after), ...troubles];
}

/** Files that it changed in the folders of others. Parts and what they are parts of belong together. */
function foreign({ task }: Cursor, before: Snapshot, after: Snapshot): readonly string[] {
  if (task === null) return [];
  const own = keyOfId(task);
  const isOwn = (name: string) => {
    const key = keyOfId(name);
    return key === own || isPartOf(key, own) || isPartOf(own, key);
  };
  const changed = Object.keys(after.files).filter(
    (name) => before.files[name] !== after.files[name] && !isOwn(name),
  );
  return changed.slice(0, 5).map((name) => `it changed the files of ${name}, and its task was ${task}`);
}

const ENDED: ReadonlySet<LoopState | undefined> = new Set(["completed", "failed", "blocked"]);

/** A parent ends with the last of its sub-tasks, whose names begin with its own. */
function endedLeaves(before: Snapshot, after: Snapshot): readonly string[] {
  const ended = Object.keys(after.tasks).filter(
    (name) => ENDED.has(after.tasks[name]) && !ENDED.has(before.tasks[name]),
  );
  return ended.filter((name) => !ended.some((other) => isPartOf(other, name)));
}

function illegal(before: Snapshot, after: Snapshot): readonly string[] {
  return Object.entries(before.tasks).flatMap(([name, from]) => {
    const to = after.tasks[name];
    if (to === undefined) return [`the task ${name} is gone: tasks end, they do not vanish`];
    return to === from || isReachable(from, to) ? [] : [`the task ${name} went from ${from} to ${to}`];
  });
}

function isReachable(from: LoopState, to: LoopState): boolean {
  return mayChange(from, to) || (mayChange(from, "running") && mayChange("running", to));
}
