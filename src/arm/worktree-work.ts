/**
 * What becomes of the files of one attempt: where they lie, that they are saved, and how they come into the branch of its
 * run. Everything here can be done again after a crash: what was done is seen in the repository.
 */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import type { Home, OwnWorktree } from "../core/workspace-words.ts";
import { followBranch, takeAsIndex } from "../git/checkout.ts";
import { type Content, type ContentOptions, contentOf, leftOutText } from "../git/content.ts";
import { type DiffStat, type FileChange, filesChanged, statOf } from "../git/diff.ts";
import { type Merged, mergeInto } from "../git/merge.ts";
import { startRef, type Worker, workerBranch, workerName, workRef } from "../git/names.ts";
import { branchOf, isWithin, refAt } from "../git/repository.ts";
import { commitTree, setAside, snapshot } from "../git/snapshot.ts";
import type { WorkTree } from "../git/tree.ts";
import { makeWorktree, removeWorktree, tampering } from "../git/worktree.ts";
import {
  branchOfHome,
  elsewhere,
  followerOf,
  homeBranch,
  runOf,
  treeOfWorker,
  type WorkParts,
} from "./home-branch.ts";
import { keepOutOfGit } from "./keep-out-of-git.ts";
import { notOnBranch, type Settled } from "./settled.ts";

/** One attempt, and whose files it works on. */
export interface Working {
  readonly worker: Worker;
  /** null: the worktree of the run, which it shares. */
  readonly own: OwnWorktree | null;
  readonly home: Home;
  /** First line of its commit. */
  readonly title: string;
}

export class WorktreeWork {
  readonly #parts: WorkParts;
  readonly #working: Working;
  #count = 0;

  constructor(parts: WorkParts, working: Working) {
    this.#parts = parts;
    this.#working = working;
  }

  get branch(): string {
    return branchOfHome(this.#working.home);
  }

  /** Who has the worktree: the attempt itself, an earlier one whose failure was mended in it, or the run. */
  get #holder(): Worker {
    const { own, worker, home } = this.#working;
    if (own === null) return runOf(home);
    return own.of === undefined ? worker : { ...worker, attempt: own.of };
  }

  get tree(): WorkTree {
    return treeOfWorker(this.#parts, this.#holder);
  }

  /** Made from the branch of the run as it stands now, or found as it was left. */
  async enter(): Promise<Result<WorkTree>> {
    const { home, own, worker } = this.#working;
    const start = await homeBranch(this.#parts, home, worker.run);
    if (!start.ok) return start;
    const inUse = elsewhere(this.#parts, home);
    if (inUse !== null) return bad(inUse);
    const branch = own === null ? this.branch : workerBranch(this.#holder);
    const { root: folder } = this.tree;
    keepOutOfGit(this.#parts);
    const { git, repository } = this.#parts;
    // What begins has left nothing yet; nor has the group around it, which is merged only when all in it has ended. A run
    // at the top may have been merged before it was reopened.
    const attempt = worker.attempt === 0 ? [] : [worker];
    for (const begins of home.outer === null ? attempt : [...attempt, runOf(home)]) {
      const aside = await setAside(repository.tree, begins, { git, tip: start.value });
      if (!aside.ok) return aside;
    }
    const made = await makeWorktree(this.#parts, this.#holder, { folder, start: start.value, branch });
    const switched = made.ok ? this.#switched() : null;
    return switched === null ? made : bad(switched);
  }

  /** What lies there is kept under a private ref. What could not be saved is said. */
  async save(): Promise<Result<string>> {
    const looked = this.#look();
    if (looked !== null) return bad(looked);
    const saved = await snapshot(this.tree, this.#working.worker, this.#content());
    return saved.ok ? good(leftOutText(saved.value.content.leftOut)) : saved;
  }

  /** What it has changed so far, whoever committed it; nothing is committed by that. */
  async count(): Promise<Result<readonly FileChange[]>> {
    const known = await this.#at(workRef(this.#working.worker));
    if (!known.ok) return known;
    const start = await this.#at(startRef(this.#holder));
    if (!start.ok) return start;
    const { git, repository } = this.#parts;
    if (known.value !== null)
      return filesChanged(git, repository.tree, start.value ?? known.value, known.value);
    const looked = this.#look();
    if (looked !== null) return bad(looked);
    const content = await contentOf(this.tree, this.#content());
    if (!content.ok) return content;
    return filesChanged(git, repository.tree, start.value ?? content.value.head, content.value.tree);
  }

  /** Of a success: its work as a commit, then that in the branch of the run. */
  async settle(): Promise<Result<Settled>> {
    const { git, repository } = this.#parts;
    const { worker, own } = this.#working;
    const switched = this.#switched();
    if (switched !== null) return bad(switched);
    const known = await this.#at(workRef(worker));
    if (!known.ok) return known;
    const work = known.value === null ? await this.#commit() : good({ commit: known.value, leftOut: "" });
    if (!work.ok) return work;
    const { commit, leftOut } = work.value;
    const start = await this.#at(startRef(this.#holder));
    if (!start.ok) return start;
    const from = start.value ?? commit;
    // In the worktree of another it has a beginning of its own only where its number was given once more.
    const begun = this.#holder === worker ? start : await this.#at(startRef(worker));
    if (!begun.ok) return begun;
    const changed = own?.mustChange === true ? await this.#stat(from, commit) : null;
    if (changed?.ok === false) return changed;
    if (changed?.value.files === 0) return good({ kind: "unchanged", leftOut });
    if (own?.merge === "none") return this.#leaveApart(commit, from, leftOut);
    const inUse = elsewhere(this.#parts, this.#working.home);
    if (inUse !== null) return bad(inUse);
    const merged = await mergeInto(
      git,
      repository.tree,
      {
        worker,
        work: commit,
        start: begun.value ?? from,
        branch: this.branch,
        way: own?.merge ?? "squash",
        title: this.#working.title,
      },
      (before, after) => this.#follow(before, after),
    );
    if (!merged.ok) return merged;
    return this.#told(merged.value, commit, leftOut);
  }

  /** The branch of the worktree, when it holds commits that the work does not stand on; else "". */
  async branchWithMore(): Promise<Result<string>> {
    const { git, repository } = this.#parts;
    const branch = workerBranch(this.#holder);
    const tip = await this.#at(`refs/heads/${branch}`);
    if (!tip.ok) return tip;
    const work = await this.#at(workRef(this.#working.worker));
    if (!work.ok) return work;
    if (tip.value === null || work.value === null) return good("");
    const known = await isWithin(git, repository.tree, tip.value, work.value);
    return known.ok ? good(known.value ? "" : branch) : known;
  }

  /** Removes the worktree once everything that lies there is in a commit of ours; what git ignores goes with it. */
  async leave(branch: "stays" | "goes"): Promise<Result<"removed" | "kept" | "branch kept">> {
    const { files } = this.#parts;
    if (!files.exists(this.tree.root)) return good("removed");
    const looked = this.#look();
    if (looked !== null) return bad(looked);
    const proven = await this.#prove();
    if (!proven.ok) return proven;
    if (proven.value === null) return good("kept");
    const goes = branch === "goes" && this.#holder.task !== null;
    const gone = goes ? { name: workerBranch(this.#holder), within: proven.value } : null;
    return removeWorktree(this.#parts, this.tree, gone);
  }

  /** The commit that holds what lies there: that of its work, or what has changed since then, saved once more. */
  async #prove(): Promise<Result<string | null>> {
    const { git, repository } = this.#parts;
    const content = await contentOf(this.tree, this.#content());
    if (!content.ok) return content;
    if (content.value.leftOut.length > 0) return good(null);
    const { task } = this.#holder;
    const ref = task === null ? `refs/heads/${this.branch}` : workRef(this.#working.worker);
    const work = await this.#at(ref);
    if (!work.ok) return work;
    if (work.value !== null) {
      const hash = await git.read(repository.tree, ["rev-parse", "--verify", `${work.value}^{tree}`]);
      if (!hash.ok) return hash;
      if (hash.value.trim() === content.value.tree) return good(work.value);
    }
    const saved = await snapshot(this.tree, this.#holder, this.#content());
    if (!saved.ok) return saved;
    return good(saved.value.content.leftOut.length === 0 ? saved.value.commit : null);
  }

  async #told(merged: Merged, commit: string, leftOut: string): Promise<Result<Settled>> {
    if (merged.kind === "nothing") return good({ kind: "nothing", leftOut });
    if (merged.kind === "conflict") {
      const branch = await this.#keepAside(commit);
      return branch.ok
        ? good({ kind: "conflict", branch: branch.value, into: this.branch, paths: merged.paths })
        : branch;
    }
    const stat = await this.#stat(merged.from, merged.to);
    return stat.ok ? good({ kind: "merged", branch: this.branch, stat: stat.value, leftOut }) : stat;
  }

  async #leaveApart(commit: string, start: string, leftOut: string): Promise<Result<Settled>> {
    const branch = await this.#keepAside(commit);
    if (!branch.ok) return branch;
    const stat = await this.#stat(start, commit);
    return stat.ok ? good({ kind: "apart", branch: branch.value, stat: stat.value, leftOut }) : stat;
  }

  #at(ref: string): ReturnType<typeof refAt> {
    return refAt(this.#parts.git, this.#parts.repository.tree, ref);
  }

  async #stat(from: string, to: string): Promise<Result<DiffStat>> {
    const files = await filesChanged(this.#parts.git, this.#parts.repository.tree, from, to);
    return files.ok ? good(statOf(files.value)) : files;
  }

  /** The branch of the worktree leads to its work, for a person to merge. */
  async #keepAside(commit: string): Promise<Result<string>> {
    const { git, files, repository } = this.#parts;
    const { own, worker } = this.#working;
    const branch = workerBranch(own === null ? worker : this.#holder);
    const argv = ["update-ref", "--no-deref", `refs/heads/${branch}`, commit];
    const moved = await git.alone(repository.common, () => git.read(repository.tree, argv));
    if (!moved.ok) return moved;
    const isThere = own !== null && files.exists(this.tree.root) && this.#look() === null;
    const taken = isThere ? await takeAsIndex(git, this.tree, commit) : good("");
    return taken.ok ? good(branch) : taken;
  }

  async #commit(): Promise<Result<{ readonly commit: string; readonly leftOut: string }>> {
    const { git } = this.#parts;
    const { worker, title } = this.#working;
    const looked = this.#look();
    if (looked !== null) return bad(looked);
    const options = this.#content();
    const content: Result<Content> = await contentOf(this.tree, options);
    if (!content.ok) return content;
    const made = await commitTree(this.tree, { content: content.value, title, worker, options });
    if (!made.ok) return made;
    // It must not exist: the work of an attempt is taken once.
    const kept = await git.alone(this.tree.common, () =>
      git.read(this.#parts.repository.tree, ["update-ref", "--no-deref", workRef(worker), made.value, ""]),
    );
    return kept.ok ? good({ commit: made.value, leftOut: leftOutText(content.value.leftOut) }) : kept;
  }

  /** The worktree of the run stands on its branch, so it moves with it; what it shares has the files already. */
  async #follow(from: string, to: string): Promise<Result<readonly string[]>> {
    const { git } = this.#parts;
    const { own, home } = this.#working;
    const follower = followerOf(this.#parts, home);
    if (!follower.ok) return follower;
    const tree = follower.value;
    if (tree === null) return good([]);
    if (own !== null) return followBranch(git, tree, from, to);
    const taken = await takeAsIndex(git, tree, to);
    return taken.ok ? good([]) : taken;
  }

  /** What lies in the worktree of the run belongs on its branch alone: from another one it would be merged wrongly. */
  #switched(): Problem | null {
    const { gitFolder, root } = this.tree;
    if (this.#working.own !== null || !this.#parts.files.exists(root)) return null;
    const branch = branchOf(this.#parts.files, gitFolder);
    if (branch === this.branch) return null;
    return notOnBranch(root, branch, this.branch);
  }

  #look(): Problem | null {
    const { files } = this.#parts;
    if (files.exists(this.tree.root)) return tampering(files, this.tree);
    return {
      code: "E_GIT",
      message: `the worktree ${this.tree.root} is gone`,
      hint: "decapod diff shows what was saved of it; retry the run",
    };
  }

  #content(): ContentOptions {
    this.#count += 1;
    const { files, git, stateFolder, fileBytesMax } = this.#parts;
    const name = `${workerName(this.#working.worker)}.${this.#count}.index`;
    return { files, git, index: join(stateFolder, "git", name), fileBytesMax, base: startRef(this.#holder) };
  }
}
