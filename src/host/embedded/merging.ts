/**
 * What a child changed in a worktree of its own is merged into the branch around it before its parent hears of its success:
 * one at a time, in item order among the items at work at once. A merge that was made is told by the repository, so what
 * an engine left undone is asked for again when the parent is taken up.
 */
import { childJudged } from "../../core/child.ts";
import { keyOf } from "../../core/decision.ts";
import { Draft } from "../../core/draft.ts";
import type { ChildEnded, ParentRef } from "../../core/event.ts";
import { present } from "../../core/invariant.ts";
import type { Lookup } from "../../core/lookup.ts";
import type { Failure } from "../../core/outcome.ts";
import type { Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import { at } from "../../core/vector.ts";
import type { Home } from "../../core/workspace-words.ts";
import type { Desk } from "./desk.ts";

/** Of a run that has succeeded. Asked for twice it is merged once. */
export type Merge = (merging: {
  readonly home: Home;
  /** Which task of its parent it was; `key` of an item. */
  readonly task: string;
  readonly key: string | null;
  /** Why its pass counts as failed all the same: then nothing is merged. */
  readonly failed: Failure | null;
}) => Promise<{ readonly failure: Failure | null; readonly notes: readonly string[] }>;

export interface MergingOptions {
  readonly lookup: Lookup;
  /** Absent: nothing is ever merged. */
  readonly merge?: Merge;
}

export interface Waiting {
  readonly home: Home;
  readonly parent: ParentRef;
  readonly ended: ChildEnded;
  readonly tell: (ended: ChildEnded) => void;
}

interface MergingParts extends Required<MergingOptions> {
  /** Resolves once what was decided so far stands in the journal. */
  readonly written: () => Promise<Result<null>>;
}

export class Merging {
  readonly #desk: Desk;
  readonly #parts: MergingParts;
  readonly #waiting = new Set<Waiting>();
  #isClosed = false;

  constructor(desk: Desk, parts: MergingParts) {
    this.#desk = desk;
    this.#parts = parts;
  }

  close(): void {
    this.#isClosed = true;
  }

  add(one: Waiting): void {
    this.#waiting.add(one);
    this.look();
  }

  /** Those before which no item is at work any more. */
  look(): void {
    for (const one of this.#waiting) {
      if (this.#isBehind(one)) continue;
      this.#waiting.delete(one);
      void this.#merge(one);
    }
  }

  /** An item in which nothing goes on, as when it waits for a person, is waited for by nobody. */
  #isBehind({ parent: { run, task, item = 0 } }: Waiting): boolean {
    const parent = this.#desk.run(run);
    const items = parent === undefined ? null : at(parent.tasks, indexOf(parent, task)).items;
    if (items === null) return false;
    for (let before = 0; before < item; before++) {
      const { live, childWaits } = at(items.units, before);
      if (live && !childWaits) return true;
    }
    return false;
  }

  async #merge({ home, parent, ended, tell }: Waiting): Promise<void> {
    const { merge, lookup, written } = this.#parts;
    // Of what the journal does not hold nobody knows that it succeeded.
    const kept = await written();
    const run = this.#desk.run(parent.run);
    if (!kept.ok || this.#isClosed || run === undefined) return;
    const draft = new Draft(run, this.#desk.moment(run.id), lookup);
    const spot = present(draft.spot(parent), "a child that lives has a place");
    const { task, key } = { task: parent.task, key: keyOf(draft, spot) };
    const { failure, notes } = await merge({ home, task, key, failed: childJudged(draft, spot, ended) });
    if (this.#isClosed) return;
    const told = notes.length === 0 ? ended : { ...ended, notes };
    tell(failure === null ? told : { ...told, status: "failed", failure });
  }
}

function indexOf({ workflow }: Run, task: string): number {
  return present(workflow.indexOf.get(task), `task ${task} exists`);
}
