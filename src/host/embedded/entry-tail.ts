/** One run's entries for somebody who watches: each look gives what has come since, chained to what was read before. */
import type { Entry } from "../../core/event.ts";
import { START } from "./chain.ts";
import { verifiedEntries } from "./entry-rows.ts";
import type { Reads } from "./reads.ts";

export class EntryTail {
  readonly #reads: Reads;
  readonly #run: string;
  #number: number | null = null;
  #last = { sequence: 0, hash: START };

  constructor(reads: Reads, run: string) {
    this.#reads = reads;
    this.#run = run;
  }

  next(): readonly Entry[] {
    this.#number ??= this.#reads.numberOf(this.#run);
    if (this.#number === null) return [];
    const { sequence } = this.#last;
    const rows = this.#reads.entryRows(this.#number, sequence);
    const last = rows.at(-1);
    if (last === undefined) return [];
    const entries = verifiedEntries({
      run: this.#run,
      number: this.#number,
      rows,
      from: this.#last,
      atLeast: sequence,
      after: sequence,
    });
    this.#last = { sequence: sequence + rows.length, hash: String(last[4]) };
    return entries;
  }
}
