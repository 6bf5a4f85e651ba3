/**
 * One child of the spawn host, from its start to the record of its exit.
 *
 *   starting  the system says "not now" (EAGAIN, ETXTBSY): again, with longer pauses, then refused
 *   running   output goes to its files; limits of time and silence are watched
 *   ending    it is being ended, for a reason that stays the first one given
 *   draining  it has exited, but somebody still holds its output open: a few seconds, then no longer
 *   over      the exit is recorded; what it left running is looked for
 */
import { errorCode } from "../port/files.ts";
import type { CapturePipe, PipeMaker } from "../port/pipe.ts";
import type { StartedProcess, Stdio } from "../port/spawn.ts";
import { secretForms } from "../work/redact.ts";
import { type Activity, watchActivity } from "./activity.ts";
import type { Leftovers } from "./leftovers.ts";
import { type OutputLog, openOutputLog } from "./output-log.ts";
import { type Ending, endProcess, type ProcessPorts } from "./process-end.ts";
import type { EndReason, HostFrame, HostSettings, ProcessRequest } from "./spawn-host-frames.ts";
import { ambiguousCode } from "./start-trouble.ts";

export interface ChildPorts extends ProcessPorts {
  readonly pipes: PipeMaker;
  readonly leftovers: Leftovers;
}

export interface Child {
  end(reason: EndReason, now: boolean): void;
  input(text: string, last: boolean): void;
}

const START_TRIES_MAX = 6;
const START_PAUSE_MS = 50;
const WHY_LENGTH_MAX = 300;
const LATER_CODES = ["EAGAIN", "ETXTBSY", "EMFILE", "ENFILE", "ENOMEM"];

export function startChild(
  request: ProcessRequest,
  settings: HostSettings,
  ports: ChildPorts,
  tell: (frame: HostFrame) => void,
): Child {
  const child = new HostChild(request, settings, ports, tell);
  child.start();
  return child;
}

/** In a few words: what a fault of our own was. */
export function whyOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).slice(0, WHY_LENGTH_MAX);
}

class HostChild implements Child {
  readonly #request: ProcessRequest;
  readonly #settings: HostSettings;
  readonly #ports: ChildPorts;
  readonly #tell: (frame: HostFrame) => void;
  readonly #log: OutputLog;
  readonly #notes: string[] = [];
  readonly #captures: (CapturePipe | null)[] = [];
  #activity: Activity | null = null;
  #process: StartedProcess | null = null;
  #startTime = "";
  #startMs = 0;
  #tries = 0;
  #reason: EndReason | null = null;
  #ending: Ending | null = null;
  #isEnded = false;
  #openOutputs = 0;
  #exit: { readonly code: number | null; readonly signal: string | null } | null = null;
  #isDrainOver = false;
  #isOver = false;
  #cancelTimeout = () => {};
  #cancelFarewell: (() => void) | null = null;
  #isFarewellOver = false;
  #cancelDrain = () => {};

  constructor(
    request: ProcessRequest,
    settings: HostSettings,
    ports: ChildPorts,
    tell: (frame: HostFrame) => void,
  ) {
    this.#request = request;
    this.#settings = settings;
    this.#ports = ports;
    this.#tell = tell;
    this.#log = openOutputLog({ ...request, forms: secretForms(request.secrets) }, ports.files);
  }

  start(): void {
    try {
      this.#try();
    } catch (thrown) {
      this.#broke(whyOf(thrown));
    }
  }

  /** Without a process it is refused. What a process has done by then nobody knows: it is ended, and counts as lost. */
  #broke(why: string): void {
    if (this.#isOver) return;
    if (this.#process === null) return this.#refuse("BROKEN", why);
    this.#notes.push(`decapod broke on it: ${why}`);
    this.#startTime ||= this.#ports.table.row(this.#process.pid)?.startTime ?? "";
    this.end("broken", true);
  }

  #try(): void {
    const { argv, folder, environment } = this.#request;
    if (this.#reason !== null) return this.#refuse("ENDED");
    this.#tries += 1;
    const input = this.#openInput();
    if (input === null) return;
    this.#captures.splice(0, 2, this.#ports.pipes.take(), this.#ports.pipes.take());
    const outputs = this.#captures.map((capture): Stdio => capture?.childEnd ?? "pipe");
    this.#ports.spawn.start(
      argv,
      { folder, environment, stdio: [input.stdio, ...outputs], ownSession: true },
      {
        started: (process) => this.#started(process),
        failed: (error) => this.#failed(errorCode(error)),
        exited: (code, signal) => this.#exited(code, signal),
      },
    );
    input.close();
    for (const capture of this.#captures) capture?.closeChildEnd();
  }

  end(reason: EndReason, now: boolean): void {
    this.#reason ??= reason;
    if (this.#isOver) return;
    if (this.#ending !== null) return now ? this.#ending.hurry() : undefined;
    // Not started yet: the next try sees the reason.
    if (this.#process === null) return;
    if (!now && this.#bidFarewell()) return;
    this.#cancelFarewell?.();
    this.#ending = endProcess(
      { pid: this.#process.pid, startTime: this.#startTime, token: this.#request.id },
      this.#ports,
      {
        graceMs: now ? 0 : this.#settings.graceMs,
        done: (notes) => {
          this.#notes.push(...notes);
          this.#isEnded = true;
          this.#finishIfDone();
        },
      },
    );
  }

  /** True: it was asked to leave, and has time left to do so. Only once. */
  #bidFarewell(): boolean {
    const { farewell } = this.#request;
    const isOver = this.#isFarewellOver || this.#exit !== null;
    if (farewell === undefined || isOver || this.#reason === null) return false;
    if (this.#cancelFarewell !== null) return true;
    const reason = this.#reason;
    const end = () => {
      this.#isFarewellOver = true;
      this.end(reason, false);
    };
    this.#cancelFarewell = this.#ports.clock.after(farewell.waitMs, end, { hold: true });
    this.input(farewell.text, false);
    return true;
  }

  input(text: string, last: boolean): void {
    const pipe = this.#process?.pipes[0];
    if (pipe === undefined || pipe === null || pipe.writableEnded) return;
    pipe.write(text);
    if (last) pipe.end();
  }

  /** null: refused, and told. */
  #openInput(): { readonly stdio: Stdio; readonly close: () => void } | null {
    const { input } = this.#request;
    if (input === null) return { stdio: "ignore", close: () => {} };
    if (input === "pipe") return { stdio: "pipe", close: () => {} };
    try {
      const file = this.#ports.files.open(input.path, "read");
      return { stdio: file.descriptor, close: () => file.close() };
    } catch {
      this.#refuse("NO_INPUT");
      return null;
    }
  }

  #started(process: StartedProcess): void {
    this.#process = process;
    this.#startTime = this.#ports.table.row(process.pid)?.startTime ?? "";
    this.#startMs = this.#ports.clock.monotonic();
    const { id, idleTimeoutMs, timeoutMs } = this.#request;
    const { progressMs, quietMs } = this.#settings;
    this.#tell({ kind: "started", id, pid: process.pid, startTime: this.#startTime });
    this.#activity = watchActivity({ progressMs, quietMs, idleTimeoutMs }, this.#ports.clock, {
      output: (line) => this.#tell({ kind: "output", id, bytes: this.#log.bytes, line }),
      quiet: (silenceMs) => this.#tell({ kind: "quiet", id, quietMs: silenceMs }),
      idle: (reason) => this.end(reason, false),
    });
    // A child that ends before it has read all closes the pipe; that is no trouble of ours.
    process.pipes[0]?.on("error", () => {});
    for (const stream of [1, 2] as const) this.#capture(stream, process);
    if (timeoutMs !== null) {
      this.#cancelTimeout = this.#ports.clock.after(timeoutMs, () => this.end("timeout", false));
    }
    if (this.#reason !== null) this.end(this.#reason, false);
  }

  #capture(stream: 1 | 2, process: StartedProcess): void {
    const pipe = this.#captures[stream - 1]?.stream ?? process.pipes[stream];
    if (pipe === null || pipe === undefined) return;
    this.#openOutputs += 1;
    pipe.on("data", (data: Buffer) => {
      this.#activity?.printed(stream, this.#log.write(stream, data));
    });
    pipe.on("error", () => {});
    pipe.on("close", () => {
      this.#openOutputs -= 1;
      this.#finishIfDone();
    });
  }

  #failed(code: string): void {
    this.#closeCaptures();
    if (LATER_CODES.includes(code) && this.#tries < START_TRIES_MAX && this.#reason === null) {
      const pauseMs = START_PAUSE_MS * 2 ** (this.#tries - 1);
      this.#ports.clock.after(pauseMs, () => this.start(), { hold: true });
      return;
    }
    this.#refuse(ambiguousCode(code, this.#request, this.#ports.files));
  }

  #refuse(code: string, why?: string): void {
    this.#isOver = true;
    this.#closeCaptures();
    this.#log.end();
    this.#tell({ kind: "refused", id: this.#request.id, code, ...(why !== undefined && { why }) });
  }

  #closeCaptures(): void {
    for (const capture of this.#captures) capture?.stream.destroy();
  }

  #exited(code: number | null, signal: string | null): void {
    this.#exit = { code, signal };
    this.#cancelTimeout();
    const stopWaiting = () => {
      this.#isDrainOver = true;
      this.#finishIfDone();
    };
    this.#cancelDrain = this.#ports.clock.after(this.#settings.drainMs, stopWaiting, { hold: true });
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#isOver || this.#exit === null || this.#process === null) return;
    if (this.#ending !== null && !this.#isEnded) return;
    if (this.#openOutputs > 0 && !this.#isDrainOver) return;
    this.#isOver = true;
    this.#cancelDrain();
    this.#cancelFarewell?.();
    if (this.#openOutputs > 0) this.#notes.push("output still open");
    this.#closeCaptures();
    for (const pipe of this.#process.pipes) pipe?.destroy();
    this.#activity?.end();
    this.#tell(this.#exitFrame(this.#exit));
    if (this.#ending === null) this.#ports.leftovers.watch(this.#request.id);
  }

  #exitFrame(exit: { readonly code: number | null; readonly signal: string | null }): HostFrame {
    const { notes, ...printed } = this.#log.end();
    return {
      kind: "exit",
      id: this.#request.id,
      ...exit,
      reason: this.#reason,
      durationMs: Math.round(this.#ports.clock.monotonic() - this.#startMs),
      ...printed,
      lastError: this.#activity?.lastWords() ?? "",
      notes: [...this.#notes, ...notes],
    };
  }
}
