/** The process itself: its streams, signals and what keeps it alive. */
import { userInfo } from "node:os";
import type { Clock } from "./clock.ts";
import { errorCode } from "./files.ts";

export interface TextSink {
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  write(text: string): void;
}

/** A standard stream as a sink: when its reader has gone (EPIPE), output ends and nothing else does. */
export function streamSink(stream: NodeJS.WriteStream): TextSink {
  let isOpen = true;
  stream.on("error", (error) => {
    if (errorCode(error) !== "EPIPE") throw error;
    isOpen = false;
  });
  return {
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY === true ? (stream.columns ?? null) : null;
    },
    get rows() {
      return stream.isTTY === true ? (stream.rows ?? null) : null;
    },
    write: (text) => {
      if (isOpen) stream.write(text);
    },
  };
}

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export function onEndSignal(call: (signal: EndSignal) => void): () => void {
  const signals: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, call);
  return () => {
    for (const signal of signals) process.off(signal, call);
  };
}

/** Whose process this is. By the system's own records: the environment says whatever its maker likes. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that no record names.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

const HOLD_MS = 3_600_000;

/** Keeps the process alive until the returned function is called: timers and sockets of the engine do not. */
export function holdOpen(clock: Clock): () => void {
  let cancel = clock.after(HOLD_MS, again, { hold: true });
  function again(): void {
    cancel = clock.after(HOLD_MS, again, { hold: true });
  }
  return () => cancel();
}
