/**
 * Follows `pending` and begins what lies there. The system's hints make it quick; a look at everything every few seconds
 * is what it rests on, since hints are lost without a word.
 */
import type { Problem, Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import { errorCode } from "../../port/files.ts";
import { inTurns } from "../../port/in-turns.ts";
import type { AgentFiles } from "./agent-files.ts";
import type { Refusal, TaskKeeper } from "./keeper.ts";
import { type Known, readKnown } from "./known-file.ts";
import {
  circlesIn,
  type Pending,
  ReadyTasks,
  type Standing,
  turnsOf,
  waitsFor,
  wholeInMs,
} from "./pending.ts";
import { isFinal } from "./refusals.ts";
import { Waits } from "./standing.ts";
import { type FoundFile, idOf, type TaskFolders } from "./task-folders.ts";
import { circleProblem, notWatched, passedOver } from "./watch-problems.ts";

const RESCAN_MS = 5_000;
/** By then a hint that it was written is here. */
const ARRIVAL_MS = 30;
/** With more at once the system may have dropped some. */
const HINTS_TRUSTED = 2_000;

export interface WatchOptions {
  readonly folders: TaskFolders;
  readonly keeper: TaskKeeper;
  readonly clock: Clock;
  /** How many more tasks may be begun now. */
  readonly free: () => number;
  /** Tasks that are being done. */
  readonly open: () => readonly string[];
  readonly standing: (id: string) => Standing;
  readonly agentFiles: Pick<AgentFiles, "parentsOf" | "problem">;
  /** Resolves once `agentFiles` knows of every attempt that has begun by now. */
  readonly caughtUp: () => Promise<void>;
  /** Resolves once the run is on the disk. */
  readonly start: (file: FoundFile, number: number, parents: readonly string[]) => Promise<Result<null>>;
  readonly tell: (problem: Problem) => void;
}

export class TaskWatch {
  readonly #options: WatchOptions;
  readonly #known = new Map<string, Known>();
  /** Whole files, by id. */
  readonly #ready = new ReadyTasks();
  readonly #hinted = new Set<string>();
  /** Not whole yet: looked at again when they may be. */
  readonly #resting = new Set<string>();
  /** Files that came without being written here, and when. */
  readonly #arrived = new Map<string, number>();
  /** Files that stay although nothing can begin from them, with what they were when that was found out. */
  readonly #refused = new Map<string, string>();
  readonly #told = new Set<string>();
  readonly #waits: Waits;
  /** How many times everything was looked at. */
  #looks = 0;
  #wake: () => void = () => {};
  #isWoken = false;
  #isFullWanted = true;
  #soonestMs = RESCAN_MS;
  #unwatch: (() => void) | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#waits = new Waits(options.standing);
  }

  /** Until the signal; what was begun goes on. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener("abort", () => this.wake());
    this.#watch();
    let rescanAt = 0;
    while (!signal.aborted) {
      if (this.#isFullWanted || clock.monotonic() >= rescanAt) {
        this.#isFullWanted = false;
        await this.#lookAtAll();
        rescanAt = clock.monotonic() + RESCAN_MS;
      }
      await this.#lookAtHinted();
      await this.#begin(signal);
      await this.#rest(Math.max(0, Math.min(this.#soonestMs, rescanAt - clock.monotonic())));
    }
    this.#unwatch?.();
  }

  /** Something may have changed: a file, or a run that has ended. */
  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  #watch(): void {
    const { folders } = this.#options;
    const trouble = folders.makeFolder("tasks/pending");
    if (trouble !== null) return this.#tellOnce(`${trouble.code} ${trouble.message}`, trouble);
    const poll = (code: string) => this.#tellOnce("poll", notWatched(code, RESCAN_MS / 1000));
    try {
      const path = folders.path({ folder: "pending", name: "" });
      this.#unwatch = folders.files.watch(
        path,
        (name, isWrite) => this.#hint(name, isWrite),
        () => poll(""),
      );
    } catch (thrown) {
      poll(` (${errorCode(thrown)})`);
    }
  }

  #hint(name: string | null, isWrite: boolean): void {
    if (name === null) this.#isFullWanted = true;
    else if (name.startsWith(".")) return;
    else {
      this.#hinted.add(name);
      if (isWrite) this.#arrived.delete(name);
      else if (this.#hinted.size < HINTS_TRUSTED) this.#arrived.set(name, this.#options.clock.monotonic());
    }
    this.wake();
  }

  async #rest(ms: number): Promise<void> {
    const { clock } = this.#options;
    if (!this.#isWoken && ms > 0)
      await new Promise<void>((resolve) => {
        const cancel = clock.after(ms, resolve, { hold: true });
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    this.#isWoken = false;
    this.#wake = () => {};
  }

  async #lookAtAll(): Promise<void> {
    const { folders, keeper, open, clock } = this.#options;
    this.#looks += 1;
    const found: FoundFile[] = [];
    for await (const { file, stray } of inTurns(folders.all("pending"), clock)) {
      if (stray === null) found.push(file);
      else if (stray.reason !== null)
        this.#tellOnce(`stray ${file.shown}`, passedOver(file.shown, stray.reason));
    }
    const names = new Set(found.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#forget(name);
    for (const name of this.#refused.keys()) if (!names.has(name)) this.#refused.delete(name);
    await this.#options.caughtUp();
    for await (const file of inTurns(found, clock)) this.#look(file);
    const running = [...open(), ...folders.list("in-progress").map(idOf)];
    for await (const id of inTurns(new Set(running), clock)) keeper.keep(id);
  }

  async #lookAtHinted(): Promise<void> {
    const { folders, clock } = this.#options;
    const names = [...new Set([...this.#hinted, ...this.#resting])];
    this.#hinted.clear();
    this.#soonestMs = RESCAN_MS;
    const found = folders.files.exists(folders.root) ? names.map((name) => folders.at("pending", name)) : [];
    if (found.length > 0) await this.#options.caughtUp();
    for await (const file of inTurns(found, clock)) if (folders.isTask(file.name)) this.#look(file);
  }

  #forget(name: string): void {
    this.#known.delete(name);
    for (const names of [this.#resting, this.#arrived]) names.delete(name);
    this.#ready.delete(idOf({ name }));
  }

  #look(file: FoundFile): void {
    const { folders, clock } = this.#options;
    const stat = folders.files.stat(folders.path(file));
    if (stat === null) return this.#forget(file.name);
    const signature = `${stat.inode} ${stat.size} ${stat.modifiedMs} ${stat.changedMs}`;
    const before = this.#known.get(file.name);
    if (this.#refused.get(file.name) === signature) return;
    const known = before?.signature === signature ? before : this.#read(file, signature, stat.changedMs);
    if (known === null) return this.#forget(file.name);
    this.#known.set(file.name, known);
    const now = clock.monotonic();
    const restsMs = Math.max(now - known.since, clock.wall() - Math.max(stat.modifiedMs, stat.changedMs));
    const arrived = this.#arrived.get(file.name);
    const inMs = Math.min(
      wholeInMs({ stat, restsMs, isReadable: known.isReadable, endsLine: known.endsLine }),
      arrived === undefined ? Number.POSITIVE_INFINITY : Math.max(0, arrived + ARRIVAL_MS - now),
    );
    if (inMs > 0) {
      this.#soonestMs = Math.min(this.#soonestMs, inMs);
      this.#resting.add(file.name);
      this.#ready.delete(idOf(file));
      return;
    }
    this.#resting.delete(file.name);
    if (known.pending === null) this.#refuse(file, known.problems);
    else this.#ready.add(known.pending);
  }

  #read(file: FoundFile, signature: string, cameAt: number): Known | null {
    const { folders, clock, agentFiles } = this.#options;
    const read = readKnown(folders, file, { signature, since: clock.monotonic() }, (task) =>
      agentFiles.parentsOf(task, cameAt),
    );
    if (read === null || read.ok) return read?.value ?? null;
    // What is no plain file is never read, and stays where it is.
    for (const problem of read.problems) this.#tellOnce(`${problem.code} ${problem.message}`, problem);
    return null;
  }

  /** What stays where it is was told before. */
  #refuse(file: FoundFile, problems: readonly Problem[]): Refusal["state"] {
    const { keeper, clock, tell } = this.#options;
    const { state } = keeper.refuse(file, { problems, at: clock.wall() });
    this.#forget(file.name);
    for (const problem of problems)
      if (state === "moved") tell(problem);
      else this.#tellOnce(`${file.shown} ${problem.code} ${problem.message}`, problem);
    return state;
  }

  /** As many as there is room for, the most urgent first. */
  async #begin(signal: AbortSignal): Promise<void> {
    let left = this.#options.free();
    if (left <= 0 || this.#ready.size === 0) return;
    this.#refuseCircles();
    const starting: Promise<void>[] = [];
    for await (const pending of inTurns(this.#ready.inOrder(), this.#options.clock)) {
      if (left <= 0 || signal.aborted) break;
      if (!this.#ready.has(pending) || !this.#mayBegin(pending)) continue;
      if (pending.parents.length > 0 && (await this.#isHeldBack(pending))) continue;
      this.#ready.delete(pending.id);
      const { wants } = this.#options.keeper.keep(pending.id);
      if (wants === null) continue;
      left -= 1;
      starting.push(this.#start(pending, wants));
    }
    await Promise.all(starting);
  }

  /** What agents wrote beyond their quota stays where it is until a person lets it through; told once for each run. */
  async #isHeldBack({ id, parents }: Pending): Promise<boolean> {
    const file = this.#options.folders.find("pending", id);
    if (file === null) return false;
    const problem = await this.#options.agentFiles.problem({ id, shown: file.shown, parents });
    if (problem === null) return false;
    this.#refused.set(file.name, this.#known.get(file.name)?.signature ?? "");
    this.#forget(file.name);
    this.#tellOnce(`${problem.code} ${parents.join()}`, problem);
    return true;
  }

  #mayBegin(pending: Pending): boolean {
    const waiting = waitsFor(pending, this.#options.standing);
    if (waiting.length === 0) return true;
    for (const problem of this.#waits.problems(pending.id, waiting, this.#looks))
      this.#tellOnce(problem.message, problem);
    return false;
  }

  /** All of each: whichever were left would wait for one that failed. Only what comes can close a circle. */
  #refuseCircles(): void {
    if (!this.#ready.takeNews()) return;
    const waits = (pending: Pending) => waitsFor(pending, this.#options.standing);
    for (const circle of circlesIn(this.#ready.byId, waits)) this.#refuseCircle(circle);
  }

  #refuseCircle(circle: readonly string[]): void {
    for (const turn of turnsOf(circle)) {
      const file = this.#options.folders.find("pending", turn[0] ?? "");
      if (file !== null) this.#refuse(file, [circleProblem(turn)]);
    }
  }

  async #start({ id, parents }: Pending, number: number): Promise<void> {
    const file = this.#options.folders.find("pending", id);
    if (file === null) return;
    const signature = this.#known.get(file.name)?.signature ?? "";
    const begun = await this.#options.start(file, number, parents);
    this.#known.delete(file.name);
    this.#arrived.delete(file.name);
    if (begun.ok) return;
    if (isFinal(begun.problems)) {
      if (this.#refuse(file, begun.problems) === "stays") this.#refused.set(file.name, signature);
      return;
    }
    for (const problem of begun.problems) this.#tellOnce(`${problem.code} ${id}`, problem);
  }

  #tellOnce(key: string, problem: Problem): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.tell(problem);
  }
}
