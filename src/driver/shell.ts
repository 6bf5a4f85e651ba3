/** The built-in agent `shell`: a fixed script for bash, or one command as a list of arguments. */
import { isAbsolute, resolve, sep } from "node:path";
import type { ErrorTable } from "../core/error-rule.ts";
import { must, present } from "../core/invariant.ts";
import { type Json, type JsonMap, own } from "../core/json.ts";
import { failure } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import { type Files, realFiles } from "../port/files.ts";
import type { Driver, Outcome, Progress, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";
import { lateClassify } from "./late-classify.ts";
import { outcomeOfEnd } from "./process-outcome.ts";
import { type ProcessStarter, runProcess } from "./process-run.ts";
import { programRequest, withOutput } from "./program-work.ts";

/** Fixed, so that no PATH decides which bash reads the script. */
const BASH_PLACES = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"];

interface ShellParts {
  readonly files?: Files;
  /** How the project tells failures apart, before the tables that are built in. */
  readonly errors?: ErrorTable;
}

/** Without a starter it can only check parameters. */
export function shellDriver(starter: ProcessStarter | null, parts: ShellParts = {}): Driver {
  const { files = realFiles, errors = [] } = parts;
  return {
    name: "shell",
    check: checkParameters,
    run: async function* (work, signal) {
      const outcome = yield* runShell(work, signal, present(starter, "what starts processes"), files);
      const isOpen = outcome.failure?.class === "unknown" && outcome.exitCode !== null;
      if (!isOpen) return outcome;
      return lateClassify().classifyScript(outcome, { folder: work.folder, files, own: errors });
    },
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
  const request = programRequest(work, { argv: argumentsOf(work.parameters, files), folder });
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
