/** The built-in agent `shell`: a fixed script for bash, or one command as a list of arguments. */
import { isAbsolute, join, resolve, sep } from "node:path";
import { must, present } from "../core/invariant.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import { beyond, LIMITS, most } from "../core/limits.ts";
import { failure } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { type Files, realFiles } from "../port/files.ts";
import { secretForms } from "../work/redact.ts";
import type { Driver, Outcome, Progress, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";
import { readOutputFile } from "./output-file.ts";
import { outcomeOfEnd } from "./process-outcome.ts";
import { type ProcessEnd, type ProcessStarter, runProcess } from "./process-run.ts";
import type { ProcessRequest } from "./spawn-host-frames.ts";

/** Fixed, so that no PATH decides which bash reads the script. */
const BASH_PLACES = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"];

/** Without a starter it can only check parameters. */
export function shellDriver(starter: ProcessStarter | null, files: Files = realFiles): Driver {
  return {
    name: "shell",
    check: checkParameters,
    run: (work, signal) => runShell(work, signal, present(starter, "what starts processes"), files),
  };
}

function checkParameters(parameters: JsonMap): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (code: string, key: string, message: string) =>
    problems.push({ code, message, hint: `see parameters.${key}` });
  const run = own(parameters, "run");
  const command = own(parameters, "command");
  if ((run === undefined) === (command === undefined)) {
    report("E_SCHEMA", "run", "shell takes exactly one of run (a script) and command (a list of arguments)");
  }
  if (run !== undefined && typeof run !== "string") report("E_TYPE", "run", "run must be a text");
  if (command !== undefined && (!Array.isArray(command) || command.length === 0)) {
    report("E_TYPE", "command", "command must be a list with at least the program");
  }
  const folder = own(parameters, "cwd");
  if (typeof folder === "string" && !folder.includes("${") && isOutside(folder)) {
    report(
      "E_OUTSIDE_ROOT",
      "cwd",
      `cwd must be relative and inside the workspace, not ${JSON.stringify(folder)}`,
    );
  }
  return problems;
}

function isOutside(folder: string): boolean {
  return isAbsolute(folder) || folder.split(/[/\\]/).includes("..") || folder.includes("\0");
}

async function* runShell(
  work: Work,
  signal: AbortSignal,
  starter: ProcessStarter,
  files: Files,
): AsyncGenerator<Progress, Outcome> {
  const folder = folderOf(work, files);
  if (folder === null) {
    const message = `cwd ${JSON.stringify(own(work.parameters, "cwd") ?? null)} leads out of the workspace`;
    return { ...REFUSED, failure: failure("config_error", message) };
  }
  const request = requestOf(work, folder, files);
  const end = yield* runProcess(starter, { ...request, reattach: work.reattach }, signal);
  return withOutput(outcomeOfEnd(end, { request, successCodes: successCodes(work) }), end, work, files);
}

const REFUSED: Outcome = { ...EMPTY_OUTCOME, status: "failed" };

/** The folder to work in; null when it would lie outside of the workspace, also by way of a link. */
function folderOf({ parameters, workspace }: Work, files: Files): string | null {
  const written = own(parameters, "cwd");
  if (written === undefined || written === null) return workspace;
  if (typeof written !== "string" || isOutside(written)) return null;
  const folder = resolve(workspace, written);
  // A folder that is not there is reported as missing when the start fails.
  if (files.statTarget(folder) === null) return folder;
  const [real, root] = [files.realPath(folder), files.realPath(workspace)];
  return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep) ? folder : null;
}

function requestOf(work: Work, folder: string, files: Files): ProcessRequest {
  return {
    id: work.attempt,
    argv: argumentsOf(work.parameters, files),
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

function argumentsOf(parameters: JsonMap, files: Files): readonly string[] {
  const script = own(parameters, "run");
  if (typeof script === "string") {
    const bash = BASH_PLACES.find((path) => files.statTarget(path)?.kind === "file") ?? "bash";
    return [bash, "-euo", "pipefail", "-c", script];
  }
  const command = own(parameters, "command");
  must(Array.isArray(command) && command.length > 0, "a shell task without run and command was checked");
  return command.map(textOf);
}

/** As in any text: null goes in as nothing, the rest as JSON. It stays one argument. */
function textOf(item: Json): string {
  if (item === null) return "";
  return typeof item === "string" ? item : JSON.stringify(item);
}

function successCodes({ parameters }: Work): readonly number[] {
  const codes = own(parameters, "success_exit_codes");
  return Array.isArray(codes) ? codes.filter((code) => typeof code === "number") : [0];
}

/** What it wrote to $DECAPOD_OUTPUT, else what it printed. */
function withOutput(outcome: Outcome, end: ProcessEnd, work: Work, files: Files): Outcome {
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
