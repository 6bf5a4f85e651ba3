/**
 * Clears away what the worktrees of old runs left: folders once all that lies in them is in a commit, branches and
 * private refs once that lies elsewhere as well. Only whoever owns the project may; a run of its own is open or old, and
 * of a run that its journal does not know nobody works any more.
 */
import { join } from "node:path";
import { isRunId, timeOfId } from "../core/id.ts";
import { good, type Problem, type Result } from "../core/problem.ts";
import { problemsText } from "../core/problems-text.ts";
import { unheld } from "../git/held.ts";
import { type Left, type LeftRef, leftRefs, removeRefs } from "../git/left-refs.ts";
import { checkedOutAt } from "../git/repository.ts";
import { clearAway, type Making, removeWorktree } from "../git/worktree.ts";
import type { Due } from "../host/embedded/keeping/collect.ts";
import type { Retention } from "../host/embedded/keeping/retention.ts";
import { sizeOf } from "../host/embedded/keeping/size.ts";
import { allWorktrees, worktreesOf } from "../work/folder.ts";
import { type FolderParts, foldersOf, type LeftFolder, notSeen, whyItStays } from "./left-folders.ts";

export interface Clearing extends Making, FolderParts {
  readonly due: Due;
  readonly retention: Retention;
  /** Wall time. */
  readonly now: number;
  readonly dryRun: boolean;
  /** A person has said that what lies nowhere else may go too. */
  readonly isUnmergedToo: boolean;
}

export interface Cleared {
  readonly folders: readonly string[];
  readonly branches: readonly string[];
  /** How many private refs. */
  readonly refs: number;
  /** What the folders take, or took. */
  readonly bytes: number;
  readonly staying: readonly Staying[];
  /** What of it lies nowhere else, and why: a person has said that it may go. */
  readonly losing: readonly Staying[];
  /** Families that stay for what their worktrees left. */
  readonly held: ReadonlySet<string>;
  /** Runs with refs here that are not of this project, or of one that lay elsewhere. */
  readonly foreign: number;
}

export interface Staying {
  readonly run: string;
  /** False: the journal does not know the run any more. */
  readonly isKnown: boolean;
  /** A folder, a branch, or `TASK attempt N`. */
  readonly what: string;
  readonly why: string;
  /** A ref that leads to it; null of a folder. */
  readonly ref: string | null;
  /** True: it goes when a person says so. */
  readonly isUnmerged: boolean;
}

/** A run with what is due of it. */
interface Old {
  readonly run: string;
  /** Of its family. */
  readonly root: string;
  readonly isKnown: boolean;
  /** Its refs go as well; else its folders alone. */
  readonly isWhole: boolean;
}

/** Whatever cannot be looked at or removed stays, with its family and the reason; the rest is cleared. */
export async function clearWorktrees(clearing: Clearing): Promise<Cleared> {
  const { git, files, repository, stateFolder } = clearing;
  const left = await leftRefs(git, repository.tree, files.realPath(stateFolder));
  if (!left.ok) return nothingCleared(clearing.due, left.problems);
  const old = oldRuns(clearing, left.value);
  const folders = await clearFolders(clearing, old, left.value);
  const due = old.filter(({ isWhole }) => isWhole).flatMap(({ run }) => left.value.refs.get(run) ?? []);
  const looked = [...folders.gone, ...folders.staying.map(({ what }) => what)];
  const found = [...folders.staying, ...(await openRefs(clearing, due, looked))];
  const isAllowed = ({ isUnmerged }: Kept) => isUnmerged && clearing.isUnmergedToo;
  const staying = found.filter((one) => !isAllowed(one));
  const roots = new Map(old.map(({ run, root }) => [run, root]));
  const heldBy = () => new Set(staying.map(({ run }) => roots.get(run) ?? run));
  const held = heldBy();
  const refs = due.filter(({ worker: { run } }) => !held.has(roots.get(run) ?? run));
  const removed = clearing.dryRun ? good(null) : await removeRefs(git, repository.tree, refs);
  if (!removed.ok) staying.push(...unreadable(refs, `cannot be removed: ${problemsText(removed.problems)}`));
  const gone = removed.ok ? refs : [];
  const branches = gone.filter(({ kind }) => kind === "branch").map(({ name }) => branchName(name));
  const names = new Set([...folders.gone, ...gone.map(({ name }) => name)]);
  const { known } = clearing.due;
  const withKnown = (one: Kept) => ({ ...one, isKnown: known.has(one.run) });
  return {
    folders: folders.gone,
    branches,
    refs: gone.length - branches.length,
    bytes: folders.bytes,
    staying: staying.map(withKnown),
    losing: found.filter((one) => isAllowed(one) && names.has(one.ref ?? one.what)).map(withKnown),
    held: heldBy(),
    foreign: [...left.value.refs.keys()].filter((run) => !known.has(run) && !left.value.own.has(run)).length,
  };
}

/** What the repository holds of them is not known, so all of them stay. */
function nothingCleared({ runs }: Due, problems: readonly Problem[]): Cleared {
  const staying = runs.map(({ root: run }) => ({
    run,
    isKnown: true,
    what: "worktrees",
    why: notSeen(problems),
    ref: null,
    isUnmerged: false,
  }));
  const held = new Set(runs.map(({ root }) => root));
  return { folders: [], branches: [], refs: 0, bytes: 0, staying, losing: [], held, foreign: 0 };
}

/** Those that retention lets go, and those of this project that its journal does not know. */
function oldRuns({ due, retention, now, files, stateFolder }: Clearing, { own }: Left): readonly Old[] {
  const known = [
    ...due.runs.map((family) => ({ family, isWhole: true })),
    ...due.logs.map((family) => ({ family, isWhole: false })),
  ].flatMap(({ family, isWhole }) =>
    family.runs.map((run) => ({ run, root: family.root, isKnown: true, isWhole })),
  );
  const placed = files.list(allWorktrees(stateFolder)).map(({ name }) => name);
  const lost = [...new Set([...own, ...placed])].filter((run) => isRunId(run) && !due.known.has(run));
  // When it ended nobody knows: it is as old as its name.
  const isOlder = (run: string, seconds: number) => now - timeOfId(run) > seconds * 1000;
  const orphans = lost
    .filter((run) => isOlder(run, retention.logsSeconds))
    .map((run) => ({ run, root: run, isKnown: false, isWhole: isOlder(run, retention.runsSeconds) }));
  return [...known, ...orphans];
}

type Kept = Omit<Staying, "isKnown">;

interface Folders {
  readonly gone: readonly string[];
  readonly bytes: number;
  readonly staying: readonly Kept[];
}

async function clearFolders(clearing: Clearing, old: readonly Old[], { refs }: Left): Promise<Folders> {
  const { files, stateFolder, dryRun } = clearing;
  const gone: string[] = [];
  const staying: Kept[] = [];
  let bytes = 0;
  for (const { run } of old) {
    for (const folder of foldersOf(clearing, run, refs.get(run) ?? [])) {
      const why = await whyItStays(clearing, folder, refs.get(run) ?? []);
      const { root } = folder.tree;
      const kept = { run, what: root, ref: null };
      if (why !== null) staying.push({ ...kept, ...why });
      if (why !== null && !(why.isUnmerged && clearing.isUnmergedToo)) continue;
      const size = sizeOf(files, root);
      const removed = dryRun ? good(null) : await remove(clearing, folder);
      if (!removed.ok) {
        const reason = `cannot be removed: ${problemsText(removed.problems)}`;
        staying.push({ ...kept, why: reason, isUnmerged: false });
        continue;
      }
      bytes += size;
      gone.push(root);
    }
    const around = worktreesOf(stateFolder, run);
    if (!dryRun && files.exists(around) && files.list(around).length === 0) files.removeTree(around);
  }
  return { gone, bytes, staying };
}

async function remove(clearing: Clearing, { tree, isWhole }: LeftFolder): Promise<Result<unknown>> {
  if (isWhole) return removeWorktree(clearing, tree, null);
  await clearAway(clearing, tree);
  return good(null);
}

/** What holds something that lies nowhere else, and branches that somebody works on. */
async function openRefs(
  clearing: Clearing,
  due: readonly LeftRef[],
  /** Folders of which it is said already what becomes of them. */
  looked: readonly string[],
): Promise<readonly Kept[]> {
  const { files, repository } = clearing;
  const unmerged = await unmergedRefs(clearing, due);
  const inUse = due.flatMap((ref) => {
    const place = ref.kind === "branch" ? checkedOutAt(files, repository.common, branchName(ref.name)) : null;
    if (place === null || looked.includes(place)) return [];
    const what = branchName(ref.name);
    return [
      { run: ref.worker.run, what, why: `is checked out in ${place}`, ref: ref.name, isUnmerged: false },
    ];
  });
  return [...unmerged, ...inUse];
}

async function unmergedRefs(clearing: Clearing, due: readonly LeftRef[]): Promise<readonly Kept[]> {
  if (due.length === 0) return [];
  const open = await unheld(clearing.git, clearing.repository.tree, due);
  const byRun = [...Map.groupBy(due, ({ worker }) => worker.run).values()];
  if (!open.ok && byRun.length === 1) return unreadable(due, notSeen(open.problems));
  if (!open.ok) {
    // One that is damaged speaks for its own run alone.
    const apart: Kept[] = [];
    for (const refs of byRun) apart.push(...(await unmergedRefs(clearing, refs)));
    return apart;
  }
  const unmerged = open.value.map((ref) => ({
    run: ref.worker.run,
    what: shownRef(ref),
    why: ref.kind === "snapshot" ? "was saved and is merged nowhere" : "is merged nowhere",
    ref: ref.name,
    isUnmerged: true,
  }));
  const byName = Map.groupBy(unmerged, ({ run, what }) => join(run, what));
  // Of many snapshots of an attempt the last one speaks for all.
  return [...byName.values()].flatMap((same) => same.at(-1) ?? []);
}

/** One line for each run. */
function unreadable(refs: readonly LeftRef[], why: string): readonly Kept[] {
  const runs = new Set(refs.map(({ worker }) => worker.run));
  return [...runs].map((run) => ({
    run,
    what: "branches and private refs",
    why,
    ref: null,
    isUnmerged: false,
  }));
}

function shownRef({ name, kind, worker }: LeftRef): string {
  if (kind === "branch") return branchName(name);
  return `${worker.task ?? "run"} attempt ${worker.attempt}`;
}

function branchName(ref: string): string {
  return ref.replace(/^refs\/heads\//, "");
}
