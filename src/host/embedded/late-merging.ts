/** Most children have no worktree of their own: what waits for their merges is loaded for the first that has one. */
import type { ChildEnded } from "../../core/event.ts";
import type { Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import type { Desk } from "./desk.ts";
import { homeIn } from "./homes.ts";
import type { Merge, Merging, MergingOptions } from "./merging.ts";

export class LateMerging {
  readonly #desk: Desk;
  readonly #options: MergingOptions;
  readonly #written: () => Promise<Result<null>>;
  #loading: Promise<Merging> | null = null;
  #merging: Merging | null = null;

  constructor(desk: Desk, options: MergingOptions, written: () => Promise<Result<null>>) {
    this.#desk = desk;
    this.#options = options;
    this.#written = written;
  }

  async close(): Promise<void> {
    (await this.#loading)?.close();
  }

  /** At the end of a turn. */
  look(): void {
    this.#merging?.look();
  }

  /** Told at once when it had no worktree of its own. */
  follow(child: Run, ended: ChildEnded, tell: (ended: ChildEnded) => void): void {
    const { merge, lookup } = this.#options;
    const { parent, rehearse } = child.start;
    if (merge === undefined || parent === null || rehearse || ended.status !== "success") return tell(ended);
    const home = homeIn(this.#desk, child, lookup);
    if (home.run !== child.id) return tell(ended);
    void this.#loaded(merge).then((merging) => merging.add({ home, parent, ended, tell }));
  }

  #loaded(merge: Merge): Promise<Merging> {
    this.#loading ??= import("./merging.ts").then(({ Merging: made }) => {
      this.#merging = new made(this.#desk, { ...this.#options, merge, written: this.#written });
      return this.#merging;
    });
    return this.#loading;
  }
}
