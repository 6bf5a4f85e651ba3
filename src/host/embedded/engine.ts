/**
 * The embedded host. Events of one loop turn are decided at once, written in one transaction at the turn's end,
 * and only then acted on: an arm gets an attempt, a caller its answer, a screen its line after the commit.
 */
import type { ChildRequest, Effect } from "../../core/effect.ts";
import type { AttemptOutcome, AttemptRef, Entry, Event, RunStarted } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import type { Lookup } from "../../core/lookup.ts";
import type { OutputValue } from "../../core/outcome.ts";
import { type Problem, type Result, bad, good } from "../../core/problem.ts";
import { waitsForPeopleOnly } from "../../core/refuse.ts";
import type { Run, RunStatus } from "../../core/run.ts";
import type { Clock } from "../../port/clock.ts";
import type { ArmOffer, Host, Lease, RunQuery, RunRow, TaskRow } from "../host.ts";
import { attemptKey } from "../queue.ts";
import { type ChildSources, childDetached, childEnding, childId, childRefused, childStart } from "./children.ts";
import { ClaimCounter } from "./claims.ts";
import { Desk } from "./desk.ts";
import { LeaseTable } from "./leases.ts";
import { type Link, loadRun } from "./load.ts";
import type { Store } from "./store.ts";
import { type Listener, Turn } from "./turn.ts";

export interface EngineOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** A fresh, unguessable text for each lease. */
  readonly token: () => string;
  readonly lookup: Lookup;
  readonly link: Link;
  readonly sources: ChildSources;
  /** Keeps a large output apart and names it by content. */
  readonly put: (value: Json) => OutputValue;
}

export class Engine implements Host {
  readonly #options: EngineOptions;
  readonly #desk: Desk;
  readonly #leases = new LeaseTable();
  readonly #counter: ClaimCounter;
  readonly #turn: Turn;
  #closing = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#desk = new Desk(options.clock, options.lookup, {
      changed: () => this.#turn.schedule(),
      stop: (run, attempt, cause) => this.#turn.afterwards(() => this.#leases.stop(attemptKey(run, attempt), cause)),
      child: (run, effect) => this.#followChild(run, effect),
      closed: (run) => this.#closed(run),
    });
    this.#counter = new ClaimCounter(this.#desk, this.#leases, options);
    this.#turn = new Turn({ store: options.store, clock: options.clock, desk: this.#desk, counter: this.#counter });
  }

  /** Set once the journal can no longer be written: nothing is accepted any more. */
  get fault(): Problem | null {
    return this.#turn.fault;
  }

  /** Calls back with every change once it stands in the journal; returns how to stop that. */
  observe(listener: Listener): () => void {
    return this.#turn.observe(listener);
  }

  run(id: string): Run | null {
    return this.#desk.run(id) ?? null;
  }

  async start(id: string, definition: string, started: RunStarted): Promise<Result<null>> {
    const refused = this.#refused() ?? this.#desk.begin(id, definition, this.#options.link({ digest: started.digest, text: definition }, started.path), started);
    return refused === null ? this.#acknowledged() : bad(refused);
  }

  async apply(id: string, key: string | null, event: Event): Promise<Result<null>> {
    const refused = this.#refused();
    if (refused !== null) return bad(refused);
    if (key !== null && (this.#desk.batch.keys.has(`${id}/${key}`) || this.#options.store.hasKey(id, key))) return this.#acknowledged();
    const problem = this.#desk.take(id, key, event);
    return problem === null ? this.#acknowledged() : bad(problem);
  }

  /** One event for every open run, children included. */
  async announce(name: string, key: string, data: Json): Promise<Result<null>> {
    for (const run of this.#desk.runs()) this.#desk.quietly(run.id, { type: "event.received", name, key, data });
    return this.#acknowledged();
  }

  claim(offer: ArmOffer, signal: AbortSignal): Promise<readonly Lease[]> {
    if (signal.aborted || this.#closing) return Promise.resolve([]);
    return new Promise((resolve) => {
      const takeBack = this.#counter.add(offer, resolve);
      signal.addEventListener("abort", takeBack, { once: true });
      if (this.#counter.hasWork) this.#turn.schedule();
    });
  }

  async result(lease: Lease, outcome: AttemptOutcome | { readonly lost: string }): Promise<Result<null>> {
    const ref = refOf(lease.assignment);
    const event: Event = "lost" in outcome ? { type: "attempt.lost", ...ref, cause: outcome.lost } : { type: "attempt.ended", ...ref, outcome };
    return this.#ended(lease, event);
  }

  /** A task's output found in the cache: the attempt has ended without being made. */
  async cacheHit(lease: Lease, output: OutputValue): Promise<Result<null>> {
    return this.#ended(lease, { type: "cache.hit", ...refOf(lease.assignment), output, exitCode: 0 });
  }

  async #ended(lease: Lease, event: Event): Promise<Result<null>> {
    const refused = this.#refused();
    if (refused !== null) return bad(refused);
    const { run } = lease.assignment;
    const ref = refOf(lease.assignment);
    if (!this.#leases.has(lease)) return bad({ code: "E_FENCED", message: `attempt ${ref.attempt} of ${ref.task} is not this arm's any more` });
    this.#leases.end(lease);
    this.#desk.queue.release(run, ref);
    const problem = this.#desk.take(run, null, event);
    return problem === null ? this.flushed() : bad(problem);
  }

  /** Takes up a run from its journal with everything of it that was open, its children too. */
  resume(id: string): Result<Run> {
    const known = this.#desk.run(id);
    if (known !== undefined) return good(known);
    const loaded = loadRun(this.#options.store, this.#options.link, id, this.#options.lookup);
    if (!loaded.ok || loaded.value.phase === "closed") return loaded;
    const live = this.#desk.adopt(loaded.value);
    this.#counter.adopt(live);
    this.#turn.schedule();
    return loaded;
  }

  /** Resolves once what was applied so far stands in the journal. */
  flushed(): Promise<Result<null>> {
    return this.#turn.written();
  }

  /** And on the disk, for everything that somebody is told. */
  async #acknowledged(): Promise<Result<null>> {
    const result = await this.flushed();
    if (result.ok) await this.#options.store.synced();
    return result;
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
        else if (this.#desk.run(id) === undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
    }
  }

  ended(id: string, options: { readonly untilWaiting: boolean }, signal: AbortSignal): Promise<RunStatus | null> {
    return new Promise((resolve) => {
      const settle = (status: RunStatus | null) => {
        stop();
        resolve(status);
      };
      const look = () => {
        const run = this.#desk.run(id);
        if (this.fault !== null) settle(null);
        else if (run === undefined) settle(this.#options.store.run(id)?.status ?? null);
        else if (options.untilWaiting && this.#waits(run)) settle(null);
      };
      const stop = this.observe(look);
      signal.addEventListener("abort", () => settle(null), { once: true });
      if (this.#desk.batch.isEmpty) look();
    });
  }

  list(query: RunQuery): readonly RunRow[] {
    return this.#options.store.runs(query);
  }

  tasks(run: string): readonly TaskRow[] {
    return this.#options.store.tasks(run);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#desk.timers.clearAll();
    this.#counter.close();
    this.#turn.writeNow();
    await this.#options.store.close();
  }

  #refused(): Problem | null {
    if (this.fault !== null) return this.fault;
    return this.#closing ? { code: "E_CLOSED", message: "the engine is being closed" } : null;
  }

  /** Only people can move this run on, and no child of it does anything either. */
  #waits(run: Run): boolean {
    if (run.live === 0) return waitsForPeopleOnly(run);
    const children = this.#desk.runs().filter((other) => other.start.parent?.run === run.id);
    return run.counts.queued === 0 && children.length === run.live && children.every((child) => this.#waits(child));
  }

  #closed(run: Run): void {
    this.#turn.afterwards(() => this.#desk.forget(run.id));
    const ending = childEnding(run, this.#options.put, this.#options.lookup);
    if (ending !== null && run.start.parent !== null) this.#desk.quietly(run.start.parent.run, ending);
  }

  #followChild(parentId: string, effect: Effect & { do: "start_child" | "stop_child" | "pause_child" | "resume_child" }): void {
    if (effect.do === "start_child") return this.#startChild(parentId, effect.child);
    const { attempt } = effect;
    const child = this.#desk.runs().find(({ start: { parent } }) => parent !== null && parent.run === parentId && attemptKey("", parent) === attemptKey("", attempt));
    if (child === undefined) return;
    if (effect.do === "stop_child") this.#desk.quietly(child.id, { type: "run.cancelled", by: `run ${parentId}`, reason: "parent" });
    else this.#desk.quietly(child.id, { type: effect.do === "pause_child" ? "run.paused" : "run.resumed", by: `run ${parentId}` });
  }

  /** Starting is idempotent: a child that the journal knows is taken up again, one that has closed is reported. */
  #startChild(parentId: string, request: ChildRequest): void {
    const parent = this.#desk.run(parentId);
    if (parent === undefined) return;
    const { store, sources, lookup } = this.#options;
    const id = childId(parent, request, lookup);
    if (store.run(id) !== null) return this.#takeUpChild(parentId, id);
    const definition = this.#desk.batch.definitions.get(parent.start.digest) ?? store.definition(parent.start.digest) ?? "";
    const child = childStart(parent, request, definition, sources, lookup);
    if (!child.ok) return this.#desk.quietly(parentId, childRefused(request, child.problems));
    const workflow = this.#options.link({ digest: child.value.started.digest, text: child.value.definition }, child.value.started.path);
    const problem = this.#desk.begin(id, child.value.definition, workflow, child.value.started);
    if (problem !== null) this.#desk.quietly(parentId, childRefused(request, [problem]));
    else if (child.value.started.parent === null) this.#desk.quietly(parentId, childDetached(request, id));
  }

  #takeUpChild(parentId: string, id: string): void {
    const child = this.resume(id);
    if (!child.ok || child.value.phase !== "closed") return;
    const ending = childEnding(child.value, this.#options.put, this.#options.lookup);
    if (ending !== null) this.#desk.quietly(parentId, ending);
  }
}

function refOf(ref: AttemptRef): AttemptRef {
  return ref.item === undefined ? { task: ref.task, attempt: ref.attempt } : { task: ref.task, item: ref.item, attempt: ref.attempt };
}
