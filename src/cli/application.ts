/** What the commands need of the house. Made in app.ts, so that no command joins rooms itself. */
import type { Output as Answer, CallName, Input } from "../contract.ts";
import type { Entry, RunStarted } from "../core/event.ts";
import type { Limits } from "../core/limits.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Cursors } from "../exchange/maintask/cursors.ts";
import type { LateKeeper } from "../exchange/taskfile/late-keeper.ts";
import type { Folds } from "../host/embedded/fold.ts";
import type { Deciding } from "../host/embedded/load.ts";
import type { ReachedOwner } from "../host/embedded/reach.ts";
import type { AskedRow, EffectRow, Host, RetryRow, RunQuery, RunRow, TaskRow } from "../host/host.ts";
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import type { Random } from "../port/random.ts";
import type { AskedBy } from "../server/started.ts";
import type { ProjectSettings, RedactedText } from "../spec/project-settings.ts";
import type { Surroundings } from "../spec/surroundings.ts";

/** Where text goes. `columns` and `rows` are null when it is no terminal. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number | null;
  readonly rows: number | null;
  /** Writes as it is; what cannot be written ends the output, never the run. */
  write(text: string | Uint8Array): void;
  /** True once the reader has gone: whoever only writes can stop. */
  readonly isGone?: boolean;
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
  /** All of standard input, to its end. */
  readInput(): Promise<Uint8Array>;
  /** How the person called us, for hints: `decapod` or `npm start --`. */
  readonly calledAs: string;
  /** Calls back on SIGINT, SIGTERM and SIGHUP until what it gives is called; none of them ends the process any more. */
  onSignal(call: (signal: "SIGINT" | "SIGTERM" | "SIGHUP") => void): () => void;
  /** Calls back with every key pressed at the terminal, ctrl-C among them, until the returned function is called. */
  onKey(call: (key: string) => void): () => void;
  /** The project a command works in (formats.md 1): `--project`, or found upward from cwd. */
  project(explicit: string | null): Result<Project>;
  /** Where it lies, for a command that needs none of its settings: decapod.yaml is not read. */
  place(explicit: string | null): Result<Place>;
  /** Reads and checks a workflow by name or path. */
  workflow(project: Project, nameOrPath: string): Result<CheckedFile>;
  /** What the workflows of a project are checked against. */
  surroundings(project: Project): Surroundings;
  /** A real run is about to be read and opened: what it will need gets ready meanwhile. */
  prepare(): void;
  /** Becomes the owner and opens the engine with its arm. E_LOCKED when another process is the owner. */
  open(project: Project, options: OpenOptions): Promise<Result<Opened>>;
  /** Starts an owner in the background, to go on with these runs once this process has closed its own; its number. */
  startOwner(project: Project, options: OpenOptions, runs: readonly string[]): Promise<Result<number>>;
  /** Tells the process that started this one in the background that it is ready, or why it is not. */
  tellStarter(problems: readonly Problem[] | null): void;
  readonly random: Random;
  newRunId(): string;
  /** Runs a program at this terminal, an editor, and waits for its end; with its exit code. */
  atTerminal(argv: readonly string[]): Promise<Result<number>>;
  /** The living owner, once it answers; null when there is none. E_LOCKED when it says nothing for a second. */
  connect(place: Place): Promise<Result<ReachedOwner | null>>;
  /** The journal for seeing what its owner does, as it does it; null when the project has none yet. */
  watch(project: Project): Promise<Result<WatchedJournal | null>>;
  /** The journal for reading only; works beside an owner. null when the project has none yet. */
  read(project: Project): Result<Reader | null>;
  /** What deciding the project's runs again from their entries takes. */
  deciding(project: Project): Deciding;
  /** The cursors on the journal of a project that nobody owns; E_LOCKED when somebody does, who is then to be asked. */
  withCursors<T>(place: Place, act: (cursors: Cursors) => Promise<T>): Promise<Result<T>>;
  /** Agent CLIs and other programs found in PATH, by name → absolute path. */
  programs(names: readonly string[]): Readonly<Record<string, string>>;
}

export interface Place {
  readonly root: string;
  /** `.claude/workflow-state` under the root. */
  readonly stateFolder: string;
}

export interface Project extends Place {
  readonly config: ProjectConfig;
}

export interface ProjectConfig {
  readonly slots: number;
  readonly durability: "durable" | "fast";
  readonly environmentPass: readonly string[];
  /** Limits that the project made smaller. */
  readonly limits: Limits;
  /** How many agents one foreach or matrix starts without asking; null: not said. */
  readonly fanOut: number | null;
  readonly redact: readonly RedactedText[];
  readonly retention: ProjectSettings["retention"];
}

export interface CheckedFile {
  readonly file: string;
  /** The text as it stands, for source frames. */
  readonly text: string;
  readonly workflow: Workflow;
  /** As it is kept in the journal under `workflow.digest`. */
  readonly definition: string;
  readonly warnings: readonly Problem[];
  /** Of a task file: that it is what asks. */
  readonly trigger?: AskedBy;
}

export interface OpenOptions {
  readonly durability: "durable" | "fast" | null;
  readonly slots: number | null;
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

export interface RoomOnDisk {
  /** Calls back when the disk is full, and with null once there is room again. Returns how to stop. */
  listen(listener: (problem: Problem | null) => void): () => void;
}

/** What a command that stays with runs needs of whoever works on them. */
export interface Followed {
  readonly host: Pick<Host, "ended" | "apply"> & { readonly room: RoomOnDisk };
  /** What happens, in order, as soon as it is on the disk and can be told. */
  observe(listener: (changes: readonly Change[]) => void): () => void;
  /** Resolves once the observers have had all that has happened until now; a fault of the journal shows in `fault`. */
  told(): Promise<void>;
  /** What running attempts print, at most a few times a second each, and that one prints nothing. */
  onProgress(listener: (progress: Progress) => void): () => void;
  run(id: string): Run | null;
  /** Child runs at any depth that are open with a run of the project's own. */
  below(root: string): readonly Run[];
  /** The interrupted runs behind which a run waits. */
  heldUpBy(run: string): readonly string[];
  /** The journal's own fault once it can no longer be written. */
  readonly fault: Problem | null;
  /** False when another process does the work, and this one only sees it. */
  readonly isHere: boolean;
  /** The process that did the work has gone, and no other has come. */
  readonly isOrphaned: boolean;
  /** Ends running attempts of these runs (TERM, then KILL with `now`), journals their end, leaves the runs interrupted. */
  interrupt(now: boolean, runs: readonly string[]): Promise<void>;
  close(handsOver?: boolean): Promise<void>;
}

export interface EngineSettings {
  readonly slots: number;
  readonly durability: "durable" | "fast";
}

export interface OpenEngine extends Followed {
  readonly host: Host & Followed["host"];
  readonly settings: EngineSettings;
  /** What keeps the folders of task files as the journal has it. */
  readonly taskFiles: LateKeeper;
  newRunId(): string;
  seed(): number;
  /** What stops this workflow from starting here: missing drivers, secrets, labels, what this version lacks. */
  startProblems(checked: CheckedFile, rehearse: boolean): Promise<readonly Problem[]>;
  startRun(id: string, checked: CheckedFile, started: RunStarted): Promise<Result<null>>;
  /** Takes up an interrupted run, which goes on as `by` wants; null: only to end it, or to go on as it was. */
  resume(run: string, by: string | null): Result<Run>;
  /** The runs it works on, children among them. */
  openRuns(): readonly Run[];
  /** Of the runs at the top, those in which something goes on by itself. */
  active(): readonly string[];
  /** How many other processes see what happens here. */
  readonly followers: number;
  /** What opening the journal found worth a word: an old SQLite, a missing mark. */
  readonly notices: readonly Problem[];
}

/** Asks the owner for one of the operations of the contract: another process, or this one itself. */
export type CallOwner = <Name extends CallName>(
  name: Name,
  input: Input<Name>,
  /** Of a person who sits at no terminal. */
  token?: string,
) => Promise<Result<Answer<Name>>>;

/** This process is the owner. */
export interface Opened {
  readonly engine: OpenEngine;
  /** Others can talk to it from now on. */
  listen(): Promise<Result<unknown>>;
  /** Loaded when they are wanted. A call is decided at once, before anything else happens in this process. */
  operations(): Promise<CallOwner>;
}

/** Whoever works on a project: this process from now on, or another one that answers. */
export type Reached =
  | ({ readonly kind: "here" } & Opened)
  | { readonly kind: "there"; readonly owner: ReachedOwner; operations(): Promise<CallOwner> };

export interface WatchedJournal {
  readonly reader: Reader;
  readonly folds: Folds;
}

export interface Reader {
  runs(query: RunQuery): readonly RunRow[];
  run(id: string): RunRow | null;
  /** Of all states, or of these. */
  tasks(run: string, statuses?: readonly string[]): readonly TaskRow[];
  /** How many there are of each state, items not counted, in the order in which the states first stand. */
  taskCounts(run: string): ReadonlyMap<string, number>;
  effects(run?: string): readonly EffectRow[];
  entries(run: string): readonly Entry[];
  /** How the run was started; null when there is no such run. */
  started(run: string): RunStarted | null;
  /** The workflow it was started with. */
  workflow(run: string): Workflow | null;
  /** How it became what it is, entry by entry, decided again from its entries alone. */
  changes(run: string): Iterable<Change>;
  definition(digest: string): string | null;
  /** Lines that belong to no run, of a kind and whose detail begins so, oldest first. */
  audits(action: string, start: string): readonly { readonly detail: string }[];
  /** Runs that ended then or later, and those that are open. */
  livedSince(at: number): readonly string[];
  /** Another number than before: something was written. */
  readonly lastCommit: number;
  /** Full ids that end in `suffix`, for `r-7k2m`. */
  runsEnding(suffix: string): readonly string[];
  /** The full id, the last in order, of those that begin so. */
  lastRunBeginning(start: string): string | null;
  /** The retries among a run and all that came after it, in the order of their starts. */
  retries(since: string): readonly RetryRow[];
  /** How many decisions people were asked for in runs at the top and all inside them; none: not in the list. */
  asked(roots: readonly string[]): readonly AskedRow[];
  /** Full ids whose last four letters are among these. */
  runsEndingIn(endings: readonly string[]): readonly string[];
  /** True while a living process owns the project. */
  readonly owned: boolean;
  /** How much stands in a log by now, and since when; null when there is none. */
  printed(log: string): { readonly bytes: number; readonly at: number } | null;
  /** Folder of one attempt: output.log, stdout.txt, result.json. */
  attemptFolder(run: string, task: string, item: number | null, attempt: number): string;
  close(): void;
}
