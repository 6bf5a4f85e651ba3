/** Calls a person to their terminal: its bell, and the title of its window. */
import type { Run } from "../core/run.ts";
import type { Output } from "./application.ts";
import { clean } from "./print.ts";
import { count } from "./text.ts";
import { isClosed, lookOfRun, needsYou } from "./words.ts";

const TITLE_MAX = 80;
const [ESCAPE, BELL] = ["\u001b", "\u0007"];

/** A run that is shown. */
export interface Called {
  readonly run: Run;
  readonly name: string;
  /** Open ones. */
  readonly decisions: number;
}

export class Attention {
  readonly #output: Output;
  readonly #hasTitle: boolean;
  #title = "";
  /** How many decisions were open when it was last looked. */
  #asked = 0;

  /** `term`: the console of Linux has no windows. */
  constructor(output: Output, term: string | undefined) {
    this.#output = output;
    this.#hasTitle = term !== "linux";
  }

  /** The bell rings when there is more to decide than before. */
  call(all: readonly Called[]): void {
    const [first] = all;
    if (first === undefined) return;
    const decisions = all.reduce((sum, one) => sum + one.decisions, 0);
    const what = all.length === 1 ? nameOf(first) : count(all.length, "run");
    this.#entitle(decisions > 0 ? `◐ ${needsYou(decisions)} · ${what}` : `● ${what}`);
    if (decisions > this.#asked) this.#output.write(BELL);
    this.#asked = decisions;
  }

  /** Says of the run that ended last what became of it. */
  callAtEnd(all: readonly Called[]): void {
    const ended = all.filter(({ run }) => isClosed(run.status));
    const [last] = ended.toSorted((one, other) => (other.run.endedAt ?? 0) - (one.run.endedAt ?? 0));
    if (last === undefined) return;
    const { glyph, word } = lookOfRun({ status: last.run.status, waitingFor: 0, isInterrupted: false });
    this.#entitle(`${glyph} ${word} · ${nameOf(last)}`);
    this.#output.write(BELL);
  }

  #entitle(text: string): void {
    const shown = clean(text, TITLE_MAX);
    if (!this.#hasTitle || shown === this.#title) return;
    this.#title = shown;
    this.#output.write(`${ESCAPE}]2;${shown}${BELL}`);
  }
}

function nameOf({ run, name }: Called): string {
  return `${run.start.workflow} ${name}`;
}
