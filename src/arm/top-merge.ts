/**
 * A run at the top that has succeeded is merged into the branch that it was made from. Which one that is was noted when
 * its own branch was made. One that somebody has checked out is left alone: the files there are a person's.
 */
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Home } from "../core/workspace-words.ts";
import { noteMerged, targetOf } from "../git/into.ts";
import { checkedOutAt, refAt } from "../git/repository.ts";
import { branchOfHome, type WorkParts } from "./home-branch.ts";
import { settleRun, type Target } from "./run-work.ts";
import { conflictOf, type Settled } from "./settled.ts";

export interface TopMerging {
  readonly home: Home;
  /** First line of the commit. */
  readonly title: string;
  /** How often the run was opened again. */
  readonly attempt: number;
}

/** Done again after a crash it is done once; what could not be merged is a person's from then on. */
export async function mergeTop(
  parts: WorkParts,
  merging: TopMerging,
): Promise<{ readonly isMerged: boolean; readonly problem: Problem | null }> {
  const { git, repository } = parts;
  const { home } = merging;
  const noted = await targetOf(git, repository.tree, home.run);
  if (!noted.ok) return { isMerged: false, problem: notMerged(home, null, noted.problems) };
  const branch = noted.value;
  if (branch === null) return { isMerged: false, problem: null };
  const settled = await settleRun(parts, { ...merging, into: target(parts, branch) });
  const isMerged = settled.ok && settled.value.kind !== "conflict";
  await noteMerged(git, repository.tree, home.run, isMerged ? branch : null);
  const why = settled.ok ? conflictIn(settled.value) : settled.problems;
  return { isMerged, problem: why.length === 0 ? null : notMerged(home, branch, why) };
}

function conflictIn(settled: Settled): readonly Problem[] {
  return settled.kind === "conflict" ? [{ code: "E_GIT", message: conflictOf(settled).message }] : [];
}

function target(parts: WorkParts, branch: string): Target {
  const { git, files, repository } = parts;
  const ready = async (): Promise<Result<unknown>> => {
    const place = checkedOutAt(files, repository.common, branch);
    if (place !== null) return bad({ code: "E_GIT", message: `it is checked out in ${place}` });
    const there = await refAt(git, repository.tree, `refs/heads/${branch}`);
    if (!there.ok || there.value !== null) return there;
    return bad({ code: "E_GIT", message: "there is no such branch any more" });
  };
  return { branch, ready, follow: async () => good([]) };
}

/** The run is none the worse: it has succeeded. */
function notMerged(home: Home, into: string | null, problems: readonly Problem[]): Problem {
  const branch = branchOfHome(home);
  const why = problems.map(({ message }) => message).join("; ");
  return {
    code: "W_NOT_MERGED",
    message: `${branch} was not merged into ${into ?? "the branch it began from"}: ${why}`,
    hint: `git merge ${branch}`,
  };
}
