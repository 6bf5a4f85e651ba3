/**
 * Answers that were said and not yet given. What is decided is fixed before it is shown who decides: the owner gives the
 * answer a name, and the process that wants it given holds a file of that name open. Whoever learns the name of somebody
 * else's answer can do nothing with it but what that person wants.
 */
import { join } from "node:path";
import type { Input } from "../contract.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { holdsOpen } from "./people.ts";

export type Said = Input<"decisions.prepare">;

const LIFE_MS = 60_000;
const SAID_MAX = 100;

export interface AnswersOptions {
  readonly wall: () => number;
  /** Names that nobody can guess. */
  readonly newName: () => string;
  /** The state folder, whatever links led there: so the system names files that are open. */
  readonly folder: string;
  readonly isHeld?: (pid: number | null, path: string) => boolean;
}

export class Answers {
  readonly #options: AnswersOptions;
  readonly #said = new Map<string, { readonly said: Said; readonly until: number }>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  prepare(said: Said): string {
    const name = this.#options.newName();
    this.#said.set(name, { said, until: this.#options.wall() + LIFE_MS });
    for (const oldest of [...this.#said.keys()].slice(0, -SAID_MAX)) this.#said.delete(oldest);
    return name;
  }

  /** Once only, and only for the process that holds it. */
  take(name: string, pid: number | null): Result<Said> {
    const { isHeld = holdsOpen, folder, wall } = this.#options;
    const kept = this.#said.get(name);
    if (kept === undefined || kept.until < wall()) return bad(STALE);
    if (!isHeld(pid, join(folder, fileOfAnswer(name)))) return bad(NOT_HELD);
    this.#said.delete(name);
    return good(kept.said);
  }
}

export const ANSWER_PREFIX = "answer-";

/** In the state folder. */
export function fileOfAnswer(name: string): string {
  return `${ANSWER_PREFIX}${name}`;
}

const STALE: Problem = {
  code: "E_STALE",
  message: "this answer was given already, or more than a minute ago",
  hint: "decide again",
};
const NOT_HELD: Problem = {
  code: "E_HUMAN_ONLY",
  message: "only a person decides: the process named as theirs does not hold this answer",
  hint: "decide at a terminal",
};
