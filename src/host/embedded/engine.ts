/**
 * The embedded host. Events of one loop turn are decided at once, written in one transaction at the turn's end,
 * and only then acted on: an arm gets an attempt, a caller its answer, a screen its line after the commit.
 */
import type { Claim } from "../../core/effect.ts";
import type { AttemptOutcome, Entry, Event, GivenEvent, RunStarted } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import type { OutputValue } from "../../core/outcome.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Run, RunStatus } from "../../core/run.ts";
import { type Cache, NO_CACHE } from "../cache.ts";
import type { ArmOffer, Host, Lease, Lost } from "../host.ts";
import { attemptKey, endOf, refOf } from "../queue.ts";
import { ChildDesk, type ChildDeskOptions } from "./child-desk.ts";
import { ClaimCounter } from "./claims.ts";
import { Desk } from "./desk.ts";
import { StoreFault } from "./fault.ts";
import { fenced, LeaseTable } from "./leases.ts";
import { OpenRuns, type OpenRunsOptions } from "./open-runs.ts";
import { Room } from "./room.ts";
import { announceTo, type Sent, sendEvent } from "./send.ts";
import { type Listener, Turn } from "./turn.ts";

export interface EngineOptions extends ChildDeskOptions, OpenRunsOptions {
  /** A fresh, unguessable text for each lease. */
  readonly token: () => string;
  /** Whether any arm could ever take a claim; without it every claim waits for an arm to come. */
  readonly hasArm?: (claim: Claim) => boolean;
  readonly cache?: Cache;
}

export class Engine implements Host {
  readonly room = new Room();
  readonly #options: EngineOptions;
  readonly #desk: Desk;
  readonly #leases = new LeaseTable();
  readonly #children: ChildDesk;
  readonly #counter: ClaimCounter;
  readonly #openRuns: OpenRuns;
  readonly #turn: Turn;
  #closing = false;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#desk = new Desk(options.clock, options.lookup, {
      changed: () => this.#turn.schedule(),
      hasArm: (claim) => options.hasArm?.(claim) ?? true,
      cache: options.cache ?? NO_CACHE,
      stop: (run, attempt, cause) =>
        this.#turn.afterwards(() => this.#leases.stop(attemptKey(run, attempt), cause)),
      child: (run, effect) => this.#children.follow(run, effect),
      closed: (run) => this.#runClosed(run),
      takeUp: (run) => this.#openRuns.takeUp(run, null),
    });
    this.#counter = new ClaimCounter(this.#desk, this.#leases, options);
    this.#openRuns = new OpenRuns(this.#desk, this.#counter, options, () => this.#turn.schedule());
    this.#children = new ChildDesk(this.#desk, options, this.#openRuns, () => this.flushed());
    const { store, clock } = options;
    const [desk, counter, children] = [this.#desk, this.#counter, this.#children];
    this.#turn = new Turn({ store, clock, desk, counter, children, room: this.room });
    this.#openRuns.takePlaces();
  }

  /** Set once the journal can no longer be written: nothing is accepted any more. */
  get fault(): Problem | null {
    return this.#turn.fault;
  }

  /** What opening found worth a word. */
  get notices(): readonly Problem[] {
    return this.#openRuns.notices;
  }

  /** Calls back with every change once it stands in the journal; people are told by a Teller. Returns how to stop. */
  observe(listener: Listener): () => void {
    return this.#turn.observe(listener);
  }

  run(id: string): Run | null {
    return this.#desk.run(id) ?? null;
  }

  /** Of the runs at the top, those in which something goes on by itself. */
  active(): readonly string[] {
    const roots = this.#desk.runs().filter(({ start }) => start.parent === null);
    return roots.filter((run) => !this.#children.isStill(run)).map(({ id }) => id);
  }

  /** All that are open here, children among them. */
  openRuns(): readonly Run[] {
    return this.#desk.runs();
  }

  async start(id: string, definition: string, started: RunStarted): Promise<Result<null>> {
    const { digest, path } = started;
    const link = this.#options.link({ digest, text: definition }, path);
    const refused = this.#refused() ?? this.#known(id) ?? this.#desk.begin(id, definition, link, started);
    return refused === null ? this.synced() : bad(refused);
  }

  async apply(id: string, key: string | null, event: Event): Promise<Result<null>> {
    const refused = this.#refused();
    if (refused !== null) return bad(refused);
    if (key !== null && (this.#desk.hasKey(id, key) || this.#options.store.hasKey(id, key)))
      return this.synced();
    const problem = this.#openRuns.takeUpFor(id, event) ?? this.#desk.take(id, key, event);
    return problem === null ? this.synced() : bad(problem);
  }

  /** A run as it stands, also one that nobody has taken up or that has ended. */
  loaded(id: string): Result<Run> {
    return this.#openRuns.loaded(id);
  }

  /** One event for every open run, children included; `root`: only for those of this rehearsal. */
  async announce(name: string, key: string, data: Json, root: string | null = null): Promise<Result<null>> {
    announceTo(this.#desk, { name, key, data }, root);
    return this.synced();
  }

  /** An event from outside for every run that is open; those that nobody has taken up keep it. Once for an id. */
  async send(id: string, event: GivenEvent): Promise<Result<Sent>> {
    const refused = this.#refused();
    if (refused !== null) return bad(refused);
    const { store, lookup } = this.#options;
    const sent = sendEvent({ desk: this.#desk, openRuns: this.#openRuns, store, lookup }, id, event);
    const kept = sent.ok ? await this.synced() : sent;
    return kept.ok ? sent : kept;
  }

  claim(offer: ArmOffer, signal: AbortSignal): Promise<readonly Lease[]> {
    if (signal.aborted) return Promise.resolve([]);
    return new Promise((resolve) => {
      // Nothing is left to claim, and an arm that asks again at once would never let go of the loop.
      const takeBack =
        this.#closing || this.fault !== null ? () => resolve([]) : this.#counter.add(offer, resolve);
      signal.addEventListener("abort", takeBack, { once: true });
      if (this.#counter.hasWork) this.#turn.schedule();
    });
  }

  /** Why this outcome would count as failed, before it is handed in; null when it would not. */
  judge: ClaimCounter["judge"] = (lease, outcome) => this.#counter.judge(lease, outcome);

  async result(lease: Lease, outcome: AttemptOutcome | Lost): Promise<Result<null>> {
    return this.#ended(lease, endOf(lease.assignment, outcome));
  }

  /** A task's output found in the cache: the attempt has ended without being made. */
  async cacheHit(lease: Lease, output: OutputValue): Promise<Result<null>> {
    return this.#ended(lease, { type: "cache.hit", ...refOf(lease.assignment), output, exitCode: 0 });
  }

  async #ended(lease: Lease, event: Event): Promise<Result<null>> {
    const refused = this.#over();
    if (refused !== null) return bad(refused);
    const { run } = lease.assignment;
    const ref = refOf(lease.assignment);
    if (!this.#leases.has(lease)) return bad(fenced(ref));
    this.#leases.end(lease);
    this.#desk.worlds.release(run, ref);
    const take = () => (this.#desk.run(run) === undefined ? fenced(ref) : this.#desk.take(run, null, event));
    const problem = this.#turn.decided(`${event.type} of run ${run}`, take);
    if (problem === null) return this.flushed();
    // What it held is free all the same.
    this.#turn.schedule();
    return bad(problem);
  }

  /** Takes up a run from its journal with all of it that was open, its children too. `by`: who wants it to go on. */
  resume(id: string, by: string | null = null): Result<Run> {
    const taken = this.#openRuns.takeUp(id, by);
    // What came due while nobody ran is over before anybody is asked about it.
    this.#desk.timers.fireDue();
    const now = this.#desk.run(id);
    return taken.ok && now !== undefined ? good(now) : taken;
  }

  /** The runs that nobody has taken up behind which this one, or something in it, waits. */
  heldUpBy(id: string): readonly string[] {
    const run = this.#desk.run(id);
    return run === undefined ? [] : this.#openRuns.heldUpBy(run);
  }

  /** Starts nothing more of these runs; what they have begun goes on, and the run is none the wiser. */
  hold(runs: readonly string[]): void {
    for (const run of runs) this.#desk.worlds.by(run).queue.pause(run);
  }

  /** Resolves once what was applied so far stands in the journal. */
  flushed(): Promise<Result<null>> {
    return this.#turn.written();
  }

  /** And on the disk, for everything that somebody is told. */
  async synced(): Promise<Result<null>> {
    const result = await this.flushed();
    if (!result.ok) return result;
    try {
      await this.#options.store.synced();
      return result;
    } catch (thrown) {
      if (!(thrown instanceof StoreFault)) throw thrown;
      this.#turn.stop(thrown.problem);
      return bad(thrown.problem);
    }
  }

  async *tail(id: string, after: number, signal: AbortSignal): AsyncGenerator<Entry> {
    const waiting: Entry[] = [...this.#options.store.entries(id, after)];
    let wake = () => {};
    const stop = this.observe((changes) => {
      for (const { entry } of changes) if (entry.run === id) waiting.push(entry);
      wake();
    });
    signal.addEventListener("abort", () => wake(), { once: true });
    try {
      while (!signal.aborted) {
        const entry = waiting.shift();
        if (entry !== undefined) yield entry;
        else if (this.#isOver || this.#desk.run(id) === undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
    }
  }

  ended(
    id: string,
    options: { readonly untilWaiting: boolean },
    signal: AbortSignal,
  ): Promise<RunStatus | null> {
    return new Promise((resolve) => {
      const settle = (status: RunStatus | null) => {
        stop();
        signal.removeEventListener("abort", abort);
        resolve(status);
      };
      const abort = () => settle(null);
      const look = () => {
        const run = this.#desk.run(id);
        if (run === undefined) settle(this.#endStatus(id));
        else if (this.#isOver || (options.untilWaiting && this.#children.waits(run))) settle(null);
      };
      const stop = this.observe(look);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      else if (this.#isOver || this.#turn.isIdle) look();
    });
  }

  #endStatus(id: string): RunStatus | null {
    const row = this.#options.store.run(id);
    return row === null || row.endedAt === null ? null : row.status;
  }

  get #isOver(): boolean {
    return this.#closed || this.fault !== null;
  }

  list: Host["list"] = (query) => this.#options.store.runs(query);

  tasks: Host["tasks"] = (run) => this.#options.store.tasks(run);

  async close(): Promise<void> {
    this.#closing = true;
    this.room.hurry();
    this.#desk.timers.clearAll();
    this.#openRuns.close();
    this.#children.close();
    this.#counter.close(true);
    this.#turn.writeNow();
    await this.flushed();
    this.#closed = true;
    this.#turn.wake();
    await this.#options.store.close();
  }

  /** To who wants more of it; a full disk still takes what has ended into its queue. */
  #refused(): Problem | null {
    return this.#over() ?? this.#turn.full;
  }

  #over(): Problem | null {
    if (this.fault !== null) return this.fault;
    return this.#closing ? { code: "E_CLOSED", message: "the engine is being closed" } : null;
  }

  #known(id: string): Problem | null {
    if (this.#desk.run(id) === undefined && this.#options.store.run(id) === null) return null;
    return { code: "E_CONFLICT", message: `run ${id} has begun already` };
  }

  #runClosed(run: Run): void {
    this.#turn.afterwards(() => this.#desk.forget(run.id));
    this.#children.closed(run);
  }
}
