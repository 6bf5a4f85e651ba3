import type { Action, Options } from "../context.ts";
import type { CommandWords } from "./words.ts";

export type { OptionSpec } from "./words.ts";

export interface CommandSpec extends CommandWords {
  /** True when it will start processes: what starts them gets ready while the command is loaded. */
  readonly startsWork?: (options: Options) => boolean;
  readonly load: () => Promise<{ readonly action: Action }>;
}
