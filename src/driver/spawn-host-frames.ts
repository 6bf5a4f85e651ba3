/** What engine and spawn host say to each other: one JSON object a line, over a socketpair. */
import type { ViewName } from "./output-view.ts";

/** Settings that hold for all children of a host. */
export interface HostSettings {
  /** Where each start and each exit is recorded, one JSON object a line. */
  readonly exitLog: string;
  /** A folder for the host's pipes; it makes and removes it. */
  readonly pipeFolder: string;
  /** "stay": children go on and their exits are recorded. "end": they are ended. */
  readonly whenEngineDies: "stay" | "end";
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** How long output may stay open after the exit. */
  readonly drainMs: number;
  /** How long after an exit its leftovers are looked for. */
  readonly sweepMs: number;
  /** Silence after which the engine is told. */
  readonly quietMs: number;
  /** Latest lines go to the engine at most this often. */
  readonly progressMs: number;
  /** The file mode mask of the children: the person's, not the engine's own stricter one. */
  readonly umask: number;
}

export const HOST_DEFAULTS = {
  whenEngineDies: "stay",
  graceMs: 10_000,
  drainMs: 4_500,
  sweepMs: 1_000,
  quietMs: 600_000,
  progressMs: 100,
  umask: 0o022,
} as const;

export interface ProcessRequest {
  /** The attempt's id. The child's environment holds the same text as DECAPOD_ATTEMPT. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly folder: string;
  /** Complete. */
  readonly environment: Readonly<Record<string, string>>;
  /** Everything it prints, redacted, up to `logBytesMax`. Made with the first byte. */
  readonly logPath: string;
  /** What the log may have: half of it for the beginning, half for the end. Absent: as much as any log. */
  readonly logBytesMax?: number;
  /** Its standard output alone, redacted, when it is longer than what an exit carries. */
  readonly stdoutPath: string;
  /** What is above is left out of that file. */
  readonly stdoutBytesMax: number;
  /**
   * For a standard output that a driver reads along: its file is written from the first byte on and holds the first and
   * the last 5 MiB whatever `stdoutBytesMax` says, and the log shows what a person wants to see of it. null: plain text.
   */
  readonly view: ViewName | null;
  /** A file to be its standard input, "pipe" for one the engine writes, or null: nothing to read. */
  readonly input: { readonly path: string } | "pipe" | null;
  /** Written to its standard input, a pipe, before it is ended: so long it has to leave by itself. Absent: nothing. */
  readonly farewell?: { readonly text: string; readonly waitMs: number };
  readonly secrets: Readonly<Record<string, string>>;
  readonly timeoutMs: number | null;
  readonly idleTimeoutMs: number | null;
}

/** Why a process was ended by us. idle: no output; stuck: output, but nothing new in it; done: it had given its result; broken: a fault of our own. */
export type EndReason =
  | "cancelled"
  | "timeout"
  | "budget"
  | "shutdown"
  | "engine_died"
  | "idle"
  | "stuck"
  | "done"
  | "broken";

export type EngineFrame =
  | ({ readonly kind: "setup" } & HostSettings)
  /** Start a second host on the other socket. */
  | { readonly kind: "second" }
  | ({ readonly kind: "start" } & ProcessRequest)
  /** `now`: without the grace. */
  | { readonly kind: "end"; readonly id: string; readonly reason: EndReason; readonly now: boolean }
  | { readonly kind: "input"; readonly id: string; readonly text: string; readonly last: boolean };

export interface StartedFrame {
  readonly kind: "started";
  readonly id: string;
  readonly pid: number;
  readonly startTime: string;
}

export interface RefusedFrame {
  readonly kind: "refused";
  readonly id: string;
  /**
   * The system's code: ENOENT, EACCES, EAGAIN, E2BIG, ETXTBSY, …; NO_FOLDER, NO_INTERPRETER where it is ambiguous; BROKEN:
   * a fault of our own, and `why`.
   */
  readonly code: string;
  readonly why?: string;
}

export interface ExitFrame {
  readonly kind: "exit";
  readonly id: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason: EndReason | null;
  readonly durationMs: number;
  /** Printed in all, also what was left out of the log. */
  readonly bytes: number;
  readonly stdoutBytes: number;
  /** The whole of a short standard output, redacted; null when it is in its file. */
  readonly stdout: string | null;
  /** Why standard output could not be kept whole, where that is so: a full disk, mostly. */
  readonly unkept?: string;
  /** The last line of standard error, else of standard output, made safe; "" when there is none. */
  readonly lastError: string;
  readonly notes: readonly string[];
}

export type HostFrame =
  | { readonly kind: "hello"; readonly pid: number; readonly startTime: string }
  | StartedFrame
  | RefusedFrame
  | { readonly kind: "output"; readonly id: string; readonly bytes: number; readonly line: string }
  | { readonly kind: "quiet"; readonly id: string; readonly quietMs: number }
  | ExitFrame
  /** The host met something it did not expect and is about to die. */
  | { readonly kind: "bug"; readonly message: string };

/** Written before the process exists. Not `id`: a version that does not know this line passes it over. */
export interface BeginLine {
  readonly kind: "begin";
  readonly attempt: string;
}

/** A line of the exit log. Start lines name the host, so that a later engine knows whether an exit can still come. */
export type ExitLogLine =
  | (StartedFrame & { readonly host: number; readonly hostStartTime: string })
  | RefusedFrame
  | ExitFrame;

/** Turns pieces of text into frames. A line that is no JSON object is passed over: it cannot be answered. */
export function frameReader<Frame>(call: (frame: Frame) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const frame = parseFrame<Frame>(line);
      if (frame !== null) call(frame);
    }
  };
}

export function parseFrame<Frame>(line: string): Frame | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "kind" in value ? (value as Frame) : null;
  } catch {
    return null;
  }
}
