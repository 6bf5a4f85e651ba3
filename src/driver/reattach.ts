/**
 * An attempt that an earlier engine began. Its exit is on record, or it still runs under a living host and is followed
 * until that host records its exit, or it is lost; then what is left of it is ended.
 */
import { safeLine } from "../work/terminal.ts";
import { type ExitLog, settleAttempt } from "./exit-log.ts";
import { headBytes } from "./log-head.ts";
import { endProcess, type ProcessPorts } from "./process-end.ts";
import type { ProcessEnd, ProcessListener, RunningProcess, TakenUp } from "./process-run.ts";
import type { EndReason } from "./spawn-host-frames.ts";

export interface ReattachOptions {
  readonly request: TakenUp;
  readonly exitLogPath: string;
  readonly log: ExitLog;
  readonly graceMs: number;
  /** Silence after which the listener is told. */
  readonly quietMs: number;
}

export interface AdoptedProcess extends RunningProcess {
  /** Looks at it no more; it goes on. */
  letGo(): void;
}

const LOOK_MS = 250;
const TAIL_BYTES = 2_048;

export function reattachProcess(
  options: ReattachOptions,
  ports: ProcessPorts,
  listener: ProcessListener,
): AdoptedProcess {
  const follower = new Follower(options, ports, listener);
  ports.clock.soon(() => follower.begin());
  return follower;
}

class Follower implements AdoptedProcess {
  readonly #options: ReattachOptions;
  readonly #ports: ProcessPorts;
  readonly #listener: ProcessListener;
  #reason: EndReason | null = null;
  #hurry: (() => void) | null = null;
  #size = 0;
  /** When it was seen to have printed something, or was taken up. */
  #byteAt = 0;
  #isQuiet = false;
  #isOver = false;
  #isLost = false;
  #unwatch = () => {};
  #cancel = () => {};

  constructor(options: ReattachOptions, ports: ProcessPorts, listener: ProcessListener) {
    this.#options = options;
    this.#ports = ports;
    this.#listener = listener;
  }

  begin(): void {
    if (this.#isOver) return;
    const { request, log, exitLogPath } = this.#options;
    this.#byteAt = this.#ports.clock.monotonic();
    log.refresh();
    const settled = settleAttempt(request.id, log, this.#ports.table);
    if (settled.kind === "running") {
      this.#listener.started(settled.start.pid, settled.start.startTime);
      try {
        this.#unwatch = this.#ports.files.watch(exitLogPath, () => this.#look());
      } catch {
        // Only a hint: the looks come anyway.
      }
    }
    this.#look();
  }

  end(reason: EndReason, now: boolean): void {
    this.#reason ??= reason;
    if (this.#hurry !== null) return now ? this.#hurry() : undefined;
    const { request, log, graceMs } = this.#options;
    const { id } = request;
    const { start } = log.find(id);
    if (start === null || this.#isOver) return;
    const target = { pid: start.pid, startTime: start.startTime, token: id };
    const ending = endProcess(target, this.#ports, { graceMs: now ? 0 : graceMs, done: () => this.#look() });
    this.#hurry = () => ending.hurry();
  }

  letGo(): void {
    this.#isOver = true;
    this.#cancel();
    this.#unwatch();
  }

  /** Its standard input belongs to the engine that died. */
  input(): void {}

  #look(): void {
    if (this.#isOver || this.#isLost) return;
    this.#cancel();
    const { request, log } = this.#options;
    const { id } = request;
    log.refresh();
    const settled = settleAttempt(id, log, this.#ports.table);
    if (settled.kind === "ended") {
      const { end } = settled;
      return this.#finish(end.kind === "exit" ? { ...end, reason: end.reason ?? this.#reason } : end);
    }
    if (settled.kind === "lost") return this.#lose();
    this.#showOutput();
    this.#cancel = this.#ports.clock.after(LOOK_MS, () => this.#look(), { hold: true });
  }

  #lose(): void {
    this.#isLost = true;
    const { request, log } = this.#options;
    const { id } = request;
    const { start, wasBegun } = log.find(id);
    const target = { pid: start?.pid ?? -1, startTime: start?.startTime ?? "", token: id };
    const done = (notes: readonly string[]) =>
      this.#finish({
        kind: "lost",
        id,
        notes: ["the process that started it is gone", ...notes],
        neverBegan: !wasBegun,
      });
    endProcess(target, this.#ports, { graceMs: 0, done });
  }

  #finish(end: ProcessEnd): void {
    this.#isOver = true;
    this.#cancel();
    this.#unwatch();
    this.#listener.ended(end);
  }

  #showOutput(): void {
    const { logPath } = this.#options.request;
    const size = this.#ports.files.stat(logPath)?.size ?? 0;
    if (size === this.#size) return this.#tellQuiet();
    this.#size = size;
    this.#byteAt = this.#ports.clock.monotonic();
    this.#isQuiet = false;
    const file = this.#ports.files.open(logPath, "read");
    const text = Buffer.from(file.read(Math.max(0, size - TAIL_BYTES), TAIL_BYTES)).toString("utf8");
    file.close();
    this.#listener.output(size, safeLine(text.trimEnd().split("\n").at(-1) ?? ""));
  }
  /** Once for each silence. A log that has had its first half says no more: what follows is not in it yet. */
  #tellQuiet(): void {
    const { request, quietMs } = this.#options;
    const silenceMs = this.#ports.clock.monotonic() - this.#byteAt;
    if (this.#isQuiet || silenceMs < quietMs || this.#size >= headBytes(request.logBytesMax)) return;
    this.#isQuiet = true;
    this.#listener.quiet(silenceMs);
  }
}
