/** What a program that does an attempt is started with, and how its output is taken: the same for scripts and workers. */
import { join } from "node:path";
import { isMap, own } from "../core/json.ts";
import { beyond, LIMITS, most } from "../core/limits.ts";
import { failure } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { secretForms } from "../work/redact.ts";
import type { Outcome, Work } from "./driver.ts";
import { readOutputFile } from "./output-file.ts";
import type { ProcessEnd } from "./process-run.ts";
import type { ProcessRequest } from "./spawn-host-frames.ts";

export function programRequest(
  work: Work,
  { argv, folder }: Pick<ProcessRequest, "argv" | "folder">,
): ProcessRequest {
  return {
    id: work.attempt,
    argv,
    folder,
    environment: work.environment,
    logPath: join(work.folder, "output.log"),
    logBytesMax: most(LIMITS.logBytes, work.limits),
    stdoutPath: join(work.folder, "stdout.txt"),
    stdoutBytesMax: most(LIMITS.stdoutBytes, work.limits),
    view: null,
    input: null,
    secrets: work.secrets,
    timeoutMs: work.timeoutMs,
    idleTimeoutMs: work.idleTimeoutMs,
  };
}

/** What it wrote to $DECAPOD_OUTPUT, else what it printed. */
export function withOutput(outcome: Outcome, end: ProcessEnd, work: Work, files: Files): Outcome {
  if (end.kind !== "exit") return outcome;
  const read = readOutputFile(outputPath(work), secretForms(work.secrets), files, work.limits);
  if (!read.ok) {
    if (outcome.status !== "success") return { ...outcome, notes: [...outcome.notes, read.message] };
    return { ...outcome, status: "failed", failure: failure("output_missing", read.message) };
  }
  if (!read.isEmpty) return { ...outcome, output: read.value };
  const printed = end.stdout ?? files.readTextIf(join(work.folder, "stdout.txt")) ?? "";
  if (end.unkept !== undefined && outcome.status === "success") {
    const message = `what it printed could not be kept (${end.unkept}), so its output is not known`;
    return { ...outcome, status: "failed", failure: failure("output_missing", message) };
  }
  // What is above is in the log only.
  const isCut = end.stdoutBytes > most(LIMITS.stdoutBytes, work.limits);
  const note = `standard output has ${end.stdoutBytes} bytes and is cut; ${beyond(LIMITS.stdoutBytes, work.limits)}`;
  return {
    ...outcome,
    output: printed.trim(),
    notes: isCut ? [...outcome.notes, note] : outcome.notes,
  };
}

function outputPath({ environment, folder }: Work): string {
  const path = isMap(environment) ? own(environment, "DECAPOD_OUTPUT") : undefined;
  return typeof path === "string" ? path : join(folder, "output");
}
