/** The arm in this process: its drivers, its preparations, and what it shows of running attempts. */
import { join } from "node:path";
import type { Assignment, AttemptOutcome } from "../core/event.ts";
import type { Json } from "../core/json.ts";
import { BUILT_IN, type Limits } from "../core/limits.ts";
import { failure, type OutputValue } from "../core/outcome.ts";
import type { Result } from "../core/problem.ts";
import type { Driver, Outcome, Progress } from "../driver/driver.ts";
import type { Lease } from "../host/host.ts";
import { type Files, systemError } from "../port/files.ts";
import { attemptFolder } from "../work/folder.ts";
import type { AskedCache } from "../work/late-cache.ts";
import { lateCarried } from "../work/late-carried.ts";
import { writePlain } from "../work/plain-file.ts";
import { redactText, type SecretForms, secretForms } from "../work/redact.ts";
import { conclude } from "../work/result.ts";
import { Arm, type ArmHost, type ArmOptions, type Places } from "./arm.ts";
import { withEvidence } from "./evidence.ts";
import { lateTold } from "./late-told.ts";
import { noted, type PrepareOptions, prepare } from "./prepare.ts";

export interface LocalArmOptions {
  readonly host: ArmHost;
  readonly files: Files;
  /** Who does the attempts of an agent; undefined when nobody here can. */
  readonly driverOf: (lease: Lease) => Driver | undefined;
  /** A rehearsal is played: it leaves no traces on the disk but its journal. */
  readonly isRehearsed: (lease: Lease) => boolean;
  readonly stateFolder: string;
  /** The one that also keeps: it remembers what was asked. */
  readonly cache: AskedCache;
  readonly projectRoot: string;
  /** Absent: all of them work in the project itself. */
  readonly workspaces?: Places & Required<Pick<PrepareOptions, "enter">>;
  readonly slots: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly environmentPass: readonly string[];
  readonly productionBranches?: readonly string[];
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
  /** Texts of the project that are replaced like secrets; absent: none. */
  readonly redacted?: Readonly<Record<string, string>>;
  readonly isAgent: (agent: string) => boolean;
  /** Runs a secret's command: argv, 10 s, 64 KiB. */
  readonly secretCommand: (argv: readonly string[]) => Promise<Result<string>>;
  /** Runs the check of a `checkable` effect. */
  readonly check?: ArmOptions["check"];
  readonly measureAgain?: PrepareOptions["measureAgain"];
  readonly put: (value: Json) => OutputValue;
  readonly onProgress: (lease: Lease, progress: Progress) => void;
  readonly onRefused: (lease: Lease, message: string) => void;
}

export const LOCAL_POOL = "default";

export function makeLocalArm(options: LocalArmOptions): Arm {
  const { files, stateFolder, projectRoot, environment } = options;
  const { cache, limits = BUILT_IN, redacted = {}, workspaces } = options;
  const forms = secretForms(redacted);
  const secrets = { files, environment, projectRoot, output: options.secretCommand };
  const driverFor = (lease: Lease) => {
    const driver = options.driverOf(lease);
    if (driver === undefined) throw new Error(`no driver for agent ${lease.assignment.agent}`);
    return driver;
  };
  const carry = carrier(options);
  return new Arm({
    name: "local",
    host: options.host,
    slots: options.slots,
    pool: LOCAL_POOL,
    labels: [],
    driverFor,
    prepare: (lease) =>
      prepare(lease, {
        files,
        stateFolder,
        projectRoot,
        environment,
        environmentPass: options.environmentPass,
        productionBranches: options.productionBranches ?? [],
        limits,
        secrets,
        redacted,
        cache,
        ...(options.measureAgain !== undefined && { measureAgain: options.measureAgain }),
        ...(workspaces !== undefined && { enter: (one, home) => workspaces.enter(one, home) }),
        isAgent: options.isAgent,
        driverName: (one) => driverFor(one).name,
        rehearse: options.isRehearsed(lease),
      }),
    ...(workspaces !== undefined && { places: workspaces }),
    conclude: (lease, outcome, workspace) => {
      const { assignment } = lease;
      const { outputSchema: schema, agent, answers, artifacts, role } = assignment;
      const misfits = answers.filter(({ kind }) => kind === "misfit").length;
      const isAgent = options.isAgent(agent);
      const told = withWhy(withoutTexts(outcome, forms), lease.assignment.approved?.why ?? null);
      const said = conclude(told, { schema, isAgent, misfits }, options.put);
      if (options.isRehearsed(lease)) return said;
      const shown =
        isAgent && workspace !== null ? withEvidence(said, artifacts, { files, workspace }) : said;
      const folder = attemptFolder(stateFolder, assignment.run, assignment);
      const concluded = carry(lease, shown);
      if (isAgent && !isGoneOnWith(assignment, concluded)) lateTold().dropSession(files, folder);
      const trouble = writeResult(files, folder, resultOf(concluded, outcome, role));
      return noted(concluded, "result.json could not be written", trouble);
    },
    carry,
    ...(options.check !== undefined && { check: options.check }),
    onProgress: options.onProgress,
    onRefused: (lease, problems) =>
      options.onRefused(lease, problems.map((problem) => problem.message).join("; ")),
  });
}

/** From the project itself; those of a worktree are kept once its success has been judged. */
function carrier({ files, projectRoot: workspace, stateFolder, isRehearsed, limits }: LocalArmOptions) {
  return (lease: Lease, outcome: AttemptOutcome): AttemptOutcome => {
    const { carries, artifacts: globs, run, task, item } = lease.assignment;
    const isMeant = carries === true && outcome.status === "success" && lease.home === undefined;
    if (!isMeant || isRehearsed(lease)) return outcome;
    const isShared = item !== undefined;
    // The items of a task have attempts of their own, and the task itself has none.
    const folder = attemptFolder(stateFolder, run, isShared ? { task, attempt: 1 } : lease.assignment);
    const carrying = { workspace, globs, folder, isShared, ...(limits && { limits }) };
    const wrong = lateCarried().keepCarried(files, carrying);
    return wrong === null
      ? outcome
      : { ...outcome, status: "failed", failure: failure("output_missing", wrong) };
  };
}

function isGoneOnWith({ keepsSession, role }: Assignment, { asks, misfit }: AttemptOutcome): boolean {
  const isAnswered = asks !== undefined || misfit === true;
  return keepsSession || (isAnswered && role !== "repair");
}

function resultOf(
  concluded: AttemptOutcome,
  { signal, outputBytes, detail }: Outcome,
  role: Assignment["role"],
): object {
  const more = { ...(detail !== undefined && { detail }), ...(role === "repair" && { role }) };
  return { ...concluded, signal, outputBytes, ...more };
}

/** For people; the journal has it all. The system's code when it refuses. */
function writeResult(files: Files, folder: string, result: object): string | null {
  try {
    files.makeFolder(folder);
    writePlain(files, join(folder, "result.json"), `${JSON.stringify(result)}\n`);
    return null;
  } catch (error) {
    const trouble = systemError(error);
    if (trouble === null) throw error;
    return trouble.code;
  }
}

/** Nobody was asked: whoever looks at it later reads why. */
function withWhy(outcome: Outcome, why: string | null): Outcome {
  return why === null ? outcome : { ...outcome, notes: [...outcome.notes, `not asked: ${why}`] };
}

/** Outputs went through the redactor where they were read; what else is said of an attempt goes through it here. */
function withoutTexts(outcome: Outcome, forms: SecretForms): Outcome {
  if (forms.isEmpty) return outcome;
  const { failure, notes, asks } = outcome;
  const told = (text: string) => redactText(text, forms);
  return {
    ...outcome,
    ...(asks !== undefined && {
      asks: { ...asks, message: told(asks.message), offers: asks.offers.map(told) },
    }),
    failure: failure === null ? null : { ...failure, message: told(failure.message) },
    notes: notes.map(told),
  };
}
