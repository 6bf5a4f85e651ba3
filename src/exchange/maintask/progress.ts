/**
 * Whether a loop gets on. Only what can be seen counts: states of tasks, commits, files in the folders of tasks. What was
 * there before already, at any time, is no progress; so a loop that goes to and fro is found like one that stands still.
 */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { markOf, marksOf, type Snapshot } from "./snapshot.ts";

/** Handed on from one invocation to the next. */
export interface Course {
  /** Marks of all that there was, or of the last of it. */
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
/** Kept with each invocation, so ten thousand of them stay small; no way to and fro is as long as this. */
const SEEN_MAX = 2_000;
/** It is read by people, in one line, and handed on. */
const CHANGES_SHOWN = 20;

interface Step {
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly course: Course;
  /** What was asked for. */
  readonly next: string;
  /** Of what the commits brought; null: nothing. */
  readonly commitMark: string | null;
  readonly problems: readonly string[];
}

export interface Advanced {
  readonly course: Course;
  readonly isProgress: boolean;
  /** What changed, in words. */
  readonly changes: readonly string[];
}

export function advance({ before, after, course, next, commitMark, problems }: Step): Advanced {
  const known = new Set([...course.seen, ...marksOf(before)]);
  const now = [...marksOf(after), ...(commitMark === null ? [] : [commitMark])];
  const isProgress = now.some((mark) => !known.has(mark));
  const changes = changesOf(before, after, commitMark !== null);
  const told = `${next}: ${changes.length === 0 ? "nothing changed" : changes.join(", ")}`;
  return {
    isProgress,
    changes,
    course: {
      seen: [...new Set([...known, ...now])].slice(-SEEN_MAX),
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

/** All that a patch brings or takes is there but for its numbers: a counter that went on is nothing done. */
export function isCounting(patch: string): boolean {
  const lines = (sign: string) =>
    patch
      .split("\n")
      .filter((line) => line.startsWith(sign) && !line.startsWith(sign.repeat(3)))
      .map((line) => withoutNumbers(line.slice(1)));
  const [added, removed, around] = [lines("+"), lines("-"), lines(" ")];
  // A picture, or another name for a file.
  if (added.length + removed.length === 0) return false;
  const [before, after] = [new Set([...removed, ...around]), new Set([...added, ...around])];
  return added.every((line) => before.has(line)) && removed.every((line) => after.has(line));
}

/** The same for all patches that bring the same but for numbers, wherever they bring it. */
export function patchMark(patch: string): string {
  const isText = /^[+-](?![+-]{2})/mu.test(patch);
  return markOf("commit", withoutNumbers(isText ? patch.replaceAll(/^index .*$/gmu, "") : patch));
}

export function withoutNumbers(text: string): string {
  return text
    .replace(/\p{N}+/gu, "#")
    .replace(/\s+/gu, " ")
    .trim();
}
