/** What the desk asks of who holds it. */
import type { Claim, Effect, StopCause } from "../../core/effect.ts";
import type { AttemptRef } from "../../core/event.ts";
import type { Run } from "../../core/run.ts";
import type { Cache } from "../cache.ts";

/** Between a run and its children, in both directions; and what is looked at for it. */
export type ChildEffect = Effect & {
  do: "start_child" | "stop_child" | "pause_child" | "resume_child" | "tell_parent" | "measure";
};

/** What the desk hands on: effects that reach outside of one run's own bookkeeping. */
export interface DeskEvents {
  readonly cache: Cache;
  /** Something was added to the batch. */
  changed(): void;
  /** Whether any arm could ever take this claim. */
  hasArm(claim: Claim): boolean;
  /** To be done once the batch is written. */
  stop(run: string, attempt: AttemptRef, cause: StopCause): void;
  child(run: string, effect: ChildEffect): void;
  closed(run: Run): void;
  /** Of a run that is open and that nobody has taken up. */
  takeUp(run: string): void;
}
