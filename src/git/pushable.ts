/** What of the repository may leave the machine: the branches of this project's runs, and their private refs. */
import { good, type Result } from "../core/problem.ts";
import type { Wanted } from "./away.ts";
import { looksSecret } from "./content.ts";
import type { Git } from "./git.ts";
import { type LeftRef, leftRefs } from "./left-refs.ts";
import type { Tree } from "./tree.ts";

/** It stays here. */
export interface Held extends Wanted {
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
  return good(all.filter(isOfRun));
}

function isOfRun({ kind, worker, target }: LeftRef): boolean {
  // Where the branch of a run belongs is a branch of the person's.
  if (kind === "into" || kind === "merged") return false;
  return kind !== "branch" || (worker.task === null && target === "");
}

/** Of these those whose commits hold no secret: an agent may have committed one, which no work of ours takes along. */
export async function withoutSecrets(
  git: Git,
  tree: Tree,
  refs: readonly LeftRef[],
  { all, signal }: { readonly all: readonly LeftRef[]; readonly signal?: AbortSignal },
): Promise<Result<{ readonly free: readonly Wanted[]; readonly held: readonly Held[] }>> {
  const starts = all.flatMap(({ kind, worker, commit }) =>
    kind === "start" && worker.task === null ? [commit] : [],
  );
  const free: Wanted[] = [];
  const held: Held[] = [];
  const known = new Set(starts);
  // One look for all: mostly there is none.
  const any = await secretIn(git, tree, refs, known);
  if (!any.ok) return any;
  for (const ref of refs) {
    if (signal?.aborted === true) break;
    const found = any.value === null ? any : await secretIn(git, tree, [ref], known);
    if (!found.ok) return found;
    const { name, commit } = ref;
    if (found.value === null) free.push({ name, commit });
    else held.push({ name, commit, why: `${found.value} looks like a secret` });
  }
  return good({ free, held });
}

/** What runs began from, the person has before them, and remotes hold, is no secret any more; another branch may be an agent's. */
async function secretIn(
  git: Git,
  tree: Tree,
  refs: readonly LeftRef[],
  starts: ReadonlySet<string>,
): Promise<Result<string | null>> {
  const lines = [...refs.map(({ commit }) => commit), ...[...starts].map((commit) => `^${commit}`)];
  const input = [...new Set(lines)].map((line) => `${line}\n`).join("");
  const listed = await git.read(tree, [...ADDED, "--stdin", "--not", ...PERSONS], { input });
  if (!listed.ok) return listed;
  return good(listed.value.split("\0").map(trimmed).find(looksSecret) ?? null);
}

const ADDED = [
  "log",
  // HEAD, where there is no commit yet.
  "--ignore-missing",
  "--format=",
  "--name-only",
  "-z",
  "--no-renames",
  "--diff-filter=A",
  "--diff-merges=combined",
];
const PERSONS = ["HEAD", "--remotes", "--"];

/** Between commits git prints an empty line. */
function trimmed(path: string): string {
  return path.replace(/^\n+/, "");
}
