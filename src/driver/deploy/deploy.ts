/**
 * The worker `deploy`. It works in a process of its own, as every attempt does: the engine's loop is not held, and what it
 * does outlives the engine.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { failure } from "../../core/outcome.ts";
import type { Files } from "../../port/files.ts";
import type { Targets } from "../../spec/target.ts";
import { redactText, secretForms } from "../../work/redact.ts";
import type { Driver, Outcome, Progress, Work } from "../driver.ts";
import { refusedOutcome } from "../empty-outcome.ts";
import { readOutputFile } from "../output-file.ts";
import { outcomeOfEnd } from "../process-outcome.ts";
import { type ProcessEnd, type ProcessStarter, runProcess } from "../process-run.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import { deployEnvironment } from "./credentials.ts";
import { type DeploySettings, SECRETS_VARIABLE, type Verdict } from "./deploy-settings.ts";
import { checkDeploy, type DeployRequest, deployRequest } from "./parameters.ts";

export interface DeployHere {
  readonly starter: ProcessStarter;
  readonly files: Files;
  /** decapod's own: where the person's credentials are. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly targets: Targets;
  /** Path of the program that deploys. */
  readonly program?: string;
}

/** An entry point of its own, in the sources and in the bundle. */
const PROGRAM = fileURLToPath(
  new URL(`./deploy-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
);
const LOG_BYTES = 5 * 1024 * 1024;
const STDOUT_BYTES = 65_536;

export function deployDriver(here: DeployHere): Driver {
  return {
    name: "deploy",
    check: (parameters) => checkDeploy(parameters, here.targets),
    run: (work, signal) => deploy(work, signal, here),
  };
}

async function* deploy(work: Work, signal: AbortSignal, here: DeployHere): AsyncGenerator<Progress, Outcome> {
  const asked = deployRequest(work.parameters, here.targets);
  if (!asked.ok) return refusedOutcome(asked.problems);
  const given = deployEnvironment(work, asked.value.target, here.environment);
  if (!given.ok) return refusedOutcome(given.problems);
  const secrets = { ...work.secrets, ...given.value.secrets };
  const request = requestOf(work, { environment: given.value.environment, secrets }, here);
  if (!work.reattach) writeSettings(work, asked.value, here.files);
  const end = yield* runProcess(here.starter, { ...request, reattach: work.reattach }, signal);
  return outcomeOf(end, { work, request, secrets, files: here.files });
}

interface Given {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

function requestOf(
  work: Work,
  { environment, secrets }: Given,
  { program = PROGRAM }: DeployHere,
): ProcessRequest {
  return {
    id: work.attempt,
    argv: [process.execPath, program, settingsPath(work)],
    folder: work.workspace,
    environment: { ...environment, [SECRETS_VARIABLE]: JSON.stringify(secrets) },
    logPath: join(work.folder, "output.log"),
    logBytesMax: LOG_BYTES,
    stdoutPath: join(work.folder, "stdout.txt"),
    stdoutBytesMax: STDOUT_BYTES,
    view: null,
    input: null,
    secrets,
    timeoutMs: work.timeoutMs,
    idleTimeoutMs: work.idleTimeoutMs,
  };
}

function settingsPath(work: Work): string {
  return join(work.folder, "deploy", "settings.json");
}

function settingsOf(work: Work, request: DeployRequest): DeploySettings {
  const own = join(work.folder, "deploy");
  return {
    request,
    workspace: work.workspace,
    verdict: join(own, "verdict.json"),
    began: join(own, "began"),
    receipt: join(work.folder, "artifacts", "receipt.json"),
  };
}

function writeSettings(work: Work, request: DeployRequest, files: Files): void {
  files.makeFolder(join(work.folder, "deploy"));
  files.makeFolder(join(work.folder, "artifacts"));
  files.writeAtomic(settingsPath(work), JSON.stringify(settingsOf(work, request)));
}

interface Ended {
  readonly work: Work;
  readonly request: ProcessRequest;
  readonly secrets: Readonly<Record<string, string>>;
  readonly files: Files;
}

function outcomeOf(end: ProcessEnd, { work, request, secrets, files }: Ended): Outcome {
  const outcome = outcomeOfEnd(end, { request, successCodes: [0] });
  if (end.kind !== "exit") return outcome;
  const forms = secretForms(secrets);
  const own = join(work.folder, "deploy");
  const verdict = verdictIn(files.readTextIf(join(own, "verdict.json")));
  const isOurs = end.reason !== null && end.reason !== "done";
  if (verdict === null && !isOurs) return unknownEnd(outcome, files.exists(join(own, "began")));
  const notes = [...outcome.notes, ...(verdict?.notes ?? [])].map((note) => redactText(note, forms));
  if (isOurs || verdict === null) return { ...outcome, notes };
  if (verdict.failure !== null) {
    const message = redactText(verdict.failure.message, forms);
    return { ...outcome, status: "failed", failure: failure(verdict.failure.class, message), notes };
  }
  const read = readOutputFile(join(work.folder, "output"), forms, files, work.limits);
  if (read.ok && !read.isEmpty) return { ...outcome, notes, output: read.value };
  const why = read.ok ? "the deploy left no output" : read.message;
  return { ...outcome, notes, status: "failed", failure: failure("output_missing", why) };
}

/**
 * It was killed, or broke, and told nothing. What had begun may have got anywhere: that is no failure to be repeated but
 * an end that nobody knows.
 */
function unknownEnd(outcome: Outcome, hasBegun: boolean): Outcome {
  const how = outcome.failure?.message ?? "it ended without a word";
  if (!hasBegun)
    return { ...outcome, status: "failed", failure: failure("transient", `${how}; nothing was changed`) };
  return { ...outcome, status: "lost", failure: failure("lost", `${how}, in the middle of the deploy`) };
}

function verdictIn(text: string | null): Verdict | null {
  return text === null ? null : (JSON.parse(text) as Verdict);
}
