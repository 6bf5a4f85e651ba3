/** What of the repository may leave the machine: the branches of this project's runs, and their private refs. */
import { good, type Result } from "../core/problem.ts";
import type { Wanted } from "./away.ts";
import { looksSecret } from "./content.ts";
import type { Git } from "./git.ts";
import { type LeftRef, leftRefs } from "./left-refs.ts";
import type { Tree } from "./tree.ts";

export interface Held {
  readonly name: string;
  readonly why: string;
}

/**
 * `stateFolder`: of the project, with its links followed. Without the branches of attempts, which agents move as they
 * like: what lies in their worktrees is in the private refs. A branch that leads to another one is not of a run either.
 */
export async function pushable(
  git: Git,
  tree: Tree,
  stateFolder: string,
): Promise<Result<readonly LeftRef[]>> {
  const left = await leftRefs(git, tree, stateFolder);
  if (!left.ok) return left;
  const all = [...left.value.own].flatMap((run) => left.value.refs.get(run) ?? []);
  return good(
    all.filter(({ kind, worker, target }) => kind !== "branch" || (worker.task === null && target === "")),
  );
}

/** Of these those whose commits hold no secret: an agent may have committed one, which no work of ours takes along. */
export async function withoutSecrets(
  git: Git,
  tree: Tree,
  refs: readonly LeftRef[],
  all: readonly LeftRef[],
): Promise<Result<{ readonly free: readonly Wanted[]; readonly held: readonly Held[] }>> {
  const starts = new Map(all.filter(isStartOfRun).map(({ worker, commit }) => [worker.run, commit]));
  const free: Wanted[] = [];
  const held: Held[] = [];
  for (const { name, commit, worker } of refs) {
    const found = await secretIn(git, tree, commit, starts.get(worker.run));
    if (!found.ok) return found;
    if (found.value === null) free.push({ name, commit });
    else held.push({ name, why: `${found.value} looks like a secret` });
  }
  return good({ free, held });
}

const isStartOfRun = ({ kind, worker }: LeftRef) => kind === "start" && worker.task === null;

/** What the person's own branches and remotes hold is no secret any more. */
async function secretIn(
  git: Git,
  tree: Tree,
  commit: string,
  start: string | undefined,
): Promise<Result<string | null>> {
  const known = [...(start === undefined ? [] : [`^${start}`]), "--not", ...PERSONS];
  const listed = await git.read(tree, [...ADDED, commit, ...known, "--"]);
  if (!listed.ok) return listed;
  return good(listed.value.split("\0").map(trimmed).find(looksSecret) ?? null);
}

const ADDED = [
  "log",
  "--format=",
  "--name-only",
  "-z",
  "--no-renames",
  "--diff-filter=A",
  "--diff-merges=combined",
];
const PERSONS = ["--exclude=decapod/*", "--branches", "--remotes"];

/** Between commits git prints an empty line. */
function trimmed(path: string): string {
  return path.replace(/^\n+/, "");
}
