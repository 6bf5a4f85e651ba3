/** What a person is shown of a change: a unified diff, as git prints it. */
import { structuredPatch } from "diff";

export interface Difference {
  readonly diff: string;
  readonly linesAdded: number;
  readonly linesRemoved: number;
}

/** Above so many lines added and removed, comparing them takes too long. */
const LINES_MAX = 2_000;

export function difference(path: string, before: string | null, after: string): Difference {
  const old = before ?? "";
  const from = before === null ? "/dev/null" : `a/${path}`;
  const patch = structuredPatch(from, `b/${path}`, old, after, "", "", {
    context: 3,
    maxEditLength: LINES_MAX,
  });
  const head = `--- ${from}\n+++ b/${path}\n`;
  if (patch === undefined) {
    const [removed, added] = differentLines(old, after);
    return {
      diff: `${head}(too many lines differ to show them)\n`,
      linesAdded: added,
      linesRemoved: removed,
    };
  }
  const lines = patch.hunks.flatMap((hunk) => hunk.lines);
  const hunks = patch.hunks.map(
    ({ oldStart, oldLines, newStart, newLines, lines: own }) =>
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n${own.join("\n")}\n`,
  );
  return {
    diff: hunks.length === 0 ? "" : head + hunks.join(""),
    linesAdded: lines.filter((line) => line.startsWith("+")).length,
    linesRemoved: lines.filter((line) => line.startsWith("-")).length,
  };
}

/** Between the lines that both begin with and those that both end with. */
function differentLines(before: string, after: string): readonly [number, number] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end))
    end += 1;
  return [old.length - start - end, now.length - start - end];
}

/** Cut at a line, with a word on it. */
export function bounded(diff: string, charactersMax: number): string {
  if (diff.length <= charactersMax) return diff;
  const kept = diff.slice(0, diff.lastIndexOf("\n", charactersMax) + 1);
  return `${kept}(the diff goes on: ${diff.length - kept.length} more characters)\n`;
}
