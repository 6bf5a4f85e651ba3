/** Keeps the folders of task files as the journal has it: carries out what reconcile.ts decides, one task at a time. */
import { dirname, join } from "node:path";
import type { RunStarted } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import { BUILT_IN, type Limits } from "../../core/limits.ts";
import type { Problem, Result } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { OneByOne } from "../../port/one-by-one.ts";
import { runFolder } from "../../work/folder.ts";
import { duplicate, FOREIGN, SAYINGS } from "./keeper-words.ts";
import type { Offset } from "./local-day.ts";
import { isPlain } from "./plain-file.ts";
import { type FolderView, type RunView, reconcile, type Step } from "./reconcile.ts";
import type { TaskResult } from "./result-file.ts";
import { type ResultReader, resultOfRefusal, resultOfRun } from "./result-of-run.ts";
import { NOTHING_SAID, saidIn } from "./task-file.ts";
import { FOLDERS, type Folder, type FoundFile, idOf, type TaskFolders } from "./task-folders.ts";
import { fileOfId, idTrouble, keyOfId } from "./task-id.ts";
import { TaskResults } from "./task-results.ts";
import { lastRunOf, type RecordedTask, recordedTask, stateOf } from "./task-run.ts";

export interface KeeperReader extends ResultReader {
  started(run: string): RunStarted | null;
}

export interface KeeperOptions {
  readonly folders: TaskFolders;
  readonly stateFolder: string;
  /** null: there is no journal yet. */
  readonly reader: () => KeeperReader | null;
  readonly offset: Offset;
  readonly output: (digest: string) => Json | undefined;
  readonly limits?: Limits;
  /** What people should know, each once. */
  readonly tell: (problem: Problem) => void;
}

/** What is left to do once the folders are right. */
export interface Kept {
  /** The number of the run that it wants; null: none. */
  readonly wants: number | null;
  readonly run: RunRow | null;
  /** Of that run; 0: there is none. */
  readonly number: number;
  /** What it was started with. */
  readonly text: string | null;
  /** Why the folders are not right. */
  readonly trouble: Problem | null;
}

interface Why {
  readonly problems: readonly Problem[];
  readonly at: number;
}

/** stays: nothing was done about it. stuck: something lies in the way, which was told. */
export interface Refusal {
  readonly state: "moved" | "stays" | "stuck";
  /** Where its result lies. */
  readonly result: string | null;
}

const STAYS: Refusal = { state: "stays", result: null };

export class TaskKeeper {
  readonly #options: KeeperOptions;
  readonly #results: TaskResults;
  readonly #told = new Set<string>();
  /** What is found of a task is carried out before anybody looks at it again. */
  readonly #tasks = new OneByOne();

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#results = new TaskResults(options.folders, options.offset);
  }

  /** Puts the file of a task where it belongs. `isStart`: nobody has seen what lies there before. */
  keep(id: string, isStart = false): Promise<Kept> {
    return this.#tasks.alone(keyOfId(id), () => this.#keep(id, isStart));
  }

  async #keep(id: string, isStart: boolean): Promise<Kept> {
    const { folders } = this.#options;
    const { number, row } = this.#last(id);
    const started = row === null ? null : (this.#options.reader()?.started(row.run) ?? null);
    const recorded = started === null ? null : recordedTask(started);
    const of = { run: row, number, text: recorded?.text ?? null };
    const stopped = (trouble: Problem): Kept => {
      this.#tellOnce(trouble);
      return { wants: null, ...of, trouble };
    };
    if (recorded !== null && recorded.id !== id) return stopped(duplicate(id, recorded.id));
    const places = FOLDERS.filter((folder) => folders.has(folder, id));
    const view = { places: new Set(places), changed: this.#changed(id, places, row, recorded) };
    const steps = reconcile(view, row === null ? null : this.#runView(row));
    let wants: number | null = null;
    for (const step of steps) {
      if (step.do === "start") {
        wants = number + 1;
        continue;
      }
      if (recorded !== null && isOfCopy(step, view) && !this.#isAsBegun(step.from, id, recorded)) continue;
      const trouble = await this.#take(step, id, { row, recorded, isStart });
      if (trouble !== null) return stopped(trouble);
    }
    const inTheWay = wants === null ? this.#inTheWay(id) : null;
    return inTheWay === null ? { wants, ...of, trouble: null } : stopped(inTheWay);
  }

  /**
   * A file from which no run can begin: a result says why, then it goes to `failed`. Where it has a run, that run says
   * what came of the task, and what is no plain file is touched by nobody: both stay where they are.
   */
  refuse(file: FoundFile, why: Why): Promise<Refusal> {
    const read = this.#read(file);
    return this.#tasks.alone(keyOfId(idOf(file)), () => this.#refuse(file, read, why));
  }

  async #refuse(
    file: FoundFile,
    read: ReturnType<TaskFolders["read"]>,
    { problems, at }: Why,
  ): Promise<Refusal> {
    const { folders } = this.#options;
    const id = idOf(file);
    if (read === null || !isPlain(read) || this.#last(id).row !== null) return STAYS;
    const said = read.ok ? saidIn(file.shown, read.value) : NOTHING_SAID;
    const result = idTrouble(id) === null ? resultOfRefusal(id, said, { problems, at }) : null;
    const unwritten = result === null ? null : await this.#results.write(result);
    // Mended while that waited for the disk: what it says now nobody has read.
    if (unwritten === null && !isSame(read, this.#read(file))) return STAYS;
    const trouble = unwritten ?? folders.move(file, "failed");
    if (trouble !== null) {
      this.#tellOnce(trouble);
      return { state: "stuck", result: null };
    }
    return { state: "moved", result: result === null ? null : this.resultPath(id, at) };
  }

  #read(file: FoundFile) {
    const { folders, limits } = this.#options;
    return folders.read(file, limits ?? BUILT_IN);
  }

  /** Where the result of a run lies, or will lie. */
  resultPath(id: string, completedAt: number): string {
    return this.#results.path(id, completedAt);
  }

  /** What lies in `in-progress` and is no file says that somebody works on it, and nobody does. */
  #inTheWay(id: string): Problem | null {
    const { folders } = this.#options;
    const found = folders.has("in-progress", id) ? null : folders.find("in-progress", id);
    const read = found === null ? null : this.#read(found);
    return read === null || read.ok ? null : (read.problems[0] ?? null);
  }

  #last(id: string) {
    const reader = this.#options.reader();
    return reader === null ? { number: 0, row: null } : lastRunOf(reader, id);
  }

  #runView({ run, status, sequence }: RunRow): RunView {
    const settled = this.#options.folders.files.readTextIf(this.#markOf(run));
    return { state: stateOf(status), isSettled: settled === String(sequence), wasSettled: settled !== null };
  }

  /** Beside the run's logs, where it goes when the run goes. */
  #markOf(run: string): string {
    return join(runFolder(this.#options.stateFolder, run), "settled");
  }

  /** Only what can matter is read: two copies, or a file that may have been edited. */
  #changed(
    id: string,
    places: readonly Folder[],
    row: RunRow | null,
    recorded: RecordedTask | null,
  ): FolderView["changed"] {
    if (row === null || recorded === null) return new Set();
    const isAsked = (folder: Folder) => folder === "in-progress" || places.length > 1;
    return new Set(places.filter(isAsked).filter((folder) => !this.#isAsBegun(folder, id, recorded)));
  }

  #isAsBegun(folder: Folder, id: string, { digest }: RecordedTask): boolean {
    const file = this.#options.folders.find(folder, id);
    const read = file === null ? null : this.#read(file);
    return read?.ok === true && sha256(read.value) === digest;
  }

  async #take(
    step: Exclude<Step, { do: "start" }>,
    id: string,
    about: { row: RunRow | null; recorded: RecordedTask | null; isStart: boolean },
  ): Promise<Problem | null> {
    const { folders } = this.#options;
    switch (step.do) {
      case "move": {
        const file = folders.find(step.from, id);
        return file === null ? null : folders.move(file, step.to);
      }
      case "drop":
        return folders.drop(step.from, id);
      case "restore":
        return about.recorded === null
          ? null
          : folders.write(folders.at(step.to, fileOfId(id)).shown, about.recorded.text);
      case "settle":
        return this.#settle(about.row, about.recorded);
      case "tell":
        // Before the first look a crash is as likely as a person.
        if (!about.isStart || step.about !== "wanted_back") this.#tellOf(step.about, id, about.row);
        return null;
      default:
        return step satisfies never;
    }
  }

  async #settle(row: RunRow | null, recorded: RecordedTask | null): Promise<Problem | null> {
    const { folders, output } = this.#options;
    const reader = this.#options.reader();
    if (row === null || recorded === null || reader === null) return null;
    const mark = this.#markOf(row.run);
    const around = { reader, files: folders.files, root: folders.root, output };
    const result = resultOfRun(row, recorded, around);
    const isFirst = folders.files.readTextIf(mark) === null;
    if (isFirst && this.#results.isForged(result)) this.#tellForged(result, row);
    const trouble = await this.#results.write(result);
    if (trouble !== null) return trouble;
    folders.files.makeFolder(dirname(mark));
    // Not synced: where it is lost with the power, the same result is written again.
    writeMark(folders.files, mark, String(row.sequence));
    return null;
  }

  #tellForged({ taskId, completedAt }: TaskResult, { run }: RunRow): void {
    this.#tell(`forged ${run}`, {
      code: FOREIGN,
      message: `${this.resultPath(taskId, completedAt)} was written by somebody else before the task had ended; it is replaced`,
      hint: "only decapod writes results",
    });
  }

  #tellOf(about: (Step & { do: "tell" })["about"], id: string, row: RunRow | null): void {
    const key = `${about} ${keyOfId(id)} ${row?.run ?? ""} ${row?.status ?? ""}`;
    const { code, message, hint } = SAYINGS[about];
    const named = hint.replace("RUN", row?.run ?? "RUN");
    this.#tell(key, { code, message: `the task ${id} ${message}`, hint: named });
  }

  #tellOnce(problem: Problem): void {
    this.#tell(`${problem.code} ${problem.message}`, problem);
  }

  #tell(key: string, problem: Problem): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.tell(problem);
  }
}

/**
 * What lay beside the one that was done, with its very bytes, gives way only while it has them: the step before may have
 * waited for the disk.
 */
function isOfCopy(step: Step, { places, changed }: FolderView): step is Step & { do: "move" | "drop" } {
  if (step.do !== "move" && step.do !== "drop") return false;
  return places.size > 1 && step.from !== "in-progress" && !changed.has(step.from);
}

/** What cannot be read is the same as long as there is the same to say about it. */
function isSame(before: Result<Uint8Array>, now: Result<Uint8Array> | null): boolean {
  if (now === null || !before.ok || !now.ok)
    return now?.ok === false && !before.ok && now.problems[0]?.message === before.problems[0]?.message;
  return sha256(before.value) === sha256(now.value);
}

function writeMark(files: Files, path: string, text: string): void {
  const file = files.open(path, "write");
  try {
    file.truncate(0);
    file.write(text, 0);
  } finally {
    file.close();
  }
}
