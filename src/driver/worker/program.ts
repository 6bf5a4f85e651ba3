/** A worker that is somebody's program, in any language: what it is started with, and what is read of it. */
import { join, resolve } from "node:path";
import { ANY_PROGRAM } from "../../core/error-tables.ts";
import { isMap, type Json, type JsonMap, own } from "../../core/json.ts";
import { failure } from "../../core/outcome.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { credentialName, type Worker } from "../../core/worker.ts";
import type { Files } from "../../port/files.ts";
import { lastFound } from "../../spec/pattern.ts";
import { redactText, secretForms, starMarker } from "../../work/redact.ts";
import { insideRoots } from "../../work/roots.ts";
import { classifyWorker } from "../classify-outcome.ts";
import type { Driver, Outcome, Progress, Work } from "../driver.ts";
import { refusedOutcome } from "../empty-outcome.ts";
import { parseOutput, scalar } from "../output-file.ts";
import { outcomeOfEnd } from "../process-outcome.ts";
import { runProcess } from "../process-run.ts";
import { programRequest, withOutput } from "../program-work.ts";
import { findProgram } from "../start-trouble.ts";
import type { WorkersHere } from "./here.ts";
import { argumentsOf, filledIn, variablesOf } from "./parameters.ts";

/** How much of its log is looked through for values: this much of the beginning and of the end. */
const LOOKED_AT_BYTES = 256 * 1024;
const OUTPUT_FILE_BYTES_MAX = 1024 * 1024;

export function programDriver(name: string, worker: Worker, here: WorkersHere): Driver {
  return {
    name,
    check: () => [],
    refuse: () => missingProgram(name, worker, here),
    run: (work, signal) => run({ name, worker }, work, signal, here),
  };
}

interface Named {
  readonly name: string;
  readonly worker: Worker;
}

interface Call {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
}

async function* run(
  named: Named,
  work: Work,
  signal: AbortSignal,
  here: WorkersHere,
): AsyncGenerator<Progress, Outcome> {
  const call = callOf(named, work, here);
  if (!call.ok) return refusedOutcome(call.problems);
  const { argv, folder, variables } = call.value;
  const told = join(work.folder, "parameters.json");
  if (!work.reattach) here.files.writeAtomic(told, JSON.stringify(work.parameters));
  const environment = { ...work.environment, ...variables, DECAPOD_PARAMETERS: told };
  const request = programRequest({ ...work, environment }, { argv, folder });
  const end = yield* runProcess(here.starter, { ...request, reattach: work.reattach }, signal);
  const outcome = withOutput(outcomeOfEnd(end, { request, successCodes: [0] }), end, work, here.files);
  const declared = withDeclared(outcome, named.worker, { work, folder, files: here.files });
  return classifyWorker(declared, work, {
    files: here.files,
    own: [named.worker.errors, here.errors],
    builtIn: ANY_PROGRAM,
  });
}

function callOf({ name, worker }: Named, work: Work, here: WorkersHere): Result<Call> {
  const { parameters } = work;
  const isDry = own(parameters, "dry_run") === true;
  const words = [...(worker.command ?? []), ...(isDry ? (worker.dryRun ?? []) : [])];
  const argv = argumentsOf(
    words.map((word) => beside(word, worker, here)),
    parameters,
  );
  if (!argv.ok) return argv;
  const env = variablesOf(worker.env, parameters);
  if (!env.ok) return env;
  const cwd = filledIn(worker.cwd ?? ".", parameters);
  if (!cwd.ok) return cwd;
  const roots = { files: here.files, workspace: work.workspace, opened: here.user.roots };
  const folder = insideRoots(cwd.value, "cwd", roots);
  if (!folder.ok) return folder;
  const credentials = Object.keys(worker.credentials).map((variable) => [
    variable,
    own(work.secrets, credentialName(name, variable)) ?? "",
  ]);
  const variables = { ...env.value, ...Object.fromEntries(credentials) };
  return good({ argv: argv.value, folder: folder.value, variables });
}

/** `./publish.py` lies beside the manifest: not in a worktree, where an agent could have put another. */
function beside(word: string, { folder }: Worker, { project }: WorkersHere): string {
  return word.startsWith("./") ? resolve(project.root, folder, word) : word;
}

function missingProgram(name: string, worker: Worker, here: WorkersHere): readonly Problem[] {
  const words = (worker.command ?? []).filter((word, at) => at === 0 || word.startsWith("./"));
  return words
    .filter((word) => !word.includes("${") && !isThere(word, worker, here))
    .map((word) => ({
      code: "E_DRIVER_MISSING",
      message: `the worker ${name} needs ${word}, which is not there`,
      hint: word.startsWith("./")
        ? `it lies beside its manifest, in ${worker.folder}`
        : "install it, outside of the project",
    }));
}

/** A program that can be found, or a file beside the manifest. */
function isThere(word: string, worker: Worker, here: WorkersHere): boolean {
  const place = { folder: here.project.root, environment: { PATH: here.path } };
  return findProgram({ argv: [beside(word, worker, here)], ...place }, here.files) !== null;
}

interface Place {
  readonly work: Work;
  readonly folder: string;
  readonly files: Files;
}

/** What the manifest says where to find, over what it wrote to $DECAPOD_OUTPUT. */
function withDeclared(outcome: Outcome, { output: declared }: Worker, place: Place): Outcome {
  const { file, patterns, values } = declared;
  const isNothing = file === null && Object.keys(patterns).length + Object.keys(values).length === 0;
  if (isNothing || outcome.status === "cancelled" || outcome.status === "lost") return outcome;
  const isSuccess = outcome.status === "success";
  const own = isMap(outcome.output) ? outcome.output : {};
  const written = file === null ? good({}) : fileOutput(file, place);
  if (!written.ok && isSuccess) {
    const [problem] = written.problems;
    const message = `${problem?.code} ${problem?.message}`;
    return { ...outcome, status: "failed", failure: failure("output_missing", message) };
  }
  const output: JsonMap = {
    ...(isSuccess && values),
    ...found(patterns, place),
    ...(written.ok && written.value),
    ...own,
  };
  return { ...outcome, output };
}

function found(patterns: Readonly<Record<string, string>>, { work, files }: Place): JsonMap {
  if (Object.keys(patterns).length === 0) return {};
  const text = ends(join(work.folder, "output.log"), files);
  const values: Record<string, Json> = {};
  for (const [name, pattern] of Object.entries(patterns)) {
    const value = lastFound(pattern, text);
    if (value !== null) values[name] = scalar(value);
  }
  return values;
}

function ends(path: string, files: Files): string {
  const size = files.stat(path)?.size ?? 0;
  if (size === 0) return "";
  const log = files.open(path, "read");
  try {
    const half = (from: number) => Buffer.from(log.read(from, LOOKED_AT_BYTES)).toString("utf8");
    return size <= LOOKED_AT_BYTES
      ? half(0)
      : `${half(0)}\n${half(Math.max(LOOKED_AT_BYTES, size - LOOKED_AT_BYTES))}`;
  } finally {
    log.close();
  }
}

/** What is said to lie in a file is read from there only, and only from a file inside. */
function fileOutput(written: string, { work, folder, files }: Place): Result<JsonMap> {
  const refuse = (message: string) => bad<JsonMap>({ code: "E_OUTPUT_MISSING", message });
  const path = insideRoots(written, "output.file", { files, workspace: folder, opened: [] });
  if (!path.ok) return bad(...path.problems);
  const stat = files.stat(path.value);
  if (stat === null) return refuse(`it wrote no ${written}`);
  if (stat.kind !== "file") return refuse(`${written} is no file`);
  if (stat.size > OUTPUT_FILE_BYTES_MAX)
    return refuse(`${written} has ${stat.size} bytes; at most ${OUTPUT_FILE_BYTES_MAX} are read`);
  const text = redactText(files.readText(path.value), secretForms(work.secrets), starMarker);
  const read = parseOutput(text, work.limits);
  if (!read.ok || !isMap(read.value)) return refuse(`${written} holds no JSON map`);
  return good(read.value);
}
