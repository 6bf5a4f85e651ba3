/**
 * One reader of what happens. A reader that is slow is not waited for and nothing piles up behind it: of each run only
 * the newest sequence is kept, and what tasks print is left out. The goodbye is the last word and goes out at once: the
 * connection ends behind it.
 */
import type { Happening } from "../contract.ts";

export interface EventSink {
  /** False when no more should come until it has drained. */
  write(text: string): boolean;
}

export class EventStream {
  readonly #sink: EventSink;
  readonly #late = new Map<string, Happening>();
  #isFull = false;

  constructor(sink: EventSink) {
    this.#sink = sink;
    this.tell({ kind: "begin" });
  }

  tell(item: Happening): void {
    if (!this.#isFull || item.kind === "leaving") this.#write(item);
    else if (item.kind === "entries") this.#late.set(item.run, item);
  }

  drained(): void {
    this.#isFull = false;
    for (const [name, item] of [...this.#late]) {
      if (this.#isFull) return;
      this.#late.delete(name);
      this.#write(item);
    }
  }

  /** As a server-sent event: one line of JSON, then an empty line. */
  #write(item: Happening): void {
    this.#isFull = !this.#sink.write(`data: ${JSON.stringify(item)}\n\n`);
  }
}
