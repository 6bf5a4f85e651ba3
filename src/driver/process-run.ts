/** One process as a driver sees it: what it may be told, what it tells, how it ended. */
import type { Progress } from "./driver.ts";
import type { EndReason, ExitFrame, ProcessRequest, RefusedFrame } from "./spawn-host-frames.ts";

/** lost: the host died, and with it the only one who could have learned how the process ends. It was ended. */
export type ProcessEnd =
  | ExitFrame
  | RefusedFrame
  | {
      readonly kind: "lost";
      readonly id: string;
      readonly notes: readonly string[];
      /** True when it never came to a host: its engine died between the intent and the start. */
      readonly neverBegan?: boolean;
    };

export interface ProcessListener {
  started(pid: number, startTime: string): void;
  output(bytes: number, line: string): void;
  quiet(quietMs: number): void;
  /** Exactly once, and last. */
  ended(end: ProcessEnd): void;
}

export interface RunningProcess {
  /** TERM, grace, KILL; without the grace when `now`. A second call may only hurry. */
  end(reason: EndReason, now: boolean): void;
  input(text: string, last: boolean): void;
}

/** What there is to know of one that an earlier engine started. */
export type TakenUp = Pick<ProcessRequest, "id" | "logPath" | "logBytesMax">;

/** What a driver needs of the spawn host. */
export interface ProcessStarter {
  start(request: ProcessRequest, listener: ProcessListener): RunningProcess;
  reattach(request: TakenUp, listener: ProcessListener): RunningProcess;
}

/** Runs a process to its end; an abort of the signal ends it, for the signal's reason. */
export async function* runProcess(
  starter: ProcessStarter,
  request: ProcessRequest & { readonly reattach: boolean },
  signal: AbortSignal,
): AsyncGenerator<Progress, ProcessEnd> {
  const { reattach, ...start } = request;
  const mail = new Mail();
  const process = reattach ? starter.reattach(start, mail) : starter.start(start, mail);
  const stop = () => process.end(reasonOf(signal.reason), signal.reason === "kill");
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const progress = mail.take();
      if (progress !== null) yield progress;
      else if (mail.end !== null) return mail.end;
      else await mail.arrival();
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Whoever stops listening has no more use for the process.
    if (mail.end === null) process.end("cancelled", false);
  }
}

function reasonOf(reason: unknown): EndReason {
  switch (reason) {
    case "timeout":
    case "budget":
    case "shutdown":
    case "done":
      return reason;
    case "kill":
      return "shutdown";
    default:
      return "cancelled";
  }
}

/** Progress that waits to be taken. Of several outputs only the latest is worth showing. */
class Mail implements ProcessListener {
  readonly #waiting: Progress[] = [];
  #arrived: () => void = () => {};
  end: ProcessEnd | null = null;

  take(): Progress | null {
    return this.#waiting.shift() ?? null;
  }

  arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  started(pid: number, startTime: string): void {
    this.#put({ kind: "started", pid, startTime });
  }

  output(bytes: number, line: string): void {
    if (this.#waiting.at(-1)?.kind === "output") this.#waiting.pop();
    this.#put({ kind: "output", bytes, line });
  }

  quiet(quietMs: number): void {
    this.#put({ kind: "quiet", quietMs });
  }

  ended(end: ProcessEnd): void {
    this.end = end;
    this.#arrived();
  }

  #put(progress: Progress): void {
    this.#waiting.push(progress);
    this.#arrived();
  }
}

export function quietText(quietMs: number): string {
  return `no output for ${durationText(quietMs)}`;
}

/** `90 s`, `10 min`, `2 h`, as in messages. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}
