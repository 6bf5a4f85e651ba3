import type { Action } from "../context.ts";
import type { CommandWords } from "./words.ts";

export type { OptionSpec } from "./words.ts";

export interface CommandSpec extends CommandWords {
  readonly load: () => Promise<{ readonly action: Action }>;
}
