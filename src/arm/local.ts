/** The arm in this process: its drivers, its preparations, and what it shows of running attempts. */
import { join } from "node:path";
import type { Json } from "../core/json.ts";
import { BUILT_IN, type Limits } from "../core/limits.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Result } from "../core/problem.ts";
import type { Driver, Outcome, Progress } from "../driver/driver.ts";
import type { Lease } from "../host/host.ts";
import { type Files, systemError } from "../port/files.ts";
import { attemptFolder } from "../work/folder.ts";
import type { AskedCache } from "../work/late-cache.ts";
import { redactText, type SecretForms, secretForms } from "../work/redact.ts";
import { conclude } from "../work/result.ts";
import { Arm, type ArmHost, type Places } from "./arm.ts";
import { noted, type PrepareOptions, prepare, writePlain } from "./prepare.ts";

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
  /** Limits that the project made smaller; absent: none. */
  readonly limits?: Limits;
  /** Texts of the project that are replaced like secrets; absent: none. */
  readonly redacted?: Readonly<Record<string, string>>;
  readonly isAgent: (agent: string) => boolean;
  /** Runs a secret's command: argv, 10 s, 64 KiB. */
  readonly secretCommand: (argv: readonly string[]) => Promise<Result<string>>;
  /** Runs the check of a `checkable` effect in the project: its exit code, null when it gave none. */
  readonly check?: (argv: readonly string[]) => Promise<"happened" | "did_not_happen" | "unknown">;
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
  return new Arm({
    name: "local",
    host: options.host,
    slots: options.slots,
    pool: LOCAL_POOL,
    labels: [],
    driverFor: (lease) => {
      const driver = options.driverOf(lease);
      if (driver === undefined) throw new Error(`no driver for agent ${lease.assignment.agent}`);
      return driver;
    },
    prepare: (lease) =>
      prepare(lease, {
        files,
        stateFolder,
        projectRoot,
        environment,
        environmentPass: options.environmentPass,
        limits,
        secrets,
        redacted,
        cache,
        ...(workspaces !== undefined && { enter: (one, home) => workspaces.enter(one, home) }),
        isAgent: options.isAgent,
        rehearse: options.isRehearsed(lease),
      }),
    ...(workspaces !== undefined && { places: workspaces }),
    conclude: (lease, outcome) => {
      const concluded = conclude(withoutTexts(outcome, forms), lease.assignment.outputSchema, options.put);
      if (options.isRehearsed(lease)) return concluded;
      const folder = attemptFolder(stateFolder, lease.assignment.run, lease.assignment);
      const { signal, outputBytes, detail } = outcome;
      const result = { ...concluded, signal, outputBytes, ...(detail !== undefined && { detail }) };
      return noted(concluded, "result.json could not be written", writeResult(files, folder, result));
    },
    ...(options.check !== undefined && { check: options.check }),
    onProgress: options.onProgress,
    onRefused: (lease, problems) =>
      options.onRefused(lease, problems.map((problem) => problem.message).join("; ")),
  });
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
