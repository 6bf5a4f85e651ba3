/**
 * Whether what runs made lies elsewhere as well: in what the person has, by its commits, or because merging it there
 * would change nothing. What is not proven counts as lying nowhere else.
 */
import { good, type Result } from "../core/problem.ts";
import type { Git } from "./git.ts";
import { LEADING, type LeftRef } from "./left-refs.ts";
import { mergedAttempts } from "./merge.ts";
import { attemptText } from "./names.ts";
import { isHash, isWithin } from "./repository.ts";
import type { Tree } from "./tree.ts";

interface Looking {
  readonly git: Git;
  readonly tree: Tree;
  /** Commits that none of the person's branches, tags and remotes reaches. */
  readonly outside: ReadonlySet<string>;
  /** Where content is looked for: the person's branch that is checked out, and branches of runs that are held. */
  readonly places: readonly string[];
}

/** Of these refs those that hold what lies nowhere else. */
export async function unheld(
  git: Git,
  tree: Tree,
  refs: readonly LeftRef[],
): Promise<Result<readonly LeftRef[]>> {
  const persons = await personsRefs(git, tree);
  if (!persons.ok) return persons;
  const outside = await commitsOutside(git, tree, refs, persons.value);
  if (!outside.ok) return outside;
  const places = persons.value.flatMap(({ commit, isCheckedOut }) => (isCheckedOut ? [commit] : []));
  const first: Looking = { git, tree, outside: outside.value, places };
  const tips = await chosen(refs.filter(isTip), async ({ commit }) => isHeld(first, commit));
  if (!tips.ok) return tips;
  const looking = { ...first, places: [...first.places, ...tips.value.map(({ commit }) => commit)] };
  // Work on the branch of a run is where that is: the branch is judged for all of it.
  const merged = await mergedInto(looking, refs, refs.filter(isLine));
  if (!merged.ok) return merged;
  const works = await chosen(refs.filter(isWork), async ({ worker, commit }) =>
    merged.value.has(attemptText(worker)) ? good(true) : isHeld(looking, commit),
  );
  if (!works.ok) return works;
  const done = new Map(works.value.map((work) => [attemptText(work.worker), work]));
  const holding = refs.filter(({ kind }) => !LEADING.has(kind));
  const open = await chosen(holding, async (ref) => {
    const held = tips.value.includes(ref) ? good(true) : await isDone(looking, ref, done);
    return held.ok ? good(!held.value) : held;
  });
  if (!open.ok) return open;
  // A branch speaks for what was taken of it.
  const isSpokenFor = (ref: LeftRef) =>
    isWorkOfRun(ref) && open.value.some((tip) => isTip(tip) && tip.commit === ref.commit);
  return good(open.value.filter((ref) => !isSpokenFor(ref)));
}

/** The branch of a run, by either of its names. */
const isTip = ({ kind, worker }: LeftRef) => kind === "named" || (kind === "branch" && worker.task === null);
const isWork = ({ kind }: LeftRef) => kind === "work";
const isWorkOfRun = (ref: LeftRef) => isWork(ref) && ref.worker.task === null;
/** On which merges lie: also when the branch is gone, because it was merged itself. */
const isLine = (ref: LeftRef) => isTip(ref) || isWorkOfRun(ref) || ref.kind === "merged";

/** `done`: the work of attempts that is held. */
async function isDone(
  looking: Looking,
  ref: LeftRef,
  done: ReadonlyMap<string, LeftRef>,
): Promise<Result<boolean>> {
  const { kind, worker, commit } = ref;
  // What work began from is the person's, or on the branch of a run.
  if (kind === "start" || kind === "project") return good(true);
  const work = done.get(attemptText(worker));
  if (kind === "work" || (work !== undefined && wentInto(ref, work))) return good(work !== undefined);
  const within =
    work === undefined ? good(false) : await isWithin(looking.git, looking.tree, commit, work.commit);
  return !within.ok || within.value ? within : isHeld(looking, commit);
}

/** What was saved on the way to work. Of the same second, or later, it may be what was changed after it. */
function wentInto(saved: LeftRef, work: LeftRef): boolean {
  return saved.kind === "snapshot" && (saved.tree === work.tree || saved.madeAt < work.madeAt);
}

async function isHeld({ git, tree, outside, places }: Looking, commit: string): Promise<Result<boolean>> {
  if (!outside.has(commit)) return good(true);
  for (const place of places) {
    const changed = await git.ask(tree, ["merge-tree", "--write-tree", "--no-messages", place, commit], {
      // 1: in conflict; 128: they have nothing in common.
      answers: [0, 1, 128],
    });
    if (!changed.ok) return changed;
    if (changed.value.code !== 0) continue;
    const before = await git.read(tree, ["rev-parse", "--verify", `${place}^{tree}`]);
    if (!before.ok) return before;
    if (before.value.trim() === changed.value.text.trim()) return good(true);
  }
  return good(false);
}

/** Attempts whose work came into these branches, by the engine's own word for it. */
async function mergedInto(
  { git, tree }: Looking,
  refs: readonly LeftRef[],
  lines: readonly LeftRef[],
): Promise<Result<ReadonlySet<string>>> {
  const merged = new Set<string>();
  const started = new Map(
    refs.flatMap(({ kind, worker, commit }) => (kind === "start" ? [[attemptText(worker), commit]] : [])),
  );
  const ends = new Map(lines.map((line) => [`${line.worker.run} ${line.commit}`, line]));
  for (const { worker, commit } of ends.values()) {
    const start = started.get(attemptText(worker));
    if (start === undefined) continue;
    const listed = await mergedAttempts(git, tree, start, commit);
    if (!listed.ok) return listed;
    for (const attempt of listed.value) merged.add(attempt);
  }
  return good(merged);
}

interface PersonsRef {
  readonly commit: string;
  readonly isCheckedOut: boolean;
}

/** HEAD itself is none of them: on no branch it holds its commits only until the next one is checked out. */
async function personsRefs(git: Git, tree: Tree): Promise<Result<readonly PersonsRef[]>> {
  const fields = ["refname", "symref", "HEAD", "objecttype", "objectname", "*objecttype", "*objectname"];
  const format = `--format=${fields.map((field) => `%(${field})`).join("%00")}`;
  const listed = await git.read(tree, ["for-each-ref", format, "refs/heads/", "refs/remotes/", "refs/tags/"]);
  if (!listed.ok) return listed;
  const persons = listed.value.split("\n").flatMap((line) => {
    const [name = "", target, head, type, hash = "", innerType, inner = ""] = line.split("\0");
    // Branches of runs prove nothing: they may be the next to go. A name for another ref is no more than that.
    if (name.startsWith("refs/heads/decapod/") || target !== "") return [];
    const commit = type === "commit" ? hash : innerType === "commit" ? inner : null;
    return commit === null ? [] : [{ commit, isCheckedOut: head === "*" }];
  });
  return good(persons);
}

async function commitsOutside(
  git: Git,
  tree: Tree,
  refs: readonly LeftRef[],
  persons: readonly PersonsRef[],
): Promise<Result<ReadonlySet<string>>> {
  const known = [...new Set(persons.map(({ commit }) => `^${commit}`))];
  const asked = [...new Set(refs.map(({ commit }) => commit))];
  const input = `${[...asked, ...known].join("\n")}\n`;
  const found = await git.read(tree, ["rev-list", "--stdin"], { input });
  return found.ok ? good(new Set(found.value.split("\n").filter(isHash))) : found;
}

async function chosen(
  refs: readonly LeftRef[],
  isWanted: (ref: LeftRef) => Promise<Result<boolean>>,
): Promise<Result<readonly LeftRef[]>> {
  const wanted: LeftRef[] = [];
  for (const ref of refs) {
    const found = await isWanted(ref);
    if (!found.ok) return found;
    if (found.value) wanted.push(ref);
  }
  return good(wanted);
}
