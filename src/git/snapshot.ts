/** Snapshots: what lies in a worktree now, kept under a private ref of its own. None is ever moved or overwritten. */
import { good, type Result } from "../core/problem.ts";
import { type Content, type ContentOptions, contentOf } from "./content.ts";
import { message, snapshotRefs, startRef, type Worker, workRef } from "./names.ts";
import { refAt, writeRefs } from "./repository.ts";
import type { Tree, WorkTree } from "./tree.ts";

export interface Snapshot {
  readonly commit: string;
  readonly content: Content;
  /** False: it held what the last one holds. */
  readonly isNew: boolean;
}

export async function snapshot(
  tree: WorkTree,
  worker: Worker,
  options: ContentOptions,
): Promise<Result<Snapshot>> {
  const { git } = options;
  const content = await contentOf(tree, options);
  if (!content.ok) return content;
  const last = await lastSnapshot(tree, worker, options);
  if (!last.ok) return last;
  if (last.value?.tree === content.value.tree)
    return good({ commit: last.value.commit, content: content.value, isNew: false });
  const notBefore = await workMadeAt(tree, worker, options);
  if (!notBefore.ok) return notBefore;
  const made = await commitTree(tree, {
    content: content.value,
    title: "snapshot",
    worker,
    options,
    notBefore: notBefore.value,
  });
  if (!made.ok) return made;
  // The empty old value: it must not exist.
  const ref = nextRef(worker, last.value);
  const kept = await git.alone(tree.common, () =>
    git.read(tree, ["update-ref", "--no-deref", ref, made.value, ""]),
  );
  return kept.ok ? good({ commit: made.value, content: content.value, isNew: true }) : kept;
}

/**
 * What an attempt left whose number is given once more, because an older journal was put back: kept as something saved, so
 * that the work of now is taken. `tip`: where the branch stands; what was merged until there is not this work.
 */
export async function setAside(
  tree: Tree,
  worker: Worker,
  { git, tip }: Pick<ContentOptions, "git"> & { readonly tip: string },
): Promise<Result<unknown>> {
  return git.alone(tree.common, async () => {
    const work = await refAt(git, tree, workRef(worker));
    if (!work.ok || work.value === null) return work;
    const last = await lastSnapshot(tree, worker, { git });
    if (!last.ok) return last;
    return writeRefs(git, tree, [
      `create ${nextRef(worker, last.value)} ${work.value}`,
      `update ${startRef(worker)} ${tip}`,
      `delete ${workRef(worker)} ${work.value}`,
    ]);
  });
}

function nextRef(worker: Worker, last: KeptSnapshot | null): string {
  return `${snapshotRefs(worker)}${String((last?.number ?? 0) + 1).padStart(6, "0")}`;
}

/** A commit of what lies there, on top of what the worktree stands on. */
export async function commitTree(
  tree: WorkTree,
  {
    content,
    title,
    worker,
    options,
    notBefore = 0,
  }: {
    readonly content: Content;
    readonly title: string;
    readonly worker: Worker;
    readonly options: ContentOptions;
    /** In whole seconds: it bears no earlier time, whatever the clock says. */
    readonly notBefore?: number;
  },
): Promise<Result<string>> {
  const { git } = options;
  const argv = ["commit-tree", content.tree, "-p", content.head];
  const made = await git.read(tree, argv, { input: message(title, worker), notBefore });
  return made.ok ? good(made.value.trim()) : made;
}

/** By its time it is told whether what was saved went into the work; 0 while there is none. */
async function workMadeAt(
  tree: Tree,
  worker: Worker,
  { git }: Pick<ContentOptions, "git">,
): Promise<Result<number>> {
  const argv = ["for-each-ref", "--format=%(committerdate:unix)", workRef(worker)];
  const listed = await git.read(tree, argv);
  return listed.ok ? good(Number(listed.value.trim())) : listed;
}

export interface KeptSnapshot {
  readonly number: number;
  readonly commit: string;
  readonly tree: string;
}

export async function lastSnapshot(
  tree: Tree,
  worker: Worker,
  { git }: Pick<ContentOptions, "git">,
): Promise<Result<KeptSnapshot | null>> {
  const refs = snapshotRefs(worker);
  const listed = await git.read(tree, [
    "for-each-ref",
    "--sort=-refname",
    "--count=1",
    "--format=%(refname) %(objectname) %(tree)",
    refs,
  ]);
  if (!listed.ok) return listed;
  const [ref = "", commit = "", hash = ""] = listed.value.trim().split(" ");
  if (ref === "") return good(null);
  return good({ number: Number(ref.slice(refs.length)), commit, tree: hash });
}
