/**
 * Follows `pending` and begins what lies there. The system's hints make it quick; a look at everything every few seconds
 * is what it rests on, since hints are lost without a word.
 */
import type { Problem, Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import { errorCode } from "../../port/files.ts";
import type { Turns } from "../../port/in-turns.ts";
import type { AgentFiles } from "./agent-files.ts";
import { Hints } from "./hints.ts";
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

export interface WatchOptions {
  readonly folders: TaskFolders;
  readonly keeper: TaskKeeper;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Nothing can begin any more: the engine has stopped. */
  readonly isOver: () => boolean;
  /** How many more tasks may be begun now. */
  readonly free: () => number;
  /** Tasks that are being done. */
  readonly open: () => readonly string[];
  readonly standing: (id: string) => Standing;
  readonly agentFiles: Pick<AgentFiles, "parentsOf" | "problem">;
  /** Resolves once `agentFiles` knows of every attempt that has begun by now. */
  readonly caughtUp: () => Promise<void>;
  readonly start: (file: FoundFile, number: number, parents: readonly string[]) => Promise<Starting>;
  readonly tell: (problem: Problem) => void;
}

/** It is decided what begins, and whether; that is written once the run is on the disk. */
export interface Starting {
  readonly written: Promise<Result<null>>;
}

export class TaskWatch {
  readonly #options: WatchOptions;
  readonly #known = new Map<string, Known>();
  /** Whole files, by id. */
  readonly #ready = new ReadyTasks();
  readonly #hints: Hints;
  /** Not whole yet: looked at again when they may be. */
  readonly #resting = new Set<string>();
  /** Files that stay although nothing can begin from them, with what they were when that was found out. */
  readonly #refused = new Map<string, string>();
  readonly #told = new Set<string>();
  readonly #waits: Waits;
  /** How many times everything was looked at. */
  #looks = 0;
  #soonestMs = RESCAN_MS;
  #unwatch: (() => void) | null = null;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#hints = new Hints(options.clock);
    this.#waits = new Waits(options.standing);
  }

  /** Until the signal, or until nothing can begin any more; what was begun goes on. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener("abort", () => this.wake());
    this.#watch();
    let rescanAt = 0;
    while (!signal.aborted && !this.#options.isOver()) {
      if (this.#hints.takeFull() || clock.monotonic() >= rescanAt) {
        await this.#lookAtAll();
        rescanAt = clock.monotonic() + RESCAN_MS;
      }
      await this.#lookAtHinted();
      await this.#begin(signal);
      await this.#hints.rest(Math.max(0, Math.min(this.#soonestMs, rescanAt - clock.monotonic())));
    }
    this.#unwatch?.();
  }

  /** Something may have changed: a file, or a run that has ended. */
  wake(): void {
    this.#hints.wake();
  }

  #watch(): void {
    const { folders } = this.#options;
    const trouble = folders.makeFolder("tasks/pending");
    if (trouble !== null) return this.#tellOnce(`${trouble.code} ${trouble.message}`, trouble);
    const poll = (code: string) => this.#tellOnce("poll", notWatched(code, RESCAN_MS / 1000));
    try {
      this.#unwatch = this.#hints.watch(folders, () => poll(""));
    } catch (thrown) {
      poll(` (${errorCode(thrown)})`);
    }
  }

  async #lookAtAll(): Promise<void> {
    const { folders, keeper, open, turns } = this.#options;
    this.#looks += 1;
    const found: FoundFile[] = [];
    for await (const { file, stray } of turns.over(folders.all("pending"))) {
      if (stray === null) found.push(file);
      else if (stray.reason !== null)
        this.#tellOnce(`stray ${file.shown}`, passedOver(file.shown, stray.reason));
    }
    const names = new Set(found.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#forget(name);
    for (const name of this.#refused.keys()) if (!names.has(name)) this.#refused.delete(name);
    await this.#options.caughtUp();
    for await (const file of turns.over(found)) await this.#look(file);
    const running = [...open(), ...folders.list("in-progress").map(idOf)];
    for await (const id of turns.over(new Set(running))) await keeper.keep(id);
  }

  async #lookAtHinted(): Promise<void> {
    const { folders, turns } = this.#options;
    const names = [...new Set([...this.#hints.take(), ...this.#resting])];
    this.#soonestMs = RESCAN_MS;
    const found = folders.files.exists(folders.root) ? names.map((name) => folders.at("pending", name)) : [];
    if (found.length > 0) await this.#options.caughtUp();
    for await (const file of turns.over(found)) if (folders.isTask(file.name)) await this.#look(file);
  }

  #forget(name: string): void {
    this.#known.delete(name);
    this.#resting.delete(name);
    this.#hints.forget(name);
    this.#ready.delete(idOf({ name }));
  }

  async #look(file: FoundFile): Promise<void> {
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
    const inMs = Math.min(
      wholeInMs({ stat, restsMs, isReadable: known.isReadable, endsLine: known.endsLine }),
      this.#hints.wholeInMs(file.name) ?? Number.POSITIVE_INFINITY,
    );
    if (inMs > 0) {
      this.#soonestMs = Math.min(this.#soonestMs, inMs);
      this.#resting.add(file.name);
      this.#ready.delete(idOf(file));
      return;
    }
    this.#resting.delete(file.name);
    if (known.pending === null) await this.#refuse(file, known.problems);
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
  async #refuse(file: FoundFile, problems: readonly Problem[]): Promise<Refusal["state"]> {
    const { keeper, clock, tell } = this.#options;
    const { state } = await keeper.refuse(file, { problems, at: clock.wall() });
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
    await this.#refuseCircles();
    const starting: Promise<void>[] = [];
    for await (const pending of this.#options.turns.over(this.#ready.inOrder())) {
      if (left <= 0 || signal.aborted) break;
      if (!this.#mayBegin(pending)) continue;
      if (pending.parents.length > 0 && (await this.#isHeldBack(pending))) continue;
      this.#ready.delete(pending.id);
      const { wants } = await this.#options.keeper.keep(pending.id);
      if (wants === null) continue;
      left -= 1;
      const { written } = await this.#start(pending, wants);
      starting.push(written);
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
  async #refuseCircles(): Promise<void> {
    if (!this.#ready.takeNews()) return;
    const { byId } = this.#ready;
    // How all of them stand is asked only where what they say goes round in a circle.
    if (circlesIn(byId, ({ dependsOn }) => dependsOn).length === 0) return;
    const waits = (pending: Pending) => waitsFor(pending, this.#options.standing);
    for (const circle of circlesIn(byId, waits)) await this.#refuseCircle(circle);
  }

  async #refuseCircle(circle: readonly string[]): Promise<void> {
    for (const turn of turnsOf(circle)) {
      const file = this.#options.folders.find("pending", turn[0] ?? "");
      if (file !== null) await this.#refuse(file, [circleProblem(turn)]);
    }
  }

  /** What has to be worked out is done when it resolves; `written` once the run is on the disk. */
  async #start({ id, parents }: Pending, number: number): Promise<{ readonly written: Promise<void> }> {
    const file = this.#options.folders.find("pending", id);
    if (file === null) return { written: Promise.resolve() };
    const signature = this.#known.get(file.name)?.signature ?? "";
    const { written } = await this.#options.start(file, number, parents);
    return { written: written.then((begun) => this.#started(file, signature, begun)) };
  }

  async #started(file: FoundFile, signature: string, begun: Result<null>): Promise<void> {
    this.#known.delete(file.name);
    this.#hints.forget(file.name);
    if (begun.ok || this.#options.isOver()) return;
    if (isFinal(begun.problems)) {
      if ((await this.#refuse(file, begun.problems)) === "stays") this.#refused.set(file.name, signature);
      return;
    }
    const id = idOf(file);
    for (const problem of begun.problems) this.#tellOnce(`${problem.code} ${id}`, problem);
  }

  #tellOnce(key: string, problem: Problem): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#options.tell(problem);
  }
}
