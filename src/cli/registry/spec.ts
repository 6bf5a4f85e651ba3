import type { Action } from "../context.ts";

export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  /** May be given several times; all values are kept. */
  readonly many?: boolean;
}

export interface CommandSpec {
  /** One word, or a noun and its verb: `workflow list`. */
  readonly name: string;
  /** For programs, not for people: not in any list. */
  readonly isHidden?: boolean;
  /** In commander's form: `<workflow> [more...]`. */
  readonly words: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** What follows the program's name. */
  readonly examples: readonly string[];
  readonly load: () => Promise<{ readonly action: Action }>;
}
