/** Few people have what runs make pushed: what does it is loaded for them alone. */
import type { LocalEngineOptions } from "./local-engine-options.ts";
import type { PushLoop } from "./push-loop.ts";

export class LatePushing {
  readonly #loading: Promise<PushLoop | null> | null;

  constructor(options: LocalEngineOptions) {
    const isAsked = Object.keys(options.user.push).length > 0;
    const loaded = () => import("./pushing.ts").then(({ pushingHere }) => pushingHere(options));
    // A folder that cannot be read: no run fails of it, and health says that nothing has gone.
    this.#loading = isAsked ? loaded().catch(() => null) : null;
  }

  /** Something was saved or merged. */
  soon(): void {
    void this.#loading?.then((loop) => loop?.soon());
  }

  async end(): Promise<void> {
    await (await this.#loading)?.end();
  }
}
