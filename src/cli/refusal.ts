import type { Problem, Result } from "../core/problem.ts";

/** Ends a command with problems. Thrown and caught inside this room only: cli.ts prints them and gives the exit code. */
export class Refused extends Error {
  readonly problems: readonly Problem[];
  /** The text in which the places of the problems lie, for source frames. */
  readonly text: string | null;
  /** Said after several problems: what did not happen. */
  readonly consequence: string | null;

  constructor(
    problems: readonly Problem[],
    more: { readonly text?: string | null; readonly consequence?: string } = {},
  ) {
    super(problems.map(({ code, message }) => `${code} ${message}`).join("; "));
    this.problems = problems;
    this.text = more.text ?? null;
    this.consequence = more.consequence ?? null;
  }
}

/** Ends the command because of how it was called. */
export function usage(message: string, hint?: string): Refused {
  return refused("E_USAGE", message, hint);
}

export function refused(code: string, message: string, hint?: string): Refused {
  return new Refused([hint === undefined ? { code, message } : { code, message, hint }]);
}

/** The value of a result, or the end of the command. */
export function take<T>(result: Result<T>, consequence?: string): T {
  if (result.ok) return result.value;
  throw new Refused(result.problems, consequence === undefined ? {} : { consequence });
}
