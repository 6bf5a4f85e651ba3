/**
 * The runs that stand open in the journal: taken up when somebody asks for them. Those that nobody has taken up start
 * nothing, and keep what they hold: their place in a concurrency group, and what their attempts may still be doing.
 */
import { dueEvents } from "../../core/awaited.ts";
import type { Claim } from "../../core/effect.ts";
import type { AttemptRef, Event, Lane } from "../../core/event.ts";
import type { Lookup } from "../../core/lookup.ts";
import { writtenLanes } from "../../core/needs.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { recover } from "../../core/recover.ts";
import { refuse } from "../../core/refuse.ts";
import type { Run } from "../../core/run.ts";
import { transition } from "../../core/transition.ts";
import { at } from "../../core/vector.ts";
import type { Clock } from "../../port/clock.ts";
import type { RunRow } from "../host.ts";
import type { ClaimCounter } from "./claims.ts";
import type { Desk } from "./desk.ts";
import { JournalFault } from "./fault.ts";
import { type Link, loadRun } from "./load.ts";
import type { Store } from "./store.ts";

export interface OpenRunsOptions {
  readonly store: Store;
  readonly link: Link;
  readonly lookup: Lookup;
  readonly clock: Clock;
  /** Whether an attempt that an earlier engine began may still be at it; without it, every one may. */
  readonly lives?: (run: string, attempt: AttemptRef, key: string | null) => boolean;
}

/** What a run that nobody has taken up holds of lanes and paths. */
interface Standing {
  readonly run: Run;
  readonly written: readonly Lane[];
  readonly claims: Set<Claim>;
}

/** So often attempts of runs that nobody has taken up are looked at: nobody reports their end. */
const LOOK_MS = 1_000;

/** A definition that says neither word holds nothing that others may wait for: its runs need not be read. */
const HOLDING_WORDS = /"(?:concurrency|touches)"/u;

export class OpenRuns {
  readonly #desk: Desk;
  readonly #counter: ClaimCounter;
  readonly #options: OpenRunsOptions;
  /** To be called when something is free or taken up. */
  readonly #changed: () => void;
  readonly #standing = new Map<string, Standing>();
  /** With facts that may not be written yet. */
  readonly #noted = new Map<string, Run>();
  readonly #notices: Problem[] = [];
  #cancelLook = () => {};

  constructor(desk: Desk, counter: ClaimCounter, options: OpenRunsOptions, changed: () => void) {
    this.#desk = desk;
    this.#counter = counter;
    this.#options = options;
    this.#changed = changed;
  }

  /** Runs that cannot be read, so that nobody knows what they hold. */
  get notices(): readonly Problem[] {
    return this.#notices;
  }

  /** True for a run that holds something and that nobody has taken up. */
  stands(id: string): boolean {
    return this.#standing.has(id);
  }

  /** Who held a place keeps it; who stood in line for one stands there in the order of their starts. */
  takePlaces(): void {
    const runs = this.#holding().flatMap((row) => this.#read(row) ?? []);
    for (const run of runs)
      if (run.group?.held === true)
        this.#desk.worlds.of(run.start).groups.hold(run.group.name, run.group.limit, run.id);
    for (const run of runs)
      if (run.group?.held === false)
        this.#desk.worlds.of(run.start).groups.join(run.group.name, run.group.limit, run.id);
    for (const run of runs) this.#stand(run);
    this.#lookLater();
  }

  /** Takes up a run from its journal with all of it that was open, its children too. `by`: who wants it to go on. */
  takeUp(id: string, by: string | null): Result<Run> {
    const known = this.#desk.run(id);
    if (known !== undefined) return good(known);
    const loaded = this.#load(id);
    if (!loaded.ok || loaded.value.phase === "closed") return loaded;
    this.#letGo(id);
    this.#noted.delete(id);
    this.#counter.adopt(this.#desk.adopt(loaded.value));
    for (const { name, key, data } of dueEvents(loaded.value))
      this.#desk.quietly(id, { type: "event.received", name, key, data, late: "given" });
    if (by !== null) this.#desk.quietly(id, { type: "run.resumed", by, interrupted: true });
    this.#changed();
    return good(this.#desk.run(id) ?? loaded.value);
  }

  /** A run as it stands, whether or not somebody has taken it up; nothing of it begins. */
  loaded(id: string): Result<Run> {
    const known = this.#desk.run(id);
    return known === undefined ? this.#load(id) : good(known);
  }

  /**
   * A fact for a run that is open and that nobody has taken up. Nothing of it begins, so it must be one that nothing
   * follows from until somebody does.
   */
  note(id: string, key: string, event: Event): Result<Run> {
    const loaded = this.#load(id);
    if (!loaded.ok) return loaded;
    const before = loaded.value;
    const refused = refuse(before, event);
    if (refused !== null) return bad(refused);
    const at = this.#options.clock.wall();
    const entry = { run: id, sequence: before.sequence + 1, at, tick: before.tick, key, event };
    const { run: after } = transition(before, entry, this.#options.lookup);
    this.#noted.set(id, after);
    this.#desk.batch.keys.add(`${id}/${key}`);
    this.#desk.batch.add({ entry, before, after });
    this.#changed();
    return good(after);
  }

  /** A run that has ended is taken up again to be reopened; one that was interrupted must be resumed first. */
  takeUpFor(id: string, event: Event): Problem | null {
    if (this.#desk.run(id) !== undefined) return null;
    const row = this.#options.store.run(id);
    if (row === null) return { code: "E_NOT_FOUND", message: `there is no run ${id}` };
    if (row.endedAt === null)
      return {
        code: "E_CONFLICT",
        message: `run ${id} is interrupted`,
        hint: "decapod resume takes it up again",
      };
    if (event.type !== "run.reopened")
      return { code: "E_CLOSED", message: `run ${id} has ended (${row.status})` };
    const loaded = this.#load(id);
    if (!loaded.ok) return loaded.problems[0] ?? null;
    const refused = refuse(loaded.value, event);
    if (refused === null) this.#desk.adopt(loaded.value);
    return refused;
  }

  /** The runs that nobody has taken up behind which this one, or something in it, waits. */
  heldUpBy(run: Run): readonly string[] {
    const { groups, queue } = this.#desk.worlds.of(run.start);
    const ahead = run.group?.held === false ? groups.ahead(run.group.name, run.id) : [];
    return [...new Set([...ahead, ...queue.inTheWayOf(run.id)])].filter((id) => this.stands(id));
  }

  close(): void {
    this.#cancelLook();
  }

  #load(id: string): Result<Run> {
    const { store, link, lookup } = this.#options;
    const noted = this.#noted.get(id);
    return noted === undefined ? loadRun(store, link, id, lookup) : good(noted);
  }

  /** What a run inside another one holds is written in the definition of one of the two. */
  #holding(): readonly RunRow[] {
    const { store } = this.#options;
    const says = new Map<string, boolean>();
    const rows = store.openRuns().flatMap((id) => this.#tolerant(() => store.run(id)) ?? []);
    const isHolding = ({ digest }: RunRow) => {
      const known = says.get(digest);
      if (known !== undefined) return known;
      const found = HOLDING_WORDS.test(this.#tolerant(() => store.definition(digest)) ?? "");
      says.set(digest, found);
      return found;
    };
    const roots = new Set(rows.filter(isHolding).map(({ root }) => root));
    return rows.filter((row) => roots.has(row.root));
  }

  #read({ run: id }: RunRow): Run | null {
    const loaded = this.#tolerant(() => this.#load(id));
    if (loaded === null) return null;
    if (loaded.ok) return loaded.value;
    this.#notices.push(...loaded.problems);
    return null;
  }

  /** What is damaged stands in nobody's way, and is not passed over without a word. */
  #tolerant<T>(read: () => T): T | null {
    try {
      return read();
    } catch (thrown) {
      if (!(thrown instanceof JournalFault)) throw thrown;
      this.#notices.push(thrown.problem);
      return null;
    }
  }

  #stand(run: Run): void {
    const claims = recover(run, this.#options.lookup).live.filter((claim) => this.#mayRun(run, claim));
    const written = writtenLanes(run.workflow);
    this.#standing.set(run.id, { run, written, claims: new Set(claims) });
    const { limits, queue } = this.#desk.worlds.of(run.start);
    limits.enter(written);
    this.#desk.holdPaths(run);
    for (const claim of claims) queue.hold(claim);
  }

  /** Its place in a group is kept: it takes that up again by itself. */
  #letGo(id: string): void {
    const standing = this.#standing.get(id);
    if (standing === undefined) return;
    this.#standing.delete(id);
    const { limits, queue } = this.#desk.worlds.of(standing.run.start);
    limits.leave(standing.written);
    queue.releasePaths(id);
    for (const claim of standing.claims) queue.release(id, claim);
  }

  #mayRun(run: Run, claim: Claim): boolean {
    const { lives } = this.#options;
    if (lives === undefined) return true;
    const index = run.workflow.indexOf.get(claim.task) ?? 0;
    const items = claim.item === undefined ? null : at(run.tasks, index).items;
    return lives(run.id, claim, items?.list[claim.item ?? 0]?.key ?? null);
  }

  #lookLater(): void {
    if (this.#options.lives === undefined) return;
    if ([...this.#standing.values()].every(({ claims }) => claims.size === 0)) return;
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  /** What has ended meanwhile holds nothing any more. */
  #look(): void {
    let isFreed = false;
    for (const { run, claims } of this.#standing.values()) {
      for (const claim of claims) {
        if (this.#mayRun(run, claim)) continue;
        claims.delete(claim);
        this.#desk.worlds.release(run.id, claim);
        isFreed = true;
      }
    }
    if (isFreed) this.#changed();
    this.#lookLater();
  }
}
