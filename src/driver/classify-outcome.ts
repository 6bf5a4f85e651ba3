/** The class of a failed attempt, by what its program printed. Loaded when the first attempt fails with an exit code. */
import { join } from "node:path";
import { type Classified, classify } from "../core/classify.ts";
import type { ErrorTable } from "../core/error-rule.ts";
import { ANY_PROGRAM } from "../core/error-tables.ts";
import type { Failure } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { isFound } from "../spec/pattern.ts";
import { logTail } from "../work/log-tail.ts";
import type { Outcome, Work } from "./driver.ts";

/** What the program printed, already redacted. Both together where nobody kept them apart. */
export interface PrintedText {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Tables {
  /** Of the project and of a worker: what they say counts first, and as it is written. */
  readonly own: readonly ErrorTable[];
  readonly builtIn: readonly ErrorTable[];
}

/** Only what failed with an exit code and has no class yet gets one; what no table knows stays as it was told. */
export function classifyOutcome(outcome: Outcome, printed: PrintedText, { own, builtIn }: Tables): Outcome {
  const { status, exitCode, failure } = outcome;
  if (status !== "failed" || exitCode === null || failure?.class !== "unknown") return outcome;
  const failed = { exitCode, ...printed, isFailed: true } as const;
  const written = classify(own, failed, isFound);
  if (written?.isKnown === true) return asFound(outcome, written);
  const found = classify(builtIn, failed, isFound);
  return found === null || found.class === "unknown" ? outcome : asFound(outcome, found);
}

function asFound(outcome: Outcome, found: Classified): Outcome {
  const { exitCode } = outcome;
  const { message, hasWords, evidence, action } = found;
  const line = `exit ${exitCode}: ${hasWords ? (evidence[0] ?? "") : message}`.slice(0, MESSAGE_MAX);
  const classified: Failure = {
    class: found.class,
    message: hasWords ? `${message} (${line})` : line,
    action,
    ...(hasWords && { words: message }),
  };
  return { ...outcome, failure: classified };
}

const MESSAGE_MAX = 500;

/** A script stops at the first command that fails: only what stands at the end of its output is about that. */
const SCRIPT_TAIL = { bytesMax: 16_384, linesMax: 50 };

/** Of a script, which may have started any program: the project's own table counts first. */
export function classifyScript(
  outcome: Outcome,
  { folder, files, own }: { readonly folder: string; readonly files: Files; readonly own: ErrorTable },
): Outcome {
  const stdout = logTail(files, join(folder, "output.log"), SCRIPT_TAIL) ?? "";
  return classifyOutcome(outcome, { stdout, stderr: "" }, { own: [own], builtIn: ANY_PROGRAM });
}

/** Of a worker: all that its one program printed. */
export function classifyWorker(
  outcome: Outcome,
  { folder }: Work,
  { files, ...tables }: Tables & { readonly files: Files },
): Outcome {
  const stdout = logTail(files, join(folder, "output.log"), WORKER_TAIL) ?? "";
  return classifyOutcome(outcome, { stdout, stderr: "" }, tables);
}

const WORKER_TAIL = { bytesMax: 256 * 1024, linesMax: 5_000 };
