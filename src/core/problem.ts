/**
 * An expected refusal, as a value. `code` is for ever (docs/problems.md lists all), `message` says what
 * happened, `hint` what to do about it, `at` where. Bugs throw; expected trouble is one of these.
 */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly at?: Place;
}

/** A place in a text somebody wrote. Lines and columns count from 1, as editors do. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the underline of the source frame covers. */
  readonly length?: number;
}

/** The exit codes of the command line; the whole list, there is no other. */
export const EXIT = {
  done: 0,
  runFailed: 1,
  usage: 2,
  invalid: 3,
  refused: 4,
  busy: 5,
  environment: 6,
  integrity: 7,
  waiting: 8,
  cancelled: 9,
  notFound: 10,
  timedOut: 11,
} as const;

/** The result of something that can be refused: a value, or every problem found. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function good<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function bad<T>(...problems: readonly Problem[]): Result<T> {
  return { ok: false, problems };
}
