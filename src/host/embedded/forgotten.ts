/** Runs that were cleared away, as the audit names them: the id of a run that was is never that of another one. */
import { auditHash, START } from "./chain.ts";
import type { Row } from "./database.ts";
import { JournalFault } from "./fault.ts";
import { journalProblem } from "./faults.ts";

/** Of the audit line that says what went. */
export const FORGETTING = "journal.collected";

export function forgettingText(runs: readonly string[]): string {
  return `${runs.length} runs: ${runs.join(" ")}`;
}

const LINES = "select number, at, action, detail, hash from audit where number > ? order by number";

/** Read once, and then only what the audit has got since: a line of it never changes. */
export class ForgottenRuns {
  readonly #all: (sql: string, after: number) => readonly Row[];
  #seen = { number: 0, hash: START };
  #sorted: readonly string[] = [];

  constructor(all: (sql: string, after: number) => readonly Row[]) {
    this.#all = all;
  }

  /** The last, in the order of ids, before `end`. */
  lastBefore(end: string): string | undefined {
    this.#read();
    let low = 0;
    for (let high = this.#sorted.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] ?? "") < end) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low - 1];
  }

  #read(): void {
    const lines = this.#all(LINES, this.#seen.number);
    const runs = lines.flatMap((line) => this.#runsOf(line));
    if (runs.length > 0) this.#sorted = [...this.#sorted, ...runs].sort();
  }

  #runsOf([number, at, action, detail, hash]: Row): readonly string[] {
    const chained = auditHash(this.#seen.hash, Number(at), String(action), String(detail));
    if (hash !== chained)
      throw new JournalFault(journalProblem(`audit line ${number} is not what was written`));
    this.#seen = { number: Number(number), hash: chained };
    return action === FORGETTING ? String(detail).replace(/^.*: /, "").split(" ") : [];
  }
}
