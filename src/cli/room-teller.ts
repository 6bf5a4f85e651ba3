/** That the disk is full is said to people whatever else they asked to see: the command waits for them. */
import type { Problem } from "../core/problem.ts";
import type { Context } from "./context.ts";
import type { Watcher } from "./following/watcher.ts";
import { clean } from "./print.ts";

export function roomTeller(
  { globals, err }: Pick<Context, "globals" | "err">,
  watcher: Watcher,
): (problem: Problem | null) => void {
  const isSilent = globals.json || globals.jsonl || globals.quiet;
  return (problem) => {
    if (isSilent) err.line(roomText(problem));
    else watcher.note(roomText(problem));
  };
}

function roomText(problem: Problem | null): string {
  if (problem === null) return "there is room on the disk again: what waited goes on";
  return `${problem.code} ${clean(problem.message)}: ${clean(problem.hint ?? "")}`;
}
