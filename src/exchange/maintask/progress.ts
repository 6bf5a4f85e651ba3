/**
 * Whether a loop gets on. Only what can be seen counts: states of tasks, commits, files in the folders of tasks. What was
 * there before already, at any time, is no progress; so a loop that goes to and fro is found like one that stands still.
 */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { markOf, type Snapshot } from "./snapshot.ts";

/** Handed on from one invocation to the next. */
export interface Course {
  /** Marks of all that there was. */
  readonly seen: readonly string[];
  /** How many invocations in a row have got nothing done. */
  readonly stalled: number;
  /** What the last of them asked for and changed, oldest first: the evidence. */
  readonly last: readonly string[];
  /** What was wrong with the last one. */
  readonly problems: readonly string[];
}

export const NO_COURSE: Course = { seen: [], stalled: 0, last: [], problems: [] };

const LAST_SHOWN = 5;
/** It is read by people, in one line, and handed on. */
const CHANGES_SHOWN = 20;

interface Step {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly course: Course;
  /** What was asked for. */
  readonly next: string;
  /** The commits differ in more than numbers. */
  readonly isCommitNew: boolean;
  readonly problems: readonly string[];
}

export interface Advanced {
  readonly course: Course;
  readonly isProgress: boolean;
  /** What changed, in words. */
  readonly changes: readonly string[];
}

export function advance({ before, after, course, next, isCommitNew, problems }: Step): Advanced {
  const counted = { ...after, commit: isCommitNew ? after.commit : before.commit };
  const seen = course.seen.includes(markOf(before)) ? course.seen : [...course.seen, markOf(before)];
  const mark = markOf(counted);
  const isProgress = !seen.includes(mark);
  const changes = changesOf(before, after, isCommitNew);
  const told = `${next}: ${changes.length === 0 ? "nothing changed" : changes.join(", ")}`;
  return {
    isProgress,
    changes,
    course: {
      seen: isProgress ? [...seen, mark] : seen,
      stalled: isProgress ? 0 : course.stalled + 1,
      last: [...course.last, told].slice(-LAST_SHOWN),
      problems,
    },
  };
}

export function changesOf(before: Snapshot, after: Snapshot, isCommitNew: boolean): readonly string[] {
  const names = [...new Set([...Object.keys(before.tasks), ...Object.keys(after.tasks)])].sort();
  const states = names.flatMap((name) => {
    const [from, to] = [before.tasks[name], after.tasks[name]];
    return from === to ? [] : [`${name} ${from ?? "new"} → ${to ?? "gone"}`];
  });
  const folders = Object.keys(after.files).filter((name) => before.files[name] !== after.files[name]);
  const commit =
    before.commit === after.commit ? [] : [isCommitNew ? "a commit" : "a commit of numbers alone"];
  const changes = [...states, ...folders.sort().map((name) => `files of ${name}`), ...commit];
  const more = changes.length - CHANGES_SHOWN;
  return more > 0 ? [...changes.slice(0, CHANGES_SHOWN), `and ${more} more`] : changes;
}

export function courseFrom(value: Json | undefined): Course {
  const map: JsonMap = isMap(value) ? value : {};
  const texts = (name: string) =>
    Array.isArray(map[name]) ? (map[name] as readonly Json[]).map(String) : [];
  return {
    seen: texts("seen"),
    stalled: Number(map.stalled ?? 0),
    last: texts("last"),
    problems: texts("problems"),
  };
}

/** The lines of two texts are the same once numbers are left out: a counter that went on is nothing done. */
export function isCounting(patch: string): boolean {
  const lines = (sign: string) =>
    patch
      .split("\n")
      .filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)))
      .map((line) => withoutNumbers(line.slice(1)))
      .sort();
  const [added, removed] = [lines("+"), lines("-")];
  return added.length === removed.length && added.every((line, index) => line === removed[index]);
}

export function withoutNumbers(text: string): string {
  return text
    .replace(/\p{N}+/gu, "#")
    .replace(/\s+/gu, " ")
    .trim();
}
