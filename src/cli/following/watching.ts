/**
 * Runs of another process, seen through the journal: its owner says that there is more, the entries are read and
 * folded here. Nothing is asked for between two entries.
 */

import type { Client } from "../../client/client.ts";
import type { Happening } from "../../contract.ts";
import type { Event } from "../../core/event.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import type { Run, RunStatus } from "../../core/run.ts";
import { JournalFault } from "../../host/embedded/fault.ts";
import type { Folds } from "../../host/embedded/fold.ts";
import { type Sight, waitsForPeople } from "../../host/waits.ts";
import type { Followed, Progress, WatchedJournal } from "../application.ts";
import type { GivenAnswer } from "../deciding/give-answer.ts";
import { isClosed } from "../words.ts";

const OPEN_RUNS_MAX = 10_000;

/** Who is looked for: somebody who works on one of these runs, while any of them goes on. */
export interface Sought {
  readonly runs: ReadonlySet<string>;
  /** One is on its way. */
  readonly handsOver: boolean;
  readonly isOver: () => boolean;
}

export interface WatchingOptions {
  readonly journal: WatchedJournal;
  /** The owner there is now; null when none lives. */
  readonly client: Client | null;
  /** Looks for another owner when this one has gone. */
  readonly next: (sought: Sought) => Promise<Client | null>;
  /** Gives the answer of a person who sits here to the owner. */
  readonly give: (client: Client, answer: GivenAnswer) => Promise<Result<unknown>>;
  /** Any open question counts as waiting for people, also while other tasks go on. */
  readonly untilQuestion: boolean;
}

export class Watching implements Followed {
  readonly isHere = false;
  readonly host: Followed["host"];
  readonly #options: WatchingOptions;
  readonly #folds: Folds;
  readonly #roots = new Set<string>();
  readonly #closing = new AbortController();
  readonly #changeListeners = new Set<(changes: readonly Change[]) => void>();
  readonly #progressListeners = new Set<(progress: Progress) => void>();
  readonly #wakers = new Set<() => void>();
  /** What other runs hold is known to their owner alone. */
  readonly #sight: Sight = {
    childrenOf: (parent) =>
      this.#folds.runs().filter(({ start, phase }) => start.parent?.run === parent && phase !== "closed"),
    ahead: () => [],
    heldUpBy: () => null,
    areStuck: () => false,
  };
  #client: Client | null;
  #isOrphaned = false;
  #fault: Problem | null = null;

  constructor(options: WatchingOptions) {
    this.#options = options;
    this.#folds = options.journal.folds;
    this.#client = options.client;
    this.host = {
      ended: (run, { untilWaiting }, signal) => this.#ended(run, untilWaiting, signal),
      apply: (run, _key, event) => this.#apply(run, event),
      room: { listen: () => () => {} },
    };
  }

  /** All that is ever said from here is what a person decides. */
  async #apply(run: string, event: Event): Promise<Result<null>> {
    const client = this.#client;
    if (event.type !== "decision.made" || client === null)
      return bad({ code: "E_OWNER_GONE", message: "nobody works on this run now" });
    const { decision, digest = "", choice, comment, fields, phrase = null, to = null } = event;
    const root = this.#folds.run(run)?.start.parent?.root ?? run;
    const given = await this.#options.give(client, {
      run,
      root,
      decision,
      digest,
      choice,
      comment,
      fields,
      phrase,
      to,
    });
    return given.ok ? good(null) : given;
  }

  /** Nobody works on what is watched. */
  get isOrphaned(): boolean {
    return this.#isOrphaned;
  }

  /** What is wrong with the journal, once it cannot be read. */
  get fault(): Problem | null {
    return this.#fault;
  }

  /** A run that is to be seen from now on. What it has come to is not told. */
  watch(id: string): Run | null {
    this.#roots.add(id);
    for (const one of this.#familyOf(id)) this.#changesOf(one);
    return this.#folds.run(id);
  }

  /** A run that is to be seen from its first entry on; one that has not begun yet, once it has. */
  see(id: string): void {
    this.#roots.add(id);
    for (const one of this.#familyOf(id, true)) this.#look(one);
  }

  /** Resolves once nothing that happens from now on can be missed. */
  async begin(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    void this.#follow(begun.resolve);
    await begun.promise;
  }

  observe(listener: (changes: readonly Change[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** What has come since the last look is told as well. */
  async told(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#lookAtAll();
  }

  onProgress(listener: (progress: Progress) => void): () => void {
    this.#progressListeners.add(listener);
    return () => this.#progressListeners.delete(listener);
  }

  run(id: string): Run | null {
    return this.#folds.run(id);
  }

  below(root: string): readonly Run[] {
    return this.#folds.runs().filter(({ start, phase }) => start.parent?.root === root && phase !== "closed");
  }

  /** Its owner knows. */
  heldUpBy(): readonly string[] {
    return [];
  }

  /** Only the watching ends. */
  async interrupt(): Promise<void> {
    this.#closing.abort();
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#options.journal.reader.close();
  }

  /** Follows one owner after another, for as long as there is one. */
  async #follow(begun: () => void): Promise<void> {
    const { signal } = this.#closing;
    while (this.#client !== null && !signal.aborted) {
      const handsOver = await this.#hear(this.#client, begun, signal);
      if (signal.aborted) break;
      this.#lookAtAll();
      this.#client = this.#isAllClosed ? null : await this.#options.next(this.#sought(handsOver));
    }
    if (!signal.aborted) this.#lookAtAll();
    this.#isOrphaned = true;
    begun();
    for (const tell of [...this.#changeListeners]) tell([]);
    this.#wake();
  }

  #sought(handsOver: boolean): Sought {
    const isOver = () => {
      if (this.#closing.signal.aborted) return true;
      this.#lookAtAll();
      return this.#isAllClosed;
    };
    return { runs: this.#roots, handsOver, isOver };
  }

  /** Until the owner ends or its connection does; true when it said that another one follows. */
  async #hear(client: Client, begun: () => void, signal: AbortSignal): Promise<boolean> {
    const items = client.events(signal);
    for (;;) {
      // It may have died, and we may have stopped listening.
      const item = await items.next().then(
        ({ value }) => value ?? null,
        () => null,
      );
      // What had come by the time we stopped is not looked at: the journal is closed.
      if (item === null || signal.aborted) return false;
      if (item.kind === "leaving") return item.handsOver;
      this.#take(item, begun);
    }
  }

  #take(item: Exclude<Happening, { kind: "leaving" }>, begun: () => void): void {
    switch (item.kind) {
      case "begin":
        this.#lookAtAll();
        return begun();
      case "entries":
        return this.#roots.has(item.root) ? this.#look(item.run) : undefined;
      case "progress":
        for (const tell of this.#progressListeners) tell(item.progress);
        return;
      default:
        return item satisfies never;
    }
  }

  #lookAtAll(): void {
    for (const root of this.#roots) for (const id of this.#familyOf(root)) this.#look(id);
  }

  #look(id: string): void {
    const changes = this.#changesOf(id);
    if (changes.length === 0) return;
    for (const tell of [...this.#changeListeners]) tell(changes);
    this.#wake();
  }

  #changesOf(id: string): readonly Change[] {
    try {
      return this.#fault === null ? this.#folds.look(id) : [];
    } catch (thrown) {
      if (!(thrown instanceof JournalFault)) throw thrown;
      this.#fault = thrown.problem;
      this.#wake();
      return [];
    }
  }

  /** The run, and what goes on below it; or all that ever was below it. */
  #familyOf(id: string, isWhole = false): readonly string[] {
    const children = this.#options.journal.reader.runs({ parent: id, limit: OPEN_RUNS_MAX });
    const wanted = children.filter(
      ({ run, endedAt }) => isWhole || endedAt === null || this.#folds.run(run) !== null,
    );
    return [id, ...wanted.flatMap(({ run }) => this.#familyOf(run, isWhole))];
  }

  get #isOver(): boolean {
    return this.#isOrphaned || this.#fault !== null;
  }

  get #isAllClosed(): boolean {
    return [...this.#roots].every((id) => this.#folds.run(id)?.phase === "closed");
  }

  #ended(id: string, untilWaiting: boolean, signal: AbortSignal): Promise<RunStatus | null> {
    return new Promise((resolve) => {
      const settle = (status: RunStatus | null) => {
        this.#wakers.delete(look);
        signal.removeEventListener("abort", abort);
        resolve(status);
      };
      const abort = () => settle(null);
      const look = () => {
        const run = this.#folds.run(id);
        if (run !== null && isClosed(run.status) && run.phase === "closed") settle(run.status);
        else if (this.#isOver || (untilWaiting && run !== null && this.#waits(run))) settle(null);
      };
      this.#wakers.add(look);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      else look();
    });
  }

  #waits(run: Run): boolean {
    if (!this.#options.untilQuestion) return waitsForPeople(run, this.#sight);
    return run.openDecisions > 0 || this.#sight.childrenOf(run.id).some((child) => this.#waits(child));
  }

  #wake(): void {
    for (const look of [...this.#wakers]) look();
  }
}
