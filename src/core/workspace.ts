/** Where a task or run works, when an expression says it: words are judged as if they were written out. */
import type { Scope } from "./expression/expression.ts";
import { lateText } from "./late.ts";
import { type Failure, failure } from "./outcome.ts";
import type { Late, WorkspaceSpec } from "./workflow.ts";

export const WORKSPACE_WORDS = {
  mode: ["shared", "worktree"],
  merge: ["squash", "commits", "none"],
  keep: ["on_failure", "always", "never"],
} as const;

interface Asked {
  readonly scope: Scope;
  readonly rehearse: boolean;
  readonly what: string;
}

/** What is wrong with it; null when nothing is. */
export function readWorkspace(workspace: WorkspaceSpec | null, asked: Asked): Failure | null {
  if (workspace === null) return null;
  const { scope, rehearse, what } = asked;
  for (const key of ["mode", "merge", "keep", "base", "branch"] as const) {
    const late: Late<string> | null = workspace[key];
    // What is written out was judged when the file was read, and when the run was asked for.
    if (late === null || typeof late === "string") continue;
    const read = lateText(late, scope, `${what}.${key}`);
    if (!read.ok) return read.failure;
    const words: readonly string[] | null = key === "base" || key === "branch" ? null : WORKSPACE_WORDS[key];
    if (words !== null && !words.includes(read.value))
      return failure(
        "config_error",
        `${what}.${key} gave ${JSON.stringify(read.value)}, one of ${words.join(", ")} is needed`,
      );
    if (key === "mode" && read.value === "worktree" && !rehearse)
      return failure(
        "config_error",
        `E_NOT_IN_THIS_VERSION ${what} gave worktree, which is not carried out by this version yet`,
      );
  }
  return null;
}
