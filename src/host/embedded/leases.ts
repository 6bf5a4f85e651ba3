/** Attempts handed to arms: the token that fences their results, and the signal that ends them. */
import type { StopCause } from "../../core/effect.ts";
import type { AttemptRef } from "../../core/event.ts";
import type { Problem } from "../../core/problem.ts";
import type { Lease } from "../host.ts";
import { attemptKey } from "../queue.ts";

interface Held {
  readonly lease: Lease;
  readonly controller: AbortController;
}

export class LeaseTable {
  readonly #byToken = new Map<string, Held>();
  readonly #byAttempt = new Map<string, Held>();

  get size(): number {
    return this.#byToken.size;
  }

  give(given: Omit<Lease, "signal">): Lease {
    const controller = new AbortController();
    const lease: Lease = { ...given, signal: controller.signal };
    const held = { lease, controller };
    this.#byToken.set(given.token, held);
    this.#byAttempt.set(attemptKey(given.assignment.run, given.assignment), held);
    return lease;
  }

  /** True when this lease is the one that counts. */
  has(lease: Lease): boolean {
    return this.#byToken.get(lease.token)?.lease === lease;
  }

  end(lease: Lease): void {
    this.#byToken.delete(lease.token);
    this.#byAttempt.delete(attemptKey(lease.assignment.run, lease.assignment));
  }

  /** Ends the attempt, if an arm has it. */
  stop(key: string, cause: StopCause | "shutdown"): void {
    this.#byAttempt.get(key)?.controller.abort(cause);
  }

  of(run: string): readonly Lease[] {
    return [...this.#byToken.values()]
      .map((held) => held.lease)
      .filter((lease) => lease.assignment.run === run);
  }
}

export function fenced(ref: AttemptRef): Problem {
  return { code: "E_FENCED", message: `attempt ${ref.attempt} of ${ref.task} is not this arm's any more` };
}
