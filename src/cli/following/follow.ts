/**
 * Stays with runs until they end, wait for people, or somebody presses ctrl-C: shows what happens, asks what can be
 * asked here, and says how each of them stopped.
 */
import type { Problem } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import type { Run, RunStatus } from "../../core/run.ts";
import type { Followed, Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { Asker } from "../deciding/asker.ts";
import { shortRun } from "../ids.ts";
import { roomTeller } from "../room-teller.ts";
import { isClosed } from "../words.ts";
import type { Beginning, Watcher } from "./watcher.ts";

export type Signal = "SIGINT" | "SIGTERM" | "SIGHUP";

export type Stop =
  | { readonly kind: "ended"; readonly status: RunStatus }
  | { readonly kind: "waits" }
  | { readonly kind: "interrupted"; readonly signal: Signal }
  /** Nobody watches any more; the run goes on. */
  | { readonly kind: "left"; readonly signal: Signal | null }
  /** The process that worked on it has gone. */
  | { readonly kind: "orphaned" }
  | { readonly kind: "fault"; readonly problem: Problem };

/** How each run that was followed stopped. */
export type Stops = ReadonlyMap<string, Stop>;

export interface StayOptions {
  readonly context: Context;
  readonly project: Project;
  readonly engine: Followed;
  /** Stay while only people can move a run on. */
  readonly wait: boolean;
}

export interface FollowOptions extends StayOptions {
  readonly watcher: Watcher;
  /** Whether a person at this terminal may be asked; true when it is not said. */
  readonly asks?: boolean;
  /** Told before and after a line is typed here. */
  readonly asking?: (isAsking: boolean) => void;
}

/** How one comes to a run that was there before. */
export type Joining = Exclude<Beginning["how"], "started">;

export class Follower {
  readonly #options: FollowOptions;
  readonly #runs = new Set<string>();
  readonly #stopping = new AbortController();
  readonly #interrupts: Promise<void>[] = [];
  readonly #asker: Asker;
  /** Interrupted runs in the way that were named. */
  readonly #named = new Set<string>();
  readonly #cleanup: (() => void)[] = [];
  #signal: Signal | null = null;
  #isDecided = false;
  #isLeaving = false;
  #reader: Reader | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    const { engine, watcher, context } = options;
    this.#asker = new Asker({
      ...options,
      runs: this.#runs,
      reader: () => this.reader,
      isStopped: () => this.#isStopped,
      onInterrupt: () => this.interrupt("SIGINT"),
    });
    this.#cleanup.push(
      engine.observe((changes) => this.#seen(changes)),
      engine.onProgress((progress) => watcher.progress(progress)),
      engine.host.room.listen(roomTeller(context, watcher)),
      context.application.onSignal((signal) => this.interrupt(signal)),
    );
  }

  /** The journal for reading, there once the engine is open. */
  get reader(): Reader {
    const { context, project } = this.#options;
    const read = this.#reader === null ? context.application.read(project) : null;
    if (read?.ok === true) this.#reader = read.value;
    if (this.#reader === null) throw new Error("an open engine has a journal that can be read");
    return this.#reader;
  }

  get runs(): ReadonlySet<string> {
    return this.#runs;
  }

  /** A run that is about to be started. */
  expect(id: string): void {
    this.#runs.add(id);
  }

  /** A run that was there before. */
  add(run: Run, how: Joining = "resumed"): void {
    this.#runs.add(run.id);
    const { watcher, engine } = this.#options;
    watcher.begin({ run, name: this.name(run.id), how, below: engine.below(run.id) });
  }

  /** Nothing came of it. */
  forget(run: string): void {
    this.#runs.delete(run);
  }

  name(run: string): string {
    return shortRun(this.reader, run);
  }

  /** Resolves when every run has stopped in one way or another, and nothing is shown any more. */
  async end(): Promise<Stops> {
    await Promise.all([...this.#runs].map((run) => this.#untilStop(run)));
    await this.#asker.end();
    // Another ctrl-C may come while the first one is carried out.
    for (let count = -1; count < this.#interrupts.length; ) {
      count = this.#interrupts.length;
      await Promise.all(this.#interrupts);
      await this.#options.engine.told();
    }
    this.#isDecided = true;
    this.#options.watcher.end();
    return new Map([...this.#runs].map((run) => [run, this.#stopOf(run)]));
  }

  /** To be called once nothing is followed any more, however that came. */
  close(): void {
    this.#isDecided = true;
    for (const one of this.#cleanup.splice(0)) one();
    this.#options.watcher.end();
  }

  /** Once: nothing new starts, attempts are asked to end. Twice: they are killed. Too late: nothing is left to stop. */
  interrupt(signal: Signal): void {
    if (this.#isDecided) return;
    const isSecond = this.#signal !== null;
    this.#signal ??= signal;
    if (!this.#options.engine.isHere) return this.leave();
    const again = isSecond ? "killing what still runs" : "stopping what runs; ctrl-C again kills it";
    this.#options.watcher.note(again);
    this.#interrupts.push(this.#options.engine.interrupt(isSecond, [...this.#runs]));
    this.#asker.withdraw();
    this.#stopping.abort();
  }

  /** Watches no longer; what another process works on goes on. */
  leave(): void {
    this.#isLeaving = true;
    this.#interrupts.push(this.#options.engine.interrupt(false, []));
    this.#stopping.abort();
  }

  async #untilStop(run: string): Promise<void> {
    const { engine, wait } = this.#options;
    const { signal } = this.#stopping;
    // What was asked before we came is no change that we see.
    void this.#asker.askAll();
    for (;;) {
      const status = await engine.host.ended(run, { untilWaiting: true }, signal);
      const waiting = engine.run(run);
      await engine.told();
      if (status !== null || this.#isStopped) return;
      // Who answers while that was told has moved it on, with nothing left to ask.
      if ((await this.#asker.askAll()) || engine.run(run) !== waiting) continue;
      if (wait && !this.#isStopped) await engine.host.ended(run, { untilWaiting: false }, signal);
      return;
    }
  }

  get #isStopped(): boolean {
    return this.#signal !== null || this.#isLeaving || this.#options.engine.fault !== null;
  }

  /** A run that ended while it was being interrupted has ended. */
  #stopOf(run: string): Stop {
    const { fault, isOrphaned } = this.#options.engine;
    if (fault !== null) return { kind: "fault", problem: fault };
    const status = this.reader.run(run)?.status;
    if (status !== undefined && isClosed(status)) return { kind: "ended", status };
    if (this.#isLeaving) return { kind: "left", signal: this.#signal };
    if (this.#signal !== null) return { kind: "interrupted", signal: this.#signal };
    return { kind: isOrphaned ? "orphaned" : "waits" };
  }

  #seen(changes: readonly Change[]): void {
    const { watcher } = this.#options;
    for (const { before, after } of changes) {
      if (before === null && this.#runs.has(after.id))
        watcher.begin({ run: after, name: this.name(after.id), how: "started", below: [] });
    }
    watcher.changes(changes);
    this.#nameHolders();
    this.#asker.look(changes);
  }

  /** Nothing moves an interrupted run on but people: they are told which one is waited for. */
  #nameHolders(): void {
    const { engine, watcher, context } = this.#options;
    const { calledAs } = context.application;
    for (const run of this.#runs) {
      for (const holder of engine.heldUpBy(run)) {
        if (this.#named.has(`${run} ${holder}`)) continue;
        this.#named.add(`${run} ${holder}`);
        const name = this.name(holder);
        watcher.note(
          `${this.name(run)} waits for ${name}, which is interrupted: ${calledAs} resume ${name}, or ${calledAs} cancel ${name}`,
        );
      }
    }
  }
}
