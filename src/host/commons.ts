/** What runs wait for each other about: limits, places of attempts with what they hold, groups of runs. */
import type { Claim } from "../core/effect.ts";
import type { AttemptRef } from "../core/event.ts";
import type { Offer } from "../core/grant.ts";
import { present } from "../core/invariant.ts";
import type { Run } from "../core/run.ts";
import { GroupTable } from "./groups.ts";
import { LimitTable } from "./limits.ts";
import { GrantQueue } from "./queue.ts";

export class Commons {
  readonly limits = new LimitTable();
  readonly queue = new GrantQueue(this.limits);
  readonly groups = new GroupTable();
}

/** A rehearsal is in nobody's way but another one's. */
export class Worlds {
  readonly #real = new Commons();
  readonly #rehearsed = new Commons();
  readonly #runOf: (id: string) => Run | undefined;

  constructor(runOf: (id: string) => Run | undefined) {
    this.#runOf = runOf;
  }

  of({ rehearse }: Run["start"]): Commons {
    return rehearse ? this.#rehearsed : this.#real;
  }

  /** Of a run that is open here. */
  by(run: string): Commons {
    return this.of(present(this.#runOf(run), "what asks for a place is open").start);
  }

  /** True while attempts wait to be claimed. */
  get isAsked(): boolean {
    return this.#real.queue.size + this.#rehearsed.queue.size > 0;
  }

  /** The best claim that fits this offer now, taken out of its queue; undefined when none does. */
  next(offer: Offer): Claim | undefined {
    return this.#real.queue.take(offer) ?? this.#rehearsed.queue.take(offer);
  }

  /** What an attempt holds, also of a run that is open no more. */
  release(run: string, ref: AttemptRef): void {
    for (const { queue } of [this.#real, this.#rehearsed]) queue.release(run, ref);
  }
}
