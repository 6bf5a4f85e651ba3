/** What the commands need of the house. Made in app.ts, so that no command joins rooms itself. */
import type { Entry, RunStarted } from "../core/event.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import type { Workflow } from "../core/workflow.ts";
import type { EffectRow, Host, RunQuery, RunRow, TaskRow } from "../host/host.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import type { RedactedText } from "../spec/project-file.ts";

/** Where text goes. `columns` and `rows` are null when it is no terminal. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  /** Writes as it is; what cannot be written ends the output, never the run. */
  write(text: string): void;
}

export interface Application {
  readonly version: string;
  /** The person's own, for files of theirs. */
  readonly umask: number;
  /** Absolute folders of the workflows that come with decapod, the first found counts. */
  readonly builtInFolders: readonly string[];
  readonly clock: Clock;
  readonly files: Files;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person at this terminal, by the name that the operating system knows: decisions are theirs. */
  readonly user: string;
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** True when a person can be asked: stdin is a terminal. */
  readonly canAsk: boolean;
  /** How the person called us, for hints: `decapod` or `npm start --`. */
  readonly calledAs: string;
  /** Calls back on SIGINT, SIGTERM and SIGHUP until the process is over: none of them ends it any more. */
  onSignal(call: (signal: "SIGINT" | "SIGTERM" | "SIGHUP") => void): void;
  /** The project a command works in (formats.md 1): `--project`, or found upward from cwd. */
  project(explicit: string | null): Result<Project>;
  /** Reads and checks a workflow by name or path. */
  workflow(project: Project, nameOrPath: string): Result<CheckedFile>;
  /** A real run is about to be read and opened: what it will need gets ready meanwhile. */
  prepare(): void;
  /** Becomes the owner and opens the engine with its arm. E_LOCKED when another process is the owner. */
  open(project: Project, options: OpenOptions): Promise<Result<OpenEngine>>;
  /** The journal for reading only; works beside an owner. null when the project has none yet. */
  read(project: Project): Result<Reader | null>;
  /** Agent CLIs and other programs found in PATH, by name → absolute path. */
  programs(names: readonly string[]): Readonly<Record<string, string>>;
}

export interface Project {
  readonly root: string;
  /** `.claude/workflow-state` under the root. */
  readonly stateFolder: string;
  readonly config: ProjectConfig;
}

export interface ProjectConfig {
  readonly slots: number;
  readonly durability: "durable" | "fast";
  readonly environmentPass: readonly string[];
  /** Limits that the project made smaller. */
  readonly limits: Limits;
  readonly redact: readonly RedactedText[];
}

export interface CheckedFile {
  readonly file: string;
  /** The text as it stands, for source frames. */
  readonly text: string;
  readonly workflow: Workflow;
  /** As it is kept in the journal under `workflow.digest`. */
  readonly definition: string;
  readonly warnings: readonly Problem[];
}

export interface OpenOptions {
  readonly durability: "durable" | "fast" | null;
  readonly slots: number | null;
  /** Path of the workflow whose rehearsal file plays the agents; null for a real run. */
  /** `tasks`: all that its script may name; null: not known. */
  readonly rehearse: {
    readonly workflowFile: string;
    readonly tasks: ReadonlySet<string> | null;
  } | null;
}

/** A sign of life of a running attempt, or that there is none. */
export type Progress = {
  readonly run: string;
  readonly task: string;
  readonly key: string | null;
  readonly attempt: number;
} & (
  | {
      readonly kind: "output";
      /** The last line printed, already safe for a terminal. */
      readonly line: string;
      readonly bytes: number;
    }
  /** It has printed nothing for so long; told once for each silence. */
  | { readonly kind: "quiet"; readonly quietMs: number }
);

export interface OpenEngine {
  readonly host: Host;
  /** What happens, in order, as soon as it is on the disk and can be told. */
  observe(listener: (changes: readonly Change[]) => void): () => void;
  /** Resolves once the observers have had all that has happened until now; a fault of the journal shows in `fault`. */
  told(): Promise<void>;
  /** What running attempts print, at most a few times a second each, and that one prints nothing. */
  onProgress(listener: (progress: Progress) => void): () => void;
  newRunId(): string;
  seed(): number;
  /** What stops this workflow from starting here: missing drivers, secrets, labels, what this version lacks. */
  startProblems(checked: CheckedFile): Promise<readonly Problem[]>;
  startRun(id: string, checked: CheckedFile, started: RunStarted): Promise<Result<null>>;
  /** Takes up an interrupted run, which goes on as `by` wants; null: only to end it. */
  resume(run: string, by: string | null): Result<Run>;
  run(id: string): Run | null;
  /** Child runs at any depth that are open with a run of the project's own. */
  below(root: string): readonly Run[];
  /** The interrupted runs behind which a run waits. */
  heldUpBy(run: string): readonly string[];
  /** What opening the journal found worth a word: an old SQLite, a missing mark. */
  readonly notices: readonly Problem[];
  /** The journal's own fault once it can no longer be written. */
  readonly fault: Problem | null;
  /** Ends running attempts (TERM, then KILL with `now`), journals their end, leaves the run interrupted; then `close`. */
  interrupt(now: boolean): Promise<void>;
  close(): Promise<void>;
}

export interface Reader {
  runs(query: RunQuery): readonly RunRow[];
  run(id: string): RunRow | null;
  tasks(run: string): readonly TaskRow[];
  effects(run?: string): readonly EffectRow[];
  entries(run: string): readonly Entry[];
  /** How the run was started; null when there is no such run. */
  started(run: string): RunStarted | null;
  /** The workflow it was started with. */
  workflow(run: string): Workflow | null;
  /** How it became what it is, entry by entry, decided again from its entries alone. */
  changes(run: string): Iterable<Change>;
  definition(digest: string): string | null;
  /** Full ids that end in `suffix`, for `r-7k2m`. */
  runsEnding(suffix: string): readonly string[];
  /** True while a living process owns the project. */
  readonly owned: boolean;
  /** How much stands in a log by now, and since when; null when there is none. */
  printed(log: string): { readonly bytes: number; readonly at: number } | null;
  /** Folder of one attempt: output.log, stdout.txt, result.json. */
  attemptFolder(run: string, task: string, item: number | null, attempt: number): string;
  close(): void;
}
