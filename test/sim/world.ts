/**
 * A host in memory: journal, queue, timers, groups, children, processes. Fault model: a crash loses every entry since
 * the last commit and all that is in memory, never what was committed; processes outlive the engine or die with it;
 * results come late, twice or never; wall time jumps either way, monotonic time does not. Whatever is done outside
 * (a process started or told to stop, a caller answered) is done after the commit.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { checkRun, checkTouched } from "../../src/core/check.ts";
import { newsOf } from "../../src/core/clock.ts";
import { spotOf, viewOf } from "../../src/core/draft.ts";
import type { ChildRequest, Claim, Effect, Timer } from "../../src/core/effect.ts";
import {
  type AttemptRef,
  type Entry,
  type Event,
  journalled,
  type ParentRef,
  type RunStarted,
} from "../../src/core/event.ts";
import type { Json } from "../../src/core/json.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import type { OutputValue } from "../../src/core/outcome.ts";
import { unitOf } from "../../src/core/places.ts";
import type { Problem } from "../../src/core/problem.ts";
import { recover } from "../../src/core/recover.ts";
import { refuse } from "../../src/core/refuse.ts";
import { replay } from "../../src/core/replay.ts";
import type { Run } from "../../src/core/run.ts";
import { begin, transition } from "../../src/core/transition.ts";
import type { Workflow } from "../../src/core/workflow.ts";
import type { Chance } from "../support/chance.ts";
import { measured } from "./approvals.ts";
import { childId, endingOf, fateOf } from "./children.ts";
import { HandOff } from "./handoff.ts";
import { Processes } from "./processes.ts";
import { placeOf, Tracker } from "./track.ts";

interface Live {
  run: Run;
  tracker: Tracker;
  /** Monotonic time at which the run's tick was `baseTick`. */
  since: number;
  baseTick: number;
}

interface SetTimer {
  readonly run: string;
  readonly timer: Timer;
  readonly due: number;
}

export interface Counts {
  [what: string]: number;
}

export class World {
  readonly chance: Chance;
  readonly counts: Counts = {};
  readonly live = new Map<string, Live>();
  /** Which definition and body a run is of; kept with the journal. */
  readonly definitions = new Map<string, Workflow>();
  readonly small: Workflow;
  readonly processes: Processes;
  readonly handOff: HandOff;
  readonly queue = new Map<string, Claim>();
  readonly timers = new Map<string, SetTimer>();
  readonly paused = new Set<string>();
  readonly #outputs = new Map<string, Json>();
  readonly #groups = new Map<string, string[]>();
  /** Children that have closed, and whose parents do not know yet. */
  readonly #merging = new Set<string>();
  readonly #trace = createHash("sha256");
  #log: Entry[] = [];
  #committed = 0;
  #after: (() => void)[] = [];
  #running = 0;
  mono = 0;
  wall = Date.UTC(2026, 0, 5);
  events = 0;

  constructor(chance: Chance, small: Workflow, slots: number = chance.pick([1, 2, 4, 16])) {
    this.chance = chance;
    this.small = small;
    this.processes = new Processes(slots);
    this.handOff = new HandOff(this.lookup);
  }

  get lookup(): Lookup {
    const outputs = this.#outputs;
    return {
      output: (digest) => outputs.get(digest),
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
    };
  }

  get traceHash(): string {
    return this.#trace.copy().digest("hex");
  }

  get openRuns(): readonly Run[] {
    return [...this.live.values()].map(({ run }) => run).filter((run) => run.phase !== "closed");
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Outputs over a size are kept apart, as hosts do. */
  put(value: Json): OutputValue {
    const text = JSON.stringify(value);
    if (this.chance.next() < 0.8) return { value };
    const digest = createHash("sha256").update(text).digest("hex");
    this.#outputs.set(digest, value);
    this.count("large outputs");
    return { digest, bytes: text.length, text: false };
  }

  begin(id: string, workflow: Workflow, started: RunStarted): void {
    this.definitions.set(id, workflow);
    const entry: Entry = { run: id, sequence: 1, at: this.wall, tick: 0, key: null, event: started };
    const first = begin(id, workflow, entry, this.lookup);
    checkRun(first.run);
    this.live.set(id, { run: first.run, tracker: new Tracker(), since: this.mono, baseTick: 0 });
    this.#holdPaths(first.run);
    this.#took(entry, first.effects);
  }

  /** Applies an event if it is not refused. */
  send(id: string, event: Event): Problem | null {
    const live = this.live.get(id);
    const problem = refuse(live?.run ?? null, event);
    if (problem !== null || live === undefined) return problem;
    const tick = live.baseTick + Math.round(this.mono - live.since);
    const entry: Entry = {
      run: id,
      sequence: live.run.sequence + 1,
      at: this.wall,
      tick,
      key: null,
      event: journalled(event),
    };
    const before = live.run;
    const next = transition(before, entry, this.lookup);
    live.run = next.run;
    live.tracker.event(event);
    checkRun(next.run);
    checkTouched(before, next.run);
    this.#took(entry, next.effects);
    return null;
  }

  must(id: string, event: Event): void {
    const problem = this.send(id, event);
    assert.equal(problem, null, `${event.type} is taken by ${id}: ${problem?.message}`);
  }

  /** Done outside, so only once what led to it is kept. */
  afterCommit(call: () => void): void {
    this.#after.push(call);
  }

  commit(): boolean {
    this.#committed = this.#log.length;
    for (const call of this.#after.splice(0)) call();
    return this.#log.length > this.#committed; // What came after it gave something to do.
  }

  /** Loses what was not committed, then reads everything back. */
  crash(withProcesses: boolean): void {
    this.count(withProcesses ? "crashes of the machine" : "crashes of the engine");
    this.#log = this.#log
      .slice(0, this.#committed)
      .map((entry) => JSON.parse(JSON.stringify(entry)) as Entry);
    this.#after = [];
    if (withProcesses) this.processes.killAll();
    for (const held of [this.live, this.queue, this.timers, this.#groups, this.#merging]) held.clear();
    this.paused.clear();
    this.mono += this.chance.below(30_000);
    this.wall += this.chance.below(60_000);
    for (const run of this.replayed()) {
      this.live.set(run.id, { run, tracker: new Tracker(), since: this.mono, baseTick: run.tick });
    }
    this.processes.forgetHolds();
    for (const { run } of this.live.values()) if (run.phase !== "closed") this.#holdPaths(run);
    this.#running += 1;
    for (const { run } of [...this.live.values()]) this.#recover(run);
    if (this.chance.next() < 0.7) this.#takeUp();
    this.#running -= 1;
    this.#workOff();
  }

  replayed(): readonly Run[] {
    const byRun = new Map<string, Entry[]>();
    for (const entry of this.#log) {
      const list = byRun.get(entry.run);
      if (list === undefined) byRun.set(entry.run, [entry]);
      else list.push(entry);
    }
    return [...byRun].map(([id, entries]) =>
      replay(id, this.definitions.get(id) as Workflow, entries, this.lookup),
    );
  }

  /** Every run is the fold of its entries as a journal keeps them, and says itself what it has open. */
  compareAll(): void {
    this.#log = this.#log.map((entry) => JSON.parse(JSON.stringify(entry)) as Entry);
    for (const run of this.replayed()) {
      const live = this.live.get(run.id) as Live;
      assert.deepEqual(run, live.run, `run ${run.id} follows from its entries`);
      live.tracker.compare(run, this.lookup);
      this.#compareWithParent(run);
    }
  }

  /** A parent knows whether anything goes on in a child of its. */
  #compareWithParent(run: Run): void {
    const above = this.live.get(run.start.parent?.run ?? "")?.run;
    if (above === undefined || run.start.parent === null || run.phase === "closed") return;
    const view = viewOf(above);
    const spot = spotOf(above.workflow, (index) => view.taskAt(index), run.start.parent);
    const unit = spot === undefined ? null : unitOf(view, spot);
    if (unit?.live !== true || unit.attempt !== run.start.parent.attempt) return;
    assert.equal(unit.childWaits, newsOf(run) === "child.waits", `${above.id} knows what ${run.id} does`);
  }

  /** A person resumes the runs they know, before or after the rest of what the crash left comes to light. */
  #takeUp(): void {
    for (const { run } of this.live.values()) {
      if (run.start.parent !== null || run.phase === "closed") continue;
      const resume = () => {
        const problem = this.send(run.id, { type: "run.resumed", by: "kim", interrupted: true });
        if (problem === null) this.count("taken up");
        const { rerunning } = (this.live.get(run.id) as Live).run;
        if (rerunning.length > 0) this.count("runs with tasks that run again");
      };
      this.#soonCalls.splice(this.chance.below(this.#soonCalls.length + 1), 0, resume);
    }
  }

  #holdPaths({ id, start }: Run): void {
    const own = start.holds?.at(-1);
    if (own?.run === id) this.processes.holdPaths(own, start.holds ?? []);
  }

  #recover(run: Run): void {
    const { effects, live } = recover(run, this.lookup);
    const tracker = this.live.get(run.id)?.tracker as Tracker;
    for (const claim of live) {
      tracker.live.add(placeOf(claim));
      this.processes.hold(claim);
      const state = this.processes.stateOf(claim);
      // A process that nobody knows any more is lost; the others are taken up, or their exit is read from its log.
      if (state === "unknown") {
        this.count("lost attempts");
        this.handOff.lost(claim.run, claim);
        this.#soon(() =>
          this.endAttempt(claim.run, claim, {
            type: "attempt.lost",
            cause: "the machine died",
            ...refOf(claim),
          }),
        );
      }
    }
    for (const effect of effects) {
      tracker.effect(effect);
      this.#soon(() => this.#follow(run.id, effect));
    }
  }

  /** The end of an attempt, whoever tells it; frees what it held. */
  endAttempt(run: string, ref: AttemptRef, event: Event): Problem | null {
    const problem = this.send(run, event);
    this.processes.release(run, ref);
    return problem;
  }

  #took(entry: Entry, effects: readonly Effect[]): void {
    this.events += 1;
    this.#log.push(entry);
    this.#trace.update(JSON.stringify(entry)).update(JSON.stringify(effects));
    const tracker = this.live.get(entry.run)?.tracker as Tracker;
    for (const effect of effects) {
      tracker.effect(effect);
      this.#soonCalls.push(() => this.#follow(entry.run, effect));
    }
    tracker.settle(this.live.get(entry.run)?.run as Run);
    this.#workOff();
  }

  readonly #soonCalls: (() => void)[] = [];

  /** First in, first out: what an effect leads to comes after all effects of the event before. */
  #soon(call: () => void): void {
    this.#soonCalls.push(call);
    this.#workOff();
  }

  #workOff(): void {
    if (this.#running > 0) return;
    this.#running += 1;
    for (let next = this.#soonCalls.shift(); next !== undefined; next = this.#soonCalls.shift()) next();
    this.#running -= 1;
  }

  #follow(id: string, effect: Effect): void {
    switch (effect.do) {
      case "request":
        this.queue.set(`${id}/${placeOf(effect.claim)}`, effect.claim);
        break;
      case "withdraw":
        this.queue.delete(`${id}/${placeOf(effect.attempt)}`);
        break;
      case "stop":
        this.#after.push(() =>
          this.processes.stop(id, effect.attempt, this.mono + this.chance.below(10_000)),
        );
        break;
      case "expand":
        this.send(id, { type: "task.expanded", task: effect.task, items: effect.items });
        break;
      case "measure":
        this.#after.push(() => measured(this, id, effect));
        break;
      case "start_child":
        this.#startChild(id, effect.child);
        break;
      case "stop_child":
        this.send(childId(id, effect.attempt), {
          type: "run.cancelled",
          by: id,
          reason: effect.twice ? "parent_twice" : "parent",
        });
        break;
      case "pause_child":
        this.send(childId(id, effect.attempt), { type: "run.paused", by: id });
        break;
      case "resume_child":
        this.send(childId(id, effect.attempt), {
          type: "run.resumed",
          by: id,
          ...(effect.interrupted && { interrupted: true }),
        });
        break;
      case "tell_parent":
        this.#tell(id, effect.news);
        break;
      case "set_timer":
        this.timers.set(`${id}/${effect.timer.id}`, {
          run: id,
          timer: effect.timer,
          due: this.mono + this.#remaining(id, effect.timer),
        });
        break;
      case "clear_timer":
        this.timers.delete(`${id}/${effect.timer}`);
        break;
      case "join_group":
        this.#join(id, effect.group, effect.onConflict);
        break;
      case "leave_group":
        this.#leave(id, effect.group);
        break;
      case "hold":
        this.paused.add(id);
        break;
      case "release":
        this.paused.delete(id);
        break;
      case "close":
        this.paused.delete(id);
        this.processes.releasePaths(id);
        this.#closed(id);
        break;
      case "escalate":
        this.count("escalations");
        break;
    }
  }

  #tell(id: string, type: "child.waits" | "child.moves"): void {
    const parent = this.live.get(id)?.run.start.parent ?? null;
    if (parent !== null && this.send(parent.run, { type, ...refOf(parent), child: id }) === null)
      this.count(type);
  }

  #remaining(id: string, timer: Timer): number {
    const live = this.live.get(id) as Live;
    if (timer.kind === "tick")
      return Math.max(0, timer.due - (live.baseTick + Math.round(this.mono - live.since)));
    if (timer.kind === "wall") return 0;
    return Math.min(timer.delayMs, Math.max(0, timer.from + timer.delayMs - this.wall));
  }

  #startChild(parent: string, child: ChildRequest): void {
    const id = childId(parent, child);
    const known = this.live.get(id);
    if (known !== undefined) {
      if (known.run.phase === "closed") this.#closed(id);
      return;
    }
    const run = (this.live.get(parent) as Live).run;
    const spot = run.workflow.tasks[run.workflow.indexOf.get(child.task) ?? -1];
    const { source } = child;
    const isBody = source.kind === "body";
    const detached = source.kind === "workflow" && source.detached;
    const workflow = isBody ? (spot?.body as Workflow) : this.small;
    const depth = (run.start.parent?.depth ?? 0) + 1;
    const around = detached ? [] : (run.start.holds ?? []);
    const isHolding = !detached && child.touches.length > 0;
    const holds = isHolding ? [...around, { run: id, touches: child.touches }] : around;
    const started: RunStarted = {
      ...run.start,
      holds,
      workflow: workflow.name,
      path: isBody ? source.path : [],
      scope: isBody ? source.scope : null,
      parent: detached
        ? null
        : { ...refOf(child), run: parent, root: run.start.parent?.root ?? parent, depth },
      lanes: detached ? [] : child.lanes,
      budget: child.budget,
      leftOut: null,
      maxParallel: null,
      ...child.notes,
    };
    this.begin(id, workflow, started);
    if (detached)
      this.must(parent, { ...ended(child, id), status: "success", output: { value: { run: id } } });
  }

  #closed(id: string): void {
    const { run } = this.live.get(id) as Live;
    if (run.phase !== "closed" || run.start.parent === null) return;
    if (fateOf(run, this.lookup) === "told") this.#tellEnd(run);
    else this.#merging.add(id);
  }

  /** Of one that has closed, once what it did is in the journal. */
  tellMerged(): boolean {
    const [id] = this.#merging;
    if (id === undefined) return false;
    this.commit();
    this.#merging.delete(id);
    const { run } = this.live.get(id) as Live;
    this.count(`children ${fateOf(run, this.lookup)}`);
    this.#tellEnd(run);
    return true;
  }

  #tellEnd(run: Run): void {
    const parent = run.start.parent as ParentRef;
    const ref = refOf(parent);
    const ending = endingOf(run, this.lookup, (value) => this.put(value));
    const problem = this.send(parent.run, { ...ended(ref, run.id), ...ending });
    if (problem === null) this.handOff.sent(this.live.get(parent.run)?.run as Run, ref, ending.output);
  }

  #join(id: string, group: string, onConflict: string): void {
    const { run } = this.live.get(id) as Live;
    const members = this.#groups.get(group) ?? [];
    this.#groups.set(group, members);
    if (members.includes(id)) return;
    if (run.group?.held === true) {
      members.unshift(id);
      return;
    }
    if (onConflict === "cancel_running")
      for (const other of [...members])
        this.send(other, { type: "run.cancelled", by: id, reason: "superseded" });
    members.push(id);
    this.#grant(group);
  }

  #leave(id: string, group: string): void {
    const members = this.#groups.get(group) ?? [];
    this.#groups.set(
      group,
      members.filter((one) => one !== id),
    );
    this.#grant(group);
  }

  #grant(group: string): void {
    const [first] = this.#groups.get(group) ?? [];
    if (first === undefined) return;
    const run = this.live.get(first)?.run;
    if (run?.phase === "queued") this.must(first, { type: "group.granted", group });
  }
}

export function refOf({ task, item, attempt }: AttemptRef): AttemptRef {
  return item === undefined ? { task, attempt } : { task, item, attempt };
}

function ended(ref: AttemptRef, child: string): Event & { type: "child.ended" } {
  const rest = { output: { value: null }, tasks: {}, failure: null, durationMs: 10, usage: null };
  return { type: "child.ended", ...refOf(ref), child, status: "success", ...rest };
}
