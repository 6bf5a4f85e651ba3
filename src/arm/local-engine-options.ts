/** What an engine on this machine is made of, and what goes in and out of it. */
import type { Problem, Result } from "../core/problem.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Progress } from "../driver/driver.ts";
import type { MainTaskDesk } from "../driver/maintask/desk.ts";
import type { BootedHost } from "../driver/spawn-host-boot.ts";
import type { Journal } from "../host/embedded/journal.ts";
import type { Owner } from "../host/embedded/owner.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import type { Random } from "../port/random.ts";
import type { Project } from "../spec/project.ts";
import type { UserSettings } from "../spec/user-settings.ts";
import type { Surroundings } from "../spec/workflow-file.ts";

export interface LocalEngineOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's own, for the files that their tasks make. */
  readonly umask: number;
  readonly project: Project;
  /** The person's own settings. */
  readonly user: UserSettings;
  readonly stateFolder: string;
  /** Where copies of the journal go when a run closes; none are made without it. */
  readonly backups?: string;
  readonly surroundings: Surroundings;
  readonly builtInFolders: readonly string[];
  readonly durability: "durable" | "fast";
  readonly slots: number;
  /** The file of a workflow by its name, for a rehearsal that goes on. */
  readonly fileOf: (workflow: string) => Result<{ readonly path: string }>;
  /** What looks after MAIN_TASK for the loops of the project, on the journal that was opened. */
  readonly mainTask: (journal: Journal) => () => Promise<MainTaskDesk>;
  /** Got ready while the workflow was read. */
  readonly bootedHost: BootedHost | null;
  /** Silence of an attempt after which people are told; absent: as every spawn host has it. */
  readonly quietMs?: number;
}

/** A sign of life of a running attempt, or that there is none. */
export type ShownProgress = {
  readonly run: string;
  readonly task: string;
  readonly key: string | null;
  readonly attempt: number;
} & Extract<Progress, { readonly kind: "output" | "quiet" }>;

/** Through which other processes come. */
export interface EngineDoor {
  readonly followers: number;
  close(handsOver: boolean): Promise<void>;
}

export interface StartedFile {
  readonly file: string;
  readonly workflow: Workflow;
  /** As it is kept in the journal. */
  readonly definition: string;
}

export interface EngineParts {
  /** Texts that are replaced wherever something of an attempt is kept. */
  readonly redacted: Readonly<Record<string, string>>;
  readonly owner: Owner;
  /** What a person should hear of how it was opened. */
  readonly notices: readonly Problem[];
  readonly store: Journal;
}
