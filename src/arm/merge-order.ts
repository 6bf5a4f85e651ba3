/** Merges into the branch of one run are made one at a time; those of items that are at work at once, in item order. */
import type { Lease } from "../host/host.ts";
import { OneByOne } from "../port/one-by-one.ts";

export class MergeOrder {
  /** Items at work and who has them, by task and run. */
  readonly #items = new Map<string, Map<number, string>>();
  readonly #branches = new OneByOne();
  #waiting: (() => void)[] = [];

  begin({ assignment, token }: Lease): void {
    const { item } = assignment;
    if (item === undefined) return;
    const name = nameOf(assignment);
    const items = this.#items.get(name) ?? new Map();
    this.#items.set(name, items.set(item, token));
  }

  /** Resolves once no earlier item is at work any more, or once it shall end: then it waits for nobody. */
  async turn({ assignment, signal }: Lease): Promise<void> {
    const { item } = assignment;
    if (item === undefined) return;
    const stop = () => this.#wake();
    signal.addEventListener("abort", stop, { once: true });
    const isBehind = () =>
      [...(this.#items.get(nameOf(assignment))?.keys() ?? [])].some((other) => other < item);
    while (isBehind() && !signal.aborted) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    signal.removeEventListener("abort", stop);
  }

  alone<T>({ home, assignment }: Lease, call: () => Promise<T>): Promise<T> {
    return this.#branches.alone(home?.run ?? assignment.run, call);
  }

  /** Nothing, when the item has begun again meanwhile. */
  end({ assignment, token }: Lease): void {
    const { item } = assignment;
    if (item === undefined) return;
    const name = nameOf(assignment);
    const items = this.#items.get(name);
    if (items?.get(item) === token) items.delete(item);
    if (items?.size === 0) this.#items.delete(name);
    this.#wake();
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }
}

function nameOf({ run, task }: Lease["assignment"]): string {
  return `${run}/${task}`;
}
