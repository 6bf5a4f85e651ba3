/** Making an attempt ready: folder, secrets, environment, brief; or finding that it need not or cannot be made. */
import { join } from "node:path";
import type { Assignment, AttemptOutcome } from "../core/event.ts";
import { present } from "../core/invariant.ts";
import type { Limits } from "../core/limits.ts";
import { type Approved, differenceOf, type Measured } from "../core/measured.ts";
import { failure, type OutputValue } from "../core/outcome.ts";
import type { Result } from "../core/problem.ts";
import { type Home, SHARED } from "../core/workspace-words.ts";
import type { Outcome, Work } from "../driver/driver.ts";
import { EMPTY_OUTCOME, refusedOutcome } from "../driver/empty-outcome.ts";
import type { Lease } from "../host/host.ts";
import { type Files, systemError } from "../port/files.ts";
import { ownershipText } from "../port/ownership.ts";
import { attemptEnvironment } from "../work/environment.ts";
import { attemptFolder, attemptName } from "../work/folder.ts";
import type { AskedCache } from "../work/late-cache.ts";
import { latePushGuard } from "../work/late-push-guard.ts";
import { redactText, secretForms } from "../work/redact.ts";
import { resolveSecrets, type SecretPorts } from "../work/secrets.ts";
import { lateTold } from "./late-told.ts";

export type Prepared =
  | {
      readonly kind: "ready";
      readonly work: Work;
      /** The outcome of an attempt whose driver threw. */
      readonly broken: (thrown: unknown) => Outcome;
    }
  | { readonly kind: "hit"; readonly output: OutputValue }
  | { readonly kind: "refused"; readonly outcome: Outcome };

export interface PrepareOptions {
  readonly files: Files;
  readonly stateFolder: string;
  readonly projectRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly environmentPass: readonly string[];
  /** Limits that the project made smaller. */
  readonly limits: Limits;
  readonly secrets: SecretPorts;
  /** Texts of the project that are replaced like secrets. */
  readonly redacted: Readonly<Record<string, string>>;
  readonly cache: AskedCache;
  /** Where an attempt works that has a home. */
  readonly enter?: (lease: Lease, home: Home) => Promise<Result<string>>;
  /** What lies there now; null: what was approved. */
  readonly measureAgain?: (approved: Approved, folder: string, home: Home) => Promise<Measured | null>;
  /** Branches that nobody may push to without an approval for production. */
  readonly productionBranches: readonly string[];
  /** True for agents, which get a brief, and whose silence has a default limit. */
  readonly isAgent: (agent: string) => boolean;
  /** Of whoever will do it. */
  readonly driverName: (lease: Lease) => string;
  /** A rehearsal leaves no traces on the disk but its journal. */
  readonly rehearse: boolean;
}

/** formats.md 1: no output for this long ends an agent; shell and workers have no such limit unless they say so. */
const AGENT_IDLE_MS = 900_000;

export async function prepare(lease: Lease, options: PrepareOptions): Promise<Prepared> {
  const { assignment } = lease;
  try {
    if (options.rehearse)
      return {
        kind: "ready",
        work: rehearsedWork(lease, options),
        broken: (thrown) => brokenOutcome(thrown, {}),
      };
    const entered = lease.home === undefined ? undefined : await options.enter?.(lease, lease.home);
    if (entered?.ok === false) return { kind: "refused", outcome: refusedOutcome(entered.problems) };
    const workspace = entered?.value ?? options.projectRoot;
    const changed = await changedSince(lease, workspace, options);
    if (changed !== null) return { kind: "refused", outcome: changed };
    const { cache } = assignment;
    const isAsked = cache !== null && !lease.reattach;
    const [hit] = (isAsked ? options.cache.find(cache, assignment, workspace) : null) ?? [];
    if (hit !== undefined) return { kind: "hit", output: hit };
    const secrets = await resolveSecrets(lease.secrets, options.secrets);
    if (!secrets.ok) return { kind: "refused", outcome: refusedOutcome(secrets.problems) };
    return {
      kind: "ready",
      work: workOf(lease, secrets.value, { ...options, workspace }),
      broken: (thrown) => brokenOutcome(thrown, { ...secrets.value, ...options.redacted }),
    };
  } catch (thrown) {
    return { kind: "refused", outcome: brokenOutcome(thrown, options.redacted) };
  }
}

/** What is done is what was approved; anything else is asked again. One that goes on had been looked at. */
async function changedSince(
  { assignment: { approved, run }, home = { run, workspace: SHARED, outer: null }, reattach }: Lease,
  workspace: string,
  { measureAgain }: PrepareOptions,
): Promise<Outcome | null> {
  if (approved === undefined || reattach || measureAgain === undefined) return null;
  const found = await measureAgain(approved, workspace, home);
  if (found === null) return null;
  const difference = differenceOf(approved.found, found);
  const told = failure("config_error", `what was approved has changed: ${difference}`);
  return { ...EMPTY_OUTCOME, status: "failed", failure: told, stale: found };
}

function workOf(
  lease: Lease,
  secrets: Readonly<Record<string, string>>,
  options: PrepareOptions & { readonly workspace: string },
): Work {
  const { assignment } = lease;
  const folder = attemptFolder(options.stateFolder, assignment.run, assignment);
  const temporary = join(folder, "tmp");
  const artifacts = join(folder, "artifacts");
  for (const path of [temporary, artifacts]) options.files.makeFolder(path);
  const isAgent = options.isAgent(assignment.agent);
  const attempt = attemptName(assignment.run, assignment, assignment.key);
  const driver = options.driverName(lease);
  const told = isAgent ? lateTold().toldOf(lease, { ...options, folder, attempt, driver }) : { brief: "" };
  return {
    attempt,
    run: assignment.run,
    task: assignment.task,
    number: assignment.attempt,
    agent: assignment.agent,
    agentRole: assignment.agentRole,
    ...(assignment.worker && { worker: assignment.worker }),
    parameters: assignment.parameters,
    options: assignment.options,
    environment: attemptEnvironment({
      engine: options.environment,
      pass: options.environmentPass,
      projectRoot: options.projectRoot,
      workspace: options.workspace,
      task: filledIn(assignment.env, secrets),
      run: assignment.run,
      taskId: assignment.task,
      attempt,
      temporaryFolder: temporary,
      outputFile: join(folder, "output"),
      artifactsFolder: artifacts,
      ...guardOf(lease, options),
    }),
    secrets: { ...secrets, ...options.redacted },
    workspace: options.workspace,
    folder,
    timeoutMs: assignment.timeoutMs,
    idleTimeoutMs: assignment.idleTimeoutMs ?? (isAgent ? AGENT_IDLE_MS : null),
    budget: assignment.budget,
    outputSchema: assignment.outputSchema,
    ...told,
    answers: assignment.answers,
    limits: options.limits,
    reattach: lease.reattach,
  };
}

function guardOf({ assignment }: Lease, { files, stateFolder, productionBranches }: PrepareOptions) {
  if (productionBranches.length === 0 || assignment.reachesProduction === true) return {};
  return { guard: latePushGuard().pushGuard(files, stateFolder, productionBranches) };
}

/** What a rehearsal sees of an attempt: secrets are not looked for, and no folder is made. */
function rehearsedWork({ assignment, reattach }: Lease, options: PrepareOptions): Work {
  return {
    attempt: attemptName(assignment.run, assignment, assignment.key),
    run: assignment.run,
    task: assignment.task,
    number: assignment.attempt,
    agent: assignment.agent,
    agentRole: assignment.agentRole,
    parameters: assignment.parameters,
    options: assignment.options,
    environment: {},
    secrets: {},
    workspace: options.projectRoot,
    folder: options.projectRoot,
    timeoutMs: assignment.timeoutMs,
    idleTimeoutMs: null,
    budget: assignment.budget,
    outputSchema: assignment.outputSchema,
    brief: "",
    answers: assignment.answers,
    reattach,
    ...(assignment.worker && { worker: assignment.worker }),
  };
}

/** The outcome with a word on what the system refused (ENOSPC); as it is when there was nothing. */
export function noted(outcome: AttemptOutcome, what: string, code: string | null): AttemptOutcome {
  return code === null ? outcome : { ...outcome, notes: [...(outcome.notes ?? []), `${what}: ${code}`] };
}

function filledIn(
  env: Assignment["env"],
  secrets: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    values[name] =
      typeof value === "string"
        ? value
        : value
            .map((part) =>
              typeof part === "string"
                ? part
                : present(secrets[part.secret], `the secret ${part.secret} was looked for`),
            )
            .join("");
  }
  return values;
}

/** The words of an error may hold a secret: it is replaced before anything is kept. */
function brokenOutcome(thrown: unknown, secrets: Readonly<Record<string, string>>): Outcome {
  const system = systemError(thrown);
  const what = system === null ? "the driver broke" : "the system refused what the attempt needs";
  const isClosed = system?.code === "EACCES" || system?.code === "EPERM";
  const told = thrown instanceof Error ? thrown.message : String(thrown);
  const why = isClosed && system.path !== null ? `${system.code}, ${ownershipText(system.path)}` : told;
  const message = redactText(why, secretForms(secrets));
  return {
    ...EMPTY_OUTCOME,
    status: "failed",
    failure: failure("unknown", `${what}: ${message.slice(0, 500)}`),
  };
}
