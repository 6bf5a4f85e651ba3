/** What a spawn host does: frames from the engine become children, their starts and exits become lines and frames. */
import { join } from "node:path";
import { errorCode, type OpenFile } from "../port/files.ts";
import { type PipeMaker, pipeMaker } from "../port/pipe.ts";
import type { Pipe } from "../port/spawn.ts";
import { type Leftovers, leftovers } from "./leftovers.ts";
import { portsOfProject } from "./own-processes.ts";
import type { ProcessPorts } from "./process-end.ts";
import { type Child, startChild, whyOf } from "./spawn-host-child.ts";
import {
  type BeginLine,
  type EngineFrame,
  type ExitLogLine,
  frameReader,
  type HostFrame,
  type HostSettings,
} from "./spawn-host-frames.ts";

export interface HostDuties {
  readonly pid: number;
  /** Starts the second host on the spare socket. */
  readonly startSecond: () => void;
  /** What children's files may not allow; ours say their modes themselves. */
  readonly setMask: (mask: number) => void;
  /** Nothing is left to do and nobody to do it for. */
  readonly leave: () => void;
}

export interface HostLoop {
  bug(message: string): void;
}

const MESSAGE_LENGTH_MAX = 2_000;
/** How long news may wait for more of it. */
const NEWS_MS = 2;
/** What these errors keep out of the exit log goes in once there is room; until then the host stays. */
const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);
const RECORD_AGAIN_MS = 500;

export function runHost(engine: Pipe, ports: ProcessPorts, duties: HostDuties): HostLoop {
  const host = new Host(engine, ports, duties);
  host.listen();
  return { bug: (message) => host.tell({ kind: "bug", message: message.slice(0, MESSAGE_LENGTH_MAX) }) };
}

class Host {
  readonly #engine: Pipe;
  #ports: ProcessPorts;
  readonly #duties: HostDuties;
  readonly #startTime: string;
  readonly #children = new Map<string, Child>();
  #settings: HostSettings | null = null;
  #exitLog: OpenFile | null = null;
  #pipes: PipeMaker | null = null;
  #leftovers: Leftovers | null = null;
  #isEngineGone = false;
  #unrecorded = "";
  #outgoing = "";
  #isFlushUrgent = false;
  #cancelFlush: (() => void) | null = null;

  constructor(engine: Pipe, ports: ProcessPorts, duties: HostDuties) {
    this.#engine = engine;
    this.#ports = ports;
    this.#duties = duties;
    this.#startTime = ports.table.row(duties.pid)?.startTime ?? "";
  }

  listen(): void {
    const read = frameReader<EngineFrame>((frame) => this.#take(frame));
    this.#engine.setEncoding("utf8");
    this.#engine.on("data", read);
    this.#engine.on("error", () => {});
    this.#engine.on("close", () => this.#engineGone());
    this.tell({ kind: "hello", pid: this.#duties.pid, startTime: this.#startTime });
  }

  /** Starts and ends are recorded first and told after: what the engine has heard is never forgotten. */
  tell(frame: HostFrame): void {
    const isEnd = frame.kind === "exit" || frame.kind === "refused";
    if (frame.kind === "started") {
      this.#record({ ...frame, host: this.#duties.pid, hostStartTime: this.#startTime });
    } else if (isEnd) {
      this.#record(frame);
      this.#children.delete(frame.id);
    }
    if (!this.#isEngineGone) this.#outgoing += `${JSON.stringify(frame)}\n`;
    this.#flushSoon(isEnd || frame.kind === "hello");
  }

  #take(frame: EngineFrame): void {
    switch (frame.kind) {
      case "setup":
        return this.#setUp(frame);
      case "second":
        return this.#duties.startSecond();
      case "start":
        return this.#start(frame);
      case "end":
        return this.#children.get(frame.id)?.end(frame.reason, frame.now);
      case "input":
        return this.#children.get(frame.id)?.input(frame.text, frame.last);
      /* node:coverage ignore next */
      default:
        frame satisfies never;
    }
  }

  #setUp(settings: HostSettings): void {
    this.#settings = settings;
    this.#duties.setMask(settings.umask);
    this.#exitLog = this.#ports.files.open(settings.exitLog, "append");
    // The last line of an earlier host may have been cut off with the power.
    if (this.#exitLog.stat().size > 0) this.#writeNow("");
    this.#pipes = pipeMaker(join(settings.pipeFolder, `pipes-${this.#duties.pid}`));
    this.#ports = portsOfProject(this.#ports, settings.exitLog);
    this.#leftovers = leftovers(this.#ports, settings.sweepMs, () => this.#leaveIfDone());
  }

  #start(request: EngineFrame & { readonly kind: "start" }): void {
    const [settings, pipes, watch] = [this.#settings, this.#pipes, this.#leftovers];
    if (settings === null || pipes === null || watch === null || this.#children.has(request.id)) {
      return this.tell({ kind: "refused", id: request.id, code: "PROTOCOL" });
    }
    // What a process does to its host in its first moment is its doing: it counts as lost, not as never begun.
    const begin: BeginLine = { kind: "begin", attempt: request.id };
    this.#writeNow(JSON.stringify(begin));
    const ports = { ...this.#ports, pipes, leftovers: watch };
    let isOver = false;
    const tell = (frame: HostFrame) => {
      isOver ||= frame.kind === "refused" || frame.kind === "exit";
      this.tell(frame);
    };
    try {
      const child = startChild(request, settings, ports, tell);
      // Refused at once: it was never among the children.
      if (!isOver) this.#children.set(request.id, child);
    } catch (thrown) {
      // It breaks here only before there is a process. Unanswered, its engine would wait for it for ever.
      if (!isOver) this.tell({ kind: "refused", id: request.id, code: "BROKEN", why: whyOf(thrown) });
      watch.watch(request.id);
    }
  }

  /** With all that waits before it: a part of that may stand in the log, and would take a line behind it along. */
  #writeNow(line: string): void {
    const lines = `${this.#unrecorded}${line}\n`;
    this.#unrecorded = "";
    const trouble = this.#write(lines);
    if (trouble === "") return;
    this.#outgoing += trouble;
    this.#flushSoon(false);
  }

  #record(line: ExitLogLine): void {
    this.#unrecorded += `${JSON.stringify(line)}\n`;
  }

  /**
   * What a child does in one turn, or a short one in all its life, goes out in one write. An end does not wait for
   * company; news does, but not long.
   */
  #flushSoon(isUrgent: boolean): void {
    if (isUrgent && !this.#isFlushUrgent) {
      this.#isFlushUrgent = true;
      this.#cancelFlush?.();
      this.#ports.clock.soon(() => this.#flush());
    } else if (this.#cancelFlush === null && !this.#isFlushUrgent) {
      this.#cancelFlush = this.#ports.clock.after(NEWS_MS, () => this.#flush(), { hold: true });
    }
  }

  #flush(): void {
    this.#isFlushUrgent = false;
    this.#cancelFlush = null;
    const [lines, frames] = [this.#unrecorded, this.#outgoing];
    this.#unrecorded = "";
    this.#outgoing = "";
    const trouble = lines === "" ? "" : this.#write(lines);
    if (!this.#isEngineGone && trouble + frames !== "") this.#engine.write(trouble + frames);
    this.#leaveIfDone();
  }

  /** Returns what the engine is told when the log takes nothing. What a full disk refuses is written later. */
  #write(lines: string): string {
    try {
      this.#exitLog?.write(lines);
      return "";
    } catch (error) {
      if (FULL.has(errorCode(error))) {
        // A part of it may stand there: the next record begins on a line of its own.
        this.#unrecorded = `\n${lines.trimStart()}${this.#unrecorded}`;
        this.#cancelFlush ??= this.#ports.clock.after(RECORD_AGAIN_MS, () => this.#flush(), { hold: true });
        return "";
      }
      const bug: HostFrame = { kind: "bug", message: `the exit log cannot be written: ${String(error)}` };
      return `${JSON.stringify(bug)}\n`;
    }
  }

  #engineGone(): void {
    this.#isEngineGone = true;
    this.#leftovers?.hurry();
    if (this.#settings?.whenEngineDies === "end") {
      for (const child of this.#children.values()) child.end("engine_died", false);
    }
    this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    if (
      !this.#isEngineGone ||
      this.#unrecorded !== "" ||
      this.#children.size > 0 ||
      this.#leftovers?.isBusy() === true
    )
      return;
    this.#pipes?.close();
    this.#duties.leave();
  }
}
