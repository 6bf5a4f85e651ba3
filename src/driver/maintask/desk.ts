/** What the worker `main-task` needs of the room that keeps the cursors. Types only. */
import type { Json, JsonMap } from "../../core/json.ts";
import type { Failure } from "../../core/outcome.ts";
import type { Result } from "../../core/problem.ts";

export interface LookAsked {
  /** `RUN` of the invocation. */
  readonly run: string;
  readonly stream: string | null;
  /** What the check of the invocation before handed on. */
  readonly course: Json;
}

export interface CheckAsked extends LookAsked {
  /** What `look` saw. */
  readonly before: Json;
  /** How many invocations in a row may get nothing done. */
  readonly patience: number;
}

/** Of a loop that goes no further because something is wrong: what is kept of it all the same, and why. */
export interface Checked {
  readonly output: JsonMap;
  readonly failure: Failure | null;
}

export interface MainTaskDesk {
  look(asked: LookAsked): Promise<Result<JsonMap>>;
  check(asked: CheckAsked): Promise<Result<Checked>>;
  /** What would stand there after so many invocations that each did the obvious; changes nothing. */
  rehearsed(stream: string | null, invocations: number): Promise<Result<JsonMap>>;
}
