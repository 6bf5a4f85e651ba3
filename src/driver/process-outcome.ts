/** From the end of a process to the outcome of an attempt, apart from what the output says. */
import { type Failure, failure } from "../core/outcome.ts";
import type { Outcome } from "./driver.ts";
import { durationText, type ProcessEnd, quietText } from "./process-run.ts";
import type { ExitFrame, ProcessRequest } from "./spawn-host-frames.ts";
import { startFailure } from "./start-trouble.ts";

export interface ProcessVerdict {
  readonly request: ProcessRequest;
  readonly successCodes: readonly number[];
}

const NOTHING_KNOWN = {
  exitCode: null,
  signal: null,
  output: null,
  durationMs: 0,
  usage: null,
  outputBytes: 0,
  notes: [],
} as const;

/** The outcome without its output. A failure is null exactly for success and cancelled. */
export function outcomeOfEnd(end: ProcessEnd, verdict: ProcessVerdict): Outcome {
  switch (end.kind) {
    case "refused":
      if (end.code === "ENDED") return { ...NOTHING_KNOWN, status: "cancelled", failure: null };
      return { ...NOTHING_KNOWN, status: "failed", failure: startFailure(end, verdict.request) };
    case "lost":
      return {
        ...NOTHING_KNOWN,
        ...lost("its process was lost: nobody knows how it ended"),
        notes: end.notes,
        ...(end.neverBegan === true && { neverBegan: true }),
      };
    case "exit":
      return { ...measured(end), ...statusOf(end, verdict) };
    /* node:coverage ignore next */
    default:
      return end satisfies never;
  }
}

function measured(end: ExitFrame): Omit<Outcome, "status" | "failure"> {
  return {
    ...NOTHING_KNOWN,
    exitCode: end.code,
    signal: end.signal,
    durationMs: end.durationMs,
    outputBytes: end.bytes,
    notes: end.notes,
  };
}

type Status = Pick<Outcome, "status" | "failure">;

function statusOf(end: ExitFrame, { request, successCodes }: ProcessVerdict): Status {
  switch (end.reason) {
    case "done":
    case null:
      return end.code !== null && successCodes.includes(end.code)
        ? { status: "success", failure: null }
        : failed(failure("unknown", exitText(end)));
    case "cancelled":
    case "shutdown":
      return { status: "cancelled", failure: null };
    case "engine_died":
      return lost("it was ended because decapod died");
    case "broken":
      return lost("it was ended because decapod broke on it");
    case "budget":
      return failed(failure("budget", "it was ended because the budget is used up"));
    case "timeout":
      return failed(
        failure(
          "timeout",
          `it did not end within its time, ${durationText(request.timeoutMs ?? end.durationMs)}`,
        ),
      );
    case "idle":
      return failed(failure("timeout", quietText(request.idleTimeoutMs ?? 0)));
    case "stuck":
      return failed(
        failure(
          "timeout",
          `nothing new in its output for ${durationText(request.idleTimeoutMs ?? 0)}: the same lines again and again`,
        ),
      );
    /* node:coverage ignore next */
    default:
      return end.reason satisfies never;
  }
}

function failed(why: Failure): Status {
  return { status: "failed", failure: why };
}

function lost(message: string): Status {
  return { status: "lost", failure: failure("lost", message) };
}

function exitText({ code, signal, lastError }: ExitFrame): string {
  const how =
    code === null
      ? `ended by ${signal ?? "a signal"}${signal === "SIGKILL" ? ", which the system also sends when memory runs out" : ""}`
      : `exit ${code}`;
  return lastError === "" ? how : `${how}: ${lastError}`;
}
