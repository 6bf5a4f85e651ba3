/** Most runs are real: they do not load what plays the agents and the person of a rehearsal. */
import type { Result } from "../core/problem.ts";
import type { Driver } from "../driver/driver.ts";
import { loadNow } from "../port/load-now.ts";
import type { Rehearsals, RehearsalsOptions } from "./rehearsals.ts";

export class LateRehearsals {
  readonly #options: RehearsalsOptions;
  #played: Rehearsals | null = null;

  constructor(options: RehearsalsOptions) {
    this.#options = options;
  }

  begin(...rehearsed: Parameters<Rehearsals["begin"]>): Result<null> {
    return this.#loaded().begin(...rehearsed);
  }

  resume(...rehearsed: Parameters<Rehearsals["resume"]>): Result<null> {
    return this.#loaded().resume(...rehearsed);
  }

  /** What plays the attempts of a run; null for one that is real. */
  driverOf(run: string): Driver | null {
    const isPlayed = this.#options.engine.run(run)?.start.rehearse === true;
    return isPlayed ? this.#loaded().driverOf(run) : null;
  }

  close(): void {
    this.#played?.close();
  }

  #loaded(): Rehearsals {
    this.#played ??= new (loadNow<typeof import("./rehearsals.ts")>(
      import.meta.url,
      "rehearsals",
    ).Rehearsals)(this.#options);
    return this.#played;
  }
}
