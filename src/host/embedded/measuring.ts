/** What a person is to be asked about is looked at outside of the turn: it reads files, and asks git. */
import type { Effect } from "../../core/effect.ts";
import type { Lookup } from "../../core/lookup.ts";
import type { MeasureAsked, Measured } from "../../core/measured.ts";
import type { Home } from "../../core/workspace-words.ts";
import type { Desk } from "./desk.ts";
import { homeIn } from "./homes.ts";

/** Never rejects: what cannot be found out is a note. */
export type Measure = (asked: MeasureAsked, home: Home) => Promise<Measured>;

export interface MeasuringOptions {
  readonly lookup: Lookup;
  /** Absent: nothing is known of anything. */
  readonly measure?: Measure;
}

export class Measuring {
  readonly #desk: Desk;
  readonly #options: MeasuringOptions;
  #isClosed = false;

  constructor(desk: Desk, options: MeasuringOptions) {
    this.#desk = desk;
    this.#options = options;
  }

  /** What is under way when the engine closes is asked for again when somebody takes up the run. */
  follow(id: string, { task, asked }: Effect & { readonly do: "measure" }): void {
    const { measure, lookup } = this.#options;
    const run = this.#desk.run(id);
    const give = (found: Measured) => {
      if (!this.#isClosed) this.#desk.quietly(id, { type: "task.measured", task, found });
    };
    if (measure === undefined || run === undefined) return give(nothingKnown(asked));
    void measure(asked, homeIn(this.#desk, run, lookup)).then(give);
  }

  close(): void {
    this.#isClosed = true;
  }
}

function nothingKnown({ target }: MeasureAsked): Measured {
  return { target, commit: null, since: null, change: null, artefact: null, notes: [] };
}
