/** The end of a loop turn: what was decided in it is written in one transaction, then acted on. */
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Change } from "../../core/replay.ts";
import type { Clock } from "../../port/clock.ts";
import { Batch } from "./batch.ts";
import type { ChildDesk } from "./child-desk.ts";
import type { ClaimCounter } from "./claims.ts";
import type { Desk } from "./desk.ts";
import { StoreFault } from "./fault.ts";
import type { Room } from "./room.ts";
import type { Commit, Store } from "./store.ts";

export type Listener = (changes: readonly Change[]) => void;

/** How long a database that another process holds is waited for, off the event loop. */
const BUSY_MS_MAX = 5_000;
const BUSY_LOOK_MS = 25;
/** A full disk is waited for until somebody frees some space. */
const FULL_LOOK_MS = 1_000;

export interface TurnParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly desk: Desk;
  readonly counter: ClaimCounter;
  readonly children: ChildDesk;
  readonly room: Room;
}

/** One turn's batch with all that waits for it to be written. */
interface Written {
  readonly batch: Batch;
  readonly handOuts: readonly (() => void)[];
  readonly afterwards: readonly (() => void)[];
  readonly waiters: ((result: Result<null>) => void)[];
}

export class Turn {
  readonly #parts: TurnParts;
  readonly #listeners = new Set<Listener>();
  #afterwards: (() => void)[] = [];
  #waiters: ((result: Result<null>) => void)[] = [];
  #scheduled = false;
  /** The turn that a busy database has not taken yet; later ones wait behind it. */
  #writing: Written | null = null;
  #busySince: number | null = null;
  #full: Problem | null = null;
  #cancelLook: (() => void) | null = null;
  #fault: Problem | null = null;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  get fault(): Problem | null {
    return this.#fault;
  }

  /** Set while a full disk takes nothing: whoever asks for more is told so at once. */
  get full(): Problem | null {
    return this.#full;
  }

  /** True when everything that was decided stands in the journal. */
  get isIdle(): boolean {
    return this.#writing === null && this.#parts.desk.batch.isEmpty;
  }

  observe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Everybody who observes looks again: the engine has stopped. */
  wake(): void {
    for (const listener of [...this.#listeners]) listener([]);
  }

  /** To be done once this turn's batch is written. */
  afterwards(call: () => void): void {
    this.#afterwards.push(call);
  }

  schedule(): void {
    if (this.#scheduled || this.#writing !== null || this.#fault !== null) return;
    this.#scheduled = true;
    this.#parts.clock.soon(() => this.writeNow());
  }

  written(): Promise<Result<null>> {
    if (this.#fault !== null) return Promise.resolve(bad(this.#fault));
    const waiters = this.#parts.desk.batch.isEmpty ? this.#writing?.waiters : this.#waiters;
    if (waiters === undefined) return Promise.resolve(good(null));
    return new Promise((resolve) => waiters.push(resolve));
  }

  writeNow(): void {
    if (this.#fault !== null || this.#writing !== null) return;
    // What arms are given now rides with this batch.
    this.#scheduled = true;
    const handOuts = this.#parts.counter.serve();
    this.#parts.children.tellParents();
    this.#scheduled = false;
    const { desk } = this.#parts;
    const { batch } = desk;
    const turn: Written = { batch, handOuts, afterwards: this.#afterwards, waiters: this.#waiters };
    this.#afterwards = [];
    this.#waiters = [];
    if (batch.isEmpty) return this.#done(turn);
    desk.batch = new Batch();
    desk.writing = batch;
    this.#writing = turn;
    this.#write(batch.commit(), turn);
  }

  /** A busy database or a full disk is tried again from a timer, the same batch first; any other fault ends the engine. */
  #write(commit: Commit, turn: Written): void {
    try {
      this.#parts.store.commit(commit);
    } catch (thrown) {
      if (!(thrown instanceof StoreFault)) throw thrown;
      return this.#failed(commit, turn, thrown);
    }
    const wasBusy = this.#busySince !== null;
    this.#busySince = null;
    this.#full = null;
    this.#writing = null;
    this.#parts.desk.wrote(turn.batch);
    this.#done(turn);
    if (wasBusy) this.schedule();
  }

  #failed(commit: Commit, turn: Written, thrown: StoreFault): void {
    const { clock, room } = this.#parts;
    this.#full = thrown.problem.code === "E_DISK_FULL" ? thrown.problem : null;
    const now = clock.monotonic();
    if (this.#full !== null && !room.isHurried) this.#busySince = now;
    this.#busySince ??= now;
    if (!thrown.retryable || now - this.#busySince >= BUSY_MS_MAX) return this.stop(thrown.problem);
    if (this.#full !== null) room.found(this.#full);
    const lookMs = this.#full === null ? BUSY_LOOK_MS : FULL_LOOK_MS;
    clock.after(lookMs, () => this.#write(commit, turn), { hold: true });
  }

  /** The journal cannot be trusted with more: nothing is accepted from now on, and who waits is told so. */
  stop(problem: Problem): void {
    this.#fault ??= problem;
    for (const tell of [...(this.#writing?.waiters.splice(0) ?? []), ...this.#waiters.splice(0)])
      tell(bad(problem));
    this.#parts.counter.close(false);
    this.wake();
  }

  /**
   * What breaks while something is decided is a bug of ours: nothing more is decided, and the journal stays. Unheard, a
   * run would wait for ever for an attempt whose lease is gone.
   */
  decided(what: string, decide: () => Problem | null): Problem | null {
    try {
      return decide();
    } catch (thrown) {
      const problem = thrown instanceof StoreFault ? thrown.problem : bugIn(what, thrown);
      this.stop(problem);
      return problem;
    }
  }

  #done({ batch, handOuts, afterwards, waiters }: Written): void {
    for (const call of afterwards) call();
    for (const call of handOuts) call();
    if (batch.changes.length > 0) for (const listener of [...this.#listeners]) listener(batch.changes);
    for (const tell of waiters) tell(good(null));
    this.#lookForRoom();
    if (!this.#parts.desk.batch.isEmpty) this.schedule();
  }

  /** On its reserve the journal writes how attempts end; what waits to start is asked for again and again. */
  #lookForRoom(): void {
    const { store, room, counter, clock } = this.#parts;
    room.found(store.pressure);
    if (store.pressure === null || !counter.hasWork) return;
    this.#cancelLook ??= clock.after(FULL_LOOK_MS, () => {
      this.#cancelLook = null;
      this.schedule();
    });
  }
}

function bugIn(what: string, thrown: unknown): Problem {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const hint = "keep the state folder and report it; what is in the journal stands";
  return { code: "E_BUG", message: `${what} could not be decided: ${why}`, hint };
}
