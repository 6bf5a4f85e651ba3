/** The branches and private refs that runs left in the repository: found by their names alone, and removed together. */
import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import { branchRef, intoRef, mergedRef, projectRefs, shortName, type Worker, workerOf } from "./names.ts";
import type { Tree } from "./tree.ts";

export interface LeftRef {
  readonly name: string;
  /** named: leads to the branch of a run; into, merged: to the one that it belongs in. */
  readonly kind: "start" | "work" | "snapshot" | "branch" | "named" | "into" | "merged" | "project";
  readonly worker: Worker;
  readonly commit: string;
  /** Of the commit. */
  readonly tree: string;
  /** When the commit was made, in whole seconds. */
  readonly madeAt: number;
  /** The ref that a named one leads to; "" of others. */
  readonly target: string;
}

export interface Left {
  /** By run. */
  readonly refs: ReadonlyMap<string, readonly LeftRef[]>;
  /** Runs that this project began. */
  readonly own: ReadonlySet<string>;
}

const KINDS = { start: "start", work: "work", snapshots: "snapshot" } as const;

/** `stateFolder`: of the project, with its links followed. */
export async function leftRefs(git: Git, tree: Tree, stateFolder: string): Promise<Result<Left>> {
  const format = "--format=%(refname)%00%(objectname)%00%(tree)%00%(committerdate:unix)%00%(symref)";
  const listed = await git.read(tree, ["for-each-ref", format, "refs/decapod/", "refs/heads/decapod/"]);
  if (!listed.ok) return listed;
  const rows = listed.value.split("\n").flatMap((line) => {
    const [name = "", commit = "", hash = "", madeAt, target = ""] = line.split("\0");
    return name === "" ? [] : [{ name, commit, tree: hash, madeAt: Number(madeAt), target }];
  });
  const privates = rows.flatMap((row) => ofPrivate(row) ?? []);
  const runs = new Set(privates.map(({ worker }) => worker.run));
  const byShort = new Map([...runs].map((run) => [shortName(run), run]));
  const branches = rows.flatMap((row) => ofBranch(row, byShort) ?? []);
  const mine = projectRefs(stateFolder);
  const own = privates.filter(({ name }) => name.startsWith(mine)).map(({ worker }) => worker.run);
  return good({
    refs: Map.groupBy([...privates, ...branches], ({ worker }) => worker.run),
    own: new Set(own),
  });
}

/**
 * All of these, each only as it was seen. What a proof stands on goes last: cut short anywhere, the next look proves the
 * rest, and still knows whose it is.
 */
export async function removeRefs(git: Git, tree: Tree, refs: readonly LeftRef[]): Promise<Result<unknown>> {
  return git.alone(tree.common, async () => {
    for (const stage of [isMade, isBase, isNameOfProject]) {
      const lines = new Set(refs.filter(stage).flatMap(linesFor));
      const options = { input: [...lines].join("") };
      const gone = lines.size === 0 ? good("") : await git.read(tree, REMOVING, options);
      if (!gone.ok) return gone;
    }
    return good(null);
  });
}

const REMOVING = ["update-ref", "--no-deref", "--stdin"];

function linesFor({ name, kind, commit, worker }: LeftRef): readonly string[] {
  // What leads to a branch may lead nowhere any more, and is not listed then.
  const leading = [branchRef, intoRef, mergedRef].map((refOf) => `delete ${refOf(worker.run)}\n`);
  const named = worker.task === null ? leading : [];
  if (kind === "project") return [`delete ${name} ${commit}\n`];
  return LEADING.has(kind) ? named : [`delete ${name} ${commit}\n`, ...named];
}

/** They hold nothing themselves. */
export const LEADING: ReadonlySet<LeftRef["kind"]> = new Set(["named", "into", "merged"]);

const isNameOfProject = ({ kind }: LeftRef) => kind === "project";
const isMade = ({ kind, worker }: LeftRef) => MADE.has(kind) && worker.task !== null;
const isBase = (ref: LeftRef) => !isMade(ref) && !isNameOfProject(ref);
const MADE: ReadonlySet<string> = new Set(["work", "snapshot", "branch"]);

type Row = Omit<LeftRef, "kind" | "worker">;

function ofPrivate(row: Row): LeftRef | null {
  const [, , kind = "", first = "", second = ""] = row.name.split("/");
  if (kind === "project") return { ...row, kind, worker: { run: second, task: null, attempt: 0 } };
  const leading = kind === "branch" ? "named" : kind === "into" || kind === "merged" ? kind : null;
  if (leading !== null) return { ...row, kind: leading, worker: { run: first, task: null, attempt: 0 } };
  if (kind !== "start" && kind !== "work" && kind !== "snapshots") return null;
  const worker = workerOf(first, second);
  return worker === null ? null : { ...row, kind: KINDS[kind], worker };
}

function ofBranch(row: Row, byShort: ReadonlyMap<string, string>): LeftRef | null {
  const name = row.name.replace(/^refs\/heads\/decapod\//, "");
  const run = byShort.get(name.split(".", 1)[0] ?? "");
  const worker = run === undefined || name === row.name ? null : workerOf(run, name);
  return worker === null ? null : { ...row, kind: "branch", worker };
}
