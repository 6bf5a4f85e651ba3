import type { Problem } from "../../core/problem.ts";

/** The journal could not be written. Nothing of the commit was; `retryable` when another process only held the file. */
export class StoreFault extends Error {
  readonly problem: Problem;
  readonly retryable: boolean;

  constructor(problem: Problem, retryable: boolean, cause?: unknown) {
    super(`${problem.code} ${problem.message}`, { cause });
    this.problem = problem;
    this.retryable = retryable;
  }
}

/** The journal could not be read: its chain, a row's checksum or the file itself is broken, or somebody holds it. */
export class JournalFault extends Error {
  readonly problem: Problem;
  /** Of a broken run: how many of its entries stand before the break. */
  readonly readable: number;

  constructor(problem: Problem, cause?: unknown, readable = 0) {
    super(`${problem.code} ${problem.message}`, { cause });
    this.problem = problem;
    this.readable = readable;
  }
}
