/** The engine's end of one spawn host's socket. It keeps the engine alive until the host is ready, and while children run. */
import type { Clock } from "../port/clock.ts";
import type { Pipe } from "../port/spawn.ts";
import { type EngineFrame, frameReader, type HostFrame } from "./spawn-host-frames.ts";

export interface LinkEvents {
  frame(frame: HostFrame): void;
  gone(): void;
}

export class HostLink {
  readonly hello: Promise<void>;
  readonly #pipe: Pipe;
  readonly #clock: Clock;
  readonly #ids = new Set<string>();
  readonly #closed: Promise<void>;
  #pid: number | null = null;
  #outgoing = "";

  constructor(pipe: Pipe, clock: Clock, events: LinkEvents) {
    this.#pipe = pipe;
    this.#clock = clock;
    const hello = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    this.hello = hello.promise;
    this.#closed = closed.promise;
    const read = frameReader<HostFrame>((frame) => {
      if (frame.kind === "hello") {
        this.#pid = frame.pid;
        hello.resolve();
        if (this.#ids.size === 0) pipe.unref();
      }
      events.frame(frame);
    });
    pipe.setEncoding("utf8");
    pipe.on("data", read);
    pipe.on("error", () => {});
    pipe.on("close", () => {
      this.#pid = null;
      hello.resolve();
      closed.resolve();
      events.gone();
    });
  }

  get isReady(): boolean {
    return this.#pid !== null;
  }

  get pid(): number | null {
    return this.#pid;
  }

  get count(): number {
    return this.#ids.size;
  }

  add(id: string): void {
    this.#ids.add(id);
    this.#pipe.ref();
  }

  remove(id: string): void {
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.#pipe.unref();
  }

  /** All frames of a loop turn in one write. */
  send(frame: EngineFrame): void {
    if (this.#outgoing === "") this.#clock.soon(() => this.#flush());
    this.#outgoing += `${JSON.stringify(frame)}\n`;
  }

  /** The host sees the end of the socket and leaves when it has nothing left to do. */
  close(): Promise<void> {
    this.#flush();
    this.#pipe.ref();
    this.#pipe.end();
    return this.#closed;
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = "";
    if (text !== "") this.#pipe.write(text);
  }
}
