/**
 * Where events are decided: the open runs, what they have asked for, and what they hold. In memory only; the
 * engine writes each turn's batch and acts on it afterwards.
 */

import { viewOf } from "../../core/draft.ts";
import type { Claim, Effect } from "../../core/effect.ts";
import type { Entry, Event, Lane, RunStarted } from "../../core/event.ts";
import { journalled } from "../../core/event.ts";
import type { Lookup } from "../../core/lookup.ts";
import { writtenLanes } from "../../core/needs.ts";
import { findDecision } from "../../core/places.ts";
import type { Problem } from "../../core/problem.ts";
import { recover } from "../../core/recover.ts";
import { refuse } from "../../core/refuse.ts";
import type { Change } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import { begin, transition } from "../../core/transition.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { Clock } from "../../port/clock.ts";
import { expansion } from "../cache.ts";
import { Worlds } from "../commons.ts";
import { groupConflict } from "../groups.ts";
import { noArm, turnedAway } from "../queue.ts";
import { TimerTable } from "../timers.ts";
import { Batch } from "./batch.ts";
import type { DeskEvents } from "./desk-events.ts";

interface LiveRun {
  run: Run;
  /** Monotonic time at which the run's tick was `baseTick`. */
  readonly since: number;
  readonly baseTick: number;
  /** Concurrency groups that its tasks write out. */
  readonly groups: readonly Lane[];
}

export class Desk {
  readonly worlds = new Worlds((id) => this.run(id));
  readonly timers: TimerTable;
  batch = new Batch();
  /** What a busy database has not taken yet. */
  writing: Batch | null = null;
  readonly #kept = new Set<string>();
  /** Effects in the order in which they were decided; what answers one of them is decided behind all before it. */
  readonly #pending: { readonly run: string; readonly effect: Effect }[] = [];
  #following = false;
  readonly #live = new Map<string, LiveRun>();
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  readonly #events: DeskEvents;

  constructor(clock: Clock, lookup: Lookup, events: DeskEvents) {
    this.#clock = clock;
    this.#lookup = lookup;
    this.#events = events;
    this.timers = new TimerTable(clock, (run, timer) => this.quietly(run, { type: "timer.fired", timer }));
  }

  run(id: string): Run | undefined {
    return this.#live.get(id)?.run;
  }

  runs(): readonly Run[] {
    return [...this.#live.values()].map((live) => live.run);
  }

  /** True for keys that this engine has taken and not yet written. */
  hasKey(id: string, key: string): boolean {
    const name = `${id}/${key}`;
    return this.batch.keys.has(name) || (this.writing?.keys.has(name) ?? false);
  }

  /** A definition that is on its way into the journal. */
  definition(digest: string): string | undefined {
    return this.batch.definitions.get(digest) ?? this.writing?.definitions.get(digest);
  }

  /** The batch stands in the journal. */
  wrote(batch: Batch): void {
    this.writing = null;
    for (const digest of batch.definitions.keys()) this.#kept.add(digest);
  }

  /** Begins a run; a problem leaves everything as it was. */
  begin(id: string, definition: string, workflow: Workflow, started: RunStarted): Problem | null {
    const entry: Entry = { run: id, sequence: 1, at: this.#clock.wall(), tick: 0, key: null, event: started };
    const first = begin(id, workflow, entry, this.#lookup);
    const groups = writtenLanes(workflow);
    const commons = this.worlds.of(started);
    const conflict = groupConflict(commons.groups, first.effects) ?? commons.limits.conflict(groups);
    if (conflict !== null) return conflict;
    if (!this.#kept.has(started.digest)) this.batch.definitions.set(started.digest, definition);
    this.#open({ run: first.run, since: this.#clock.monotonic(), baseTick: 0, groups });
    this.holdPaths(first.run);
    this.#record({ entry, before: null, after: first.run }, first.effects);
    return null;
  }

  /** Decides an event now; the commit follows at the end of the turn. */
  take(id: string, key: string | null, event: Event): Problem | null {
    const live = this.#live.get(id);
    const refused = refuse(live?.run ?? null, event);
    if (refused !== null || live === undefined) return refused;
    const entry = this.entryFor(live, key, journalled(event));
    const before = live.run;
    const next = transition(before, entry, this.#lookup);
    live.run = next.run;
    if (key !== null) this.batch.keys.add(`${id}/${key}`);
    if (event.type === "timer.fired") this.batch.close(id, event.timer);
    this.#record({ entry, before, after: next.run }, next.effects);
    return null;
  }

  /** For events nobody waits for an answer to: what is stale is simply void. */
  quietly(id: string, event: Event): void {
    this.take(id, null, event);
  }

  /** An entry as it would come next, also for reading expressions at this moment. */
  entryFor(
    live: { readonly run: Run; readonly since: number; readonly baseTick: number },
    key: string | null,
    event: Event,
  ): Entry {
    const tick = live.baseTick + Math.round(this.#clock.monotonic() - live.since);
    return { run: live.run.id, sequence: live.run.sequence + 1, at: this.#clock.wall(), tick, key, event };
  }

  /** The moment now in a run, as an entry that changes nothing. */
  moment(id: string): Entry {
    const live = this.#live.get(id);
    if (live === undefined) throw new Error(`run ${id} is not open here`);
    return {
      ...this.entryFor(live, null, { type: "run.resumed", by: "engine" }),
      sequence: live.run.sequence,
    };
  }

  /** Takes up a run read from its journal with all that was open in it; the attempts that were running. */
  adopt(run: Run): readonly Claim[] {
    const groups = writtenLanes(run.workflow);
    this.#open({ run, since: this.#clock.monotonic(), baseTick: run.tick, groups });
    this.holdPaths(run);
    const { effects, live } = recover(run, this.#lookup);
    for (const claim of live) this.worlds.by(run.id).queue.hold(claim);
    this.#followAll(run.id, effects);
    return live;
  }

  /** Of a pass: until the run that it became has closed. */
  holdPaths({ id, start }: Run): void {
    const own = start.holds?.at(-1);
    if (own?.run === id) this.worlds.of(start).queue.holdPaths(own);
  }

  #open(live: LiveRun): void {
    this.#live.set(live.run.id, live);
    this.worlds.of(live.run.start).limits.enter(live.groups);
  }

  /** Not if it was opened again since it closed. */
  forget(id: string): void {
    const live = this.#live.get(id);
    if (live?.run.phase !== "closed") return;
    this.#live.delete(id);
    const { limits, queue } = this.worlds.of(live.run.start);
    limits.leave(live.groups);
    this.timers.clearRun(id);
    queue.resume(id);
  }

  #record(change: Change, effects: readonly Effect[]): void {
    this.batch.add(change);
    this.#events.changed();
    this.#followAll(change.entry.run, effects);
  }

  #followAll(run: string, effects: readonly Effect[]): void {
    for (const effect of effects) this.#pending.push({ run, effect });
    if (this.#following) return;
    this.#following = true;
    try {
      // Grows while it is walked through.
      for (const next of this.#pending) this.#follow(next.run, next.effect);
    } finally {
      this.#pending.length = 0;
      this.#following = false;
    }
  }

  #follow(run: string, effect: Effect): void {
    switch (effect.do) {
      case "request":
        return this.#request(run, effect.claim);
      case "withdraw":
        return this.worlds.by(run).queue.withdraw(run, effect.attempt);
      case "stop":
        return this.#events.stop(run, effect.attempt, effect.cause);
      case "expand":
        return this.#expand(run, effect);
      case "keep":
        return this.#events.cache.keep(effect.cache, { run, task: effect.task }, effect.outputs);
      case "set_timer":
        return this.#setTimer(run, effect);
      case "clear_timer":
        this.timers.clear(run, effect.timer);
        return this.batch.close(run, effect.timer);
      case "ask":
        return this.batch.open({ run, id: effect.decision.id, kind: "decision", detail: effect.decision });
      case "withdraw_decision":
        return this.batch.close(run, effect.decision);
      case "hold":
        return this.worlds.by(run).queue.pause(run);
      case "release":
        return this.worlds.by(run).queue.resume(run);
      case "close":
        return this.#events.closed(this.#live.get(run)?.run as Run);
      case "join_group":
        return this.#join(run, effect);
      case "leave_group":
        return this.#leave(run, effect.group);
      case "escalate":
        return this.#askMore(run, effect.decision);
      default:
        return this.#events.child(run, effect);
    }
  }

  #expand(id: string, effect: Effect & { do: "expand" }): void {
    const run = this.#live.get(id)?.run as Run;
    const outer = this.run(run.start.parent?.run ?? "");
    const around = { run, outer, moment: this.moment(id), lookup: this.#lookup };
    this.quietly(id, expansion(effect, this.#events.cache, around));
  }

  /** What no arm will ever take fails at once, instead of waiting for ever; so does what no limit fits. */
  #request(run: string, claim: Claim): void {
    const isForArm = claim.pool === null || this.#events.hasArm(claim);
    const { limits, queue } = this.worlds.by(run);
    const problem = limits.conflict(claim.lanes) ?? (isForArm ? null : noArm(claim));
    if (problem === null) return queue.add(claim);
    for (const event of turnedAway(claim, problem)) this.quietly(run, event);
  }

  #setTimer(run: string, { timer }: Effect & { do: "set_timer" }): void {
    const live = this.#live.get(run);
    if (live === undefined) return;
    const tick = live.baseTick + Math.round(this.#clock.monotonic() - live.since);
    this.timers.set(run, timer, tick);
    this.batch.open({ run, id: timer.id, kind: "timer", detail: { ...timer } });
  }

  /** The question stands as it is now: without an end. */
  #askMore(id: string, decision: string): void {
    const run = this.#live.get(id)?.run;
    const open = run === undefined ? undefined : findDecision(viewOf(run), decision);
    if (open !== undefined)
      this.batch.open({ run: id, id: decision, kind: "decision", detail: open.decision });
  }

  #join(run: string, effect: Effect & { do: "join_group" }): void {
    const { group, limit, onConflict } = effect;
    const { groups } = this.worlds.by(run);
    if (this.#live.get(run)?.run.group?.held === true) return groups.hold(group, limit, run);
    if (onConflict === "cancel_running") this.#cancelOthers(run, group, limit);
    if (groups.join(group, limit, run)) this.quietly(run, { type: "group.granted", group });
  }

  /** Older runs of the group end first; the newer one waits for that. */
  #cancelOthers(run: string, group: string, limit: number): void {
    const asked = this.worlds.by(run).groups.ask(group, limit, "queue");
    if (asked.answer !== "queued") return;
    for (const older of asked.behind) {
      if (older === run) continue;
      this.#events.takeUp(older);
      this.quietly(older, { type: "run.cancelled", by: run, reason: "superseded" });
    }
  }

  #leave(run: string, group: string): void {
    for (const next of this.worlds.by(run).groups.leave(group, run))
      this.quietly(next, { type: "group.granted", group });
  }
}
