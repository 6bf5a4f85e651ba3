/**
 * Runs as their journals have them, folded from their entries and kept up with what comes after: how somebody sees
 * what an owner in another process does.
 */

import type { Entry, RunStarted } from "../../core/event.ts";
import type { Lookup } from "../../core/lookup.ts";
import type { Change } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import { begin, transition } from "../../core/transition.ts";
import type { EntryTail } from "./entry-tail.ts";
import { JournalFault } from "./fault.ts";
import { journalProblem } from "./faults.ts";
import type { Link } from "./load.ts";

export interface FoldSource {
  tail(run: string): EntryTail;
  definition(digest: string): string | null;
}

interface Folded {
  readonly tail: EntryTail;
  run: Run | null;
}

export class Folds {
  readonly #source: FoldSource;
  readonly #link: Link;
  readonly #lookup: Lookup;
  readonly #folded = new Map<string, Folded>();

  constructor(source: FoldSource, link: Link, lookup: Lookup) {
    this.#source = source;
    this.#link = link;
    this.#lookup = lookup;
  }

  /** As it stood at the last look; null for a run that was not looked at or has not begun. */
  run(id: string): Run | null {
    return this.#folded.get(id)?.run ?? null;
  }

  runs(): readonly Run[] {
    return [...this.#folded.values()].flatMap(({ run }) => run ?? []);
  }

  /** Takes in what has come since the last look; what that changed, in order. */
  look(id: string): readonly Change[] {
    const folded = this.#folded.get(id) ?? { tail: this.#source.tail(id), run: null };
    this.#folded.set(id, folded);
    return folded.tail.next().map((entry) => {
      const before = folded.run;
      folded.run = before === null ? this.#begin(id, entry) : transition(before, entry, this.#lookup).run;
      return { entry, before, after: folded.run };
    });
  }

  #begin(id: string, entry: Entry): Run {
    const { digest, path } = entry.event as RunStarted;
    const text = this.#source.definition(digest);
    if (text === null)
      throw new JournalFault(journalProblem(`the definition ${digest.slice(0, 12)} of run ${id} is missing`));
    return begin(id, this.#link({ digest, text }, path), entry, this.#lookup).run;
  }
}
