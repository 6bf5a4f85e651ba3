/** What can be said on the command line, as data: what runs when it is said belongs to `CommandSpec`. */

export interface OptionSpec {
  readonly flags: string;
  readonly text: string;
  /** May be given several times; all values are kept. */
  readonly many?: boolean;
  /** What its value is, where the word in its flags does not say it: for completion. */
  readonly takes?: Kind | readonly string[];
}

/** What a word on the command line names. */
export type Kind =
  | "workflow"
  | "run"
  | "task"
  | "state"
  | "stream"
  | "decomposition"
  | "decision"
  | "token"
  | "role"
  | "param"
  | "template"
  | "topic"
  | "file"
  | "folder"
  | "path";

export interface CommandWords {
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
}

/** All that can be said: for the commands that speak of the others. */
export interface CommandTable {
  readonly commands: readonly CommandWords[];
  readonly globalOptions: readonly OptionSpec[];
}
