/** Work that must not overlap, by name: of each name one after the other, in the order in which it was asked for. */
export class OneByOne {
  readonly #lines = new Map<string, Promise<unknown>>();

  async alone<T>(name: string, call: () => Promise<T>): Promise<T> {
    const mine = (this.#lines.get(name) ?? Promise.resolve()).then(call, call);
    const ended = mine.catch(() => {});
    this.#lines.set(name, ended);
    try {
      return await mine;
    } finally {
      if (this.#lines.get(name) === ended) this.#lines.delete(name);
    }
  }
}
