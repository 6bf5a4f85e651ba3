/**
 * What a host has open for one run, told by effects and events alone. Every effect must be legal: a request is
 * answered or withdrawn once, a timer cleared only while it is set, a question asked under an id of its own. At any
 * time the same must follow from the run's state (core/recover.ts).
 */
import assert from "node:assert/strict";
import { spotOf, viewOf } from "../../src/core/draft.ts";
import type { Claim, Effect } from "../../src/core/effect.ts";
import type { AttemptRef, Event } from "../../src/core/event.ts";
import type { Lookup } from "../../src/core/lookup.ts";
import { unitOf } from "../../src/core/places.ts";
import { recover } from "../../src/core/recover.ts";
import type { Run } from "../../src/core/run.ts";
import { at } from "../../src/core/vector.ts";

export function placeOf(ref: AttemptRef): string {
  return `${ref.task}/${ref.item ?? ""}/${ref.attempt}`;
}

export class Tracker {
  readonly requests = new Map<string, string>();
  readonly timers = new Map<string, string>();
  readonly decisions = new Set<string>();
  readonly children = new Set<string>();
  readonly live = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #started = new Set<string>();
  readonly #stopped = new Set<string>();
  #held = false;
  #justFired: string | null = null;
  #expanding = new Set<string>();
  #measuring = new Set<string>();

  /** Before the effects of an accepted event. */
  event(event: Event): void {
    this.#justFired = null;
    switch (event.type) {
      case "timer.fired":
        assert.ok(this.timers.delete(event.timer), `timer ${event.timer} fires only when it is set`);
        this.#justFired = event.timer;
        break;
      case "attempt.started": {
        const place = placeOf(event);
        const claim = this.requests.get(place);
        assert.ok(claim !== undefined, `${place} starts only when it was asked for`);
        this.requests.delete(place);
        assert.ok(!this.#started.has(place), `${place} starts once`);
        this.#started.add(place);
        // Of a pass the child lives, which is begun next.
        if ((JSON.parse(claim) as Claim).pool !== null) this.live.add(place);
        break;
      }
      case "attempt.ended":
      case "attempt.lost":
      case "cache.hit":
        assert.ok(this.live.delete(placeOf(event)), `${placeOf(event)} ends while it lives`);
        break;
      case "child.ended":
        assert.ok(this.children.delete(placeOf(event)), `child ${placeOf(event)} ends while it lives`);
        break;
      case "task.measured":
        assert.ok(this.#measuring.delete(event.task), `${event.task} is looked at when it asked for that`);
        break;
      case "task.expanded":
        assert.ok(this.#expanding.delete(event.task), `${event.task} is expanded when it asked for that`);
        break;
    }
  }

  effect(effect: Effect): void {
    switch (effect.do) {
      case "request": {
        const place = placeOf(effect.claim);
        assert.ok(!this.requests.has(place) && !this.#started.has(place), `${place} is asked for once`);
        this.requests.set(place, JSON.stringify(effect.claim));
        break;
      }
      case "withdraw":
        assert.ok(
          this.requests.delete(placeOf(effect.attempt)),
          `${placeOf(effect.attempt)} is withdrawn while it is asked for`,
        );
        break;
      case "hold":
      case "release":
        this.#held = effect.do === "hold";
        break;
      case "stop":
        this.#stopped.add(placeOf(effect.attempt));
        assert.ok(
          this.live.has(placeOf(effect.attempt)),
          `${placeOf(effect.attempt)} is stopped while it lives`,
        );
        break;
      case "start_child":
        assert.ok(!this.children.has(placeOf(effect.child)), `child ${placeOf(effect.child)} starts once`);
        this.children.add(placeOf(effect.child));
        break;
      case "stop_child":
        this.#stopped.add(placeOf(effect.attempt));
        assert.ok(
          this.children.has(placeOf(effect.attempt)),
          `child ${placeOf(effect.attempt)} is stopped while it lives`,
        );
        break;
      case "pause_child":
      case "resume_child":
        assert.ok(
          this.children.has(placeOf(effect.attempt)),
          `${effect.do} of ${placeOf(effect.attempt)} while it lives`,
        );
        break;
      case "measure":
        assert.ok(!this.#measuring.has(effect.task), `${effect.task} is looked at once`);
        this.#measuring.add(effect.task);
        break;
      case "expand":
        this.#expanding.add(effect.task);
        break;
      case "set_timer":
        this.timers.set(effect.timer.id, JSON.stringify(effect.timer));
        break;
      case "clear_timer": {
        const wasSet = this.timers.delete(effect.timer) || this.#justFired === effect.timer;
        assert.ok(wasSet, `timer ${effect.timer} is cleared while it is set`);
        break;
      }
      case "ask":
        assert.ok(!this.#asked.has(effect.decision.id), `decision ${effect.decision.id} is asked once`);
        this.#asked.add(effect.decision.id);
        this.decisions.add(effect.decision.id);
        break;
      case "withdraw_decision":
        assert.ok(
          this.decisions.delete(effect.decision),
          `decision ${effect.decision} is withdrawn while it is open`,
        );
        break;
      case "close":
        this.#held = false;
        // A send-back may fence off an attempt and, all being skipped, close the run at once.
        for (const set of [this.live, this.children]) for (const place of this.#stopped) set.delete(place);
        assert.deepEqual(
          { ...this.open, expanding: [], measuring: [] },
          EMPTY,
          "nothing is open when a run closes",
        );
        break;
    }
  }

  /** Attempts and children that a send-back has fenced off: told to stop, and no longer of the run. */
  settle(run: Run): void {
    for (const set of [this.live, this.children]) {
      for (const place of [...set]) {
        if (isLive(run, place)) continue;
        assert.ok(this.#stopped.has(place), `${place} is fenced off only when it is stopped`);
        set.delete(place);
      }
    }
    for (const task of this.#measuring)
      if (!at(run.tasks, run.workflow.indexOf.get(task) as number).measuring) this.#measuring.delete(task);
    for (const task of this.#expanding) if (!isExpanding(run, task)) this.#expanding.delete(task);
  }

  get open() {
    return {
      requests: sorted(this.requests),
      timers: sorted(this.timers),
      decisions: [...this.decisions].sort(),
      children: [...this.children].sort(),
      live: [...this.live].sort(),
      expanding: [...this.#expanding].sort(),
      measuring: [...this.#measuring].sort(),
      held: this.#held,
    };
  }

  /** What recover says of the run is what was tracked. */
  compare(run: Run, lookup: Lookup): void {
    const { effects, live } = recover(run, lookup);
    const of = <D extends Effect["do"]>(name: D) =>
      effects.filter((effect): effect is Extract<Effect, { do: D }> => effect.do === name);
    const found = {
      requests: sorted(new Map(of("request").map(({ claim }) => [placeOf(claim), JSON.stringify(claim)]))),
      timers: sorted(new Map(of("set_timer").map(({ timer }) => [timer.id, JSON.stringify(timer)]))),
      decisions: of("ask")
        .map(({ decision }) => decision.id)
        .sort(),
      children: of("start_child")
        .map(({ child }) => placeOf(child))
        .sort(),
      live: live.map(placeOf).sort(),
      expanding: of("expand")
        .map(({ task }) => task)
        .sort(),
      measuring: of("measure")
        .map(({ task }) => task)
        .sort(),
      held: of("hold").length > 0,
    };
    assert.deepEqual(found, this.open, `recover finds what run ${run.id} has open`);
  }
}

const EMPTY = {
  requests: [],
  timers: [],
  decisions: [],
  children: [],
  live: [],
  expanding: [],
  measuring: [],
  held: false,
};

function sorted(map: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}

function isExpanding(run: Run, id: string): boolean {
  const { status, items } = at(run.tasks, run.workflow.indexOf.get(id) as number);
  return status === "queued" && items === null;
}

function isLive(run: Run, place: string): boolean {
  const [task = "", item = "", attempt = ""] = place.split("/");
  const view = viewOf(run);
  const ref = item === "" ? { task } : { task, item: Number(item) };
  const spot = spotOf(run.workflow, (index) => view.taskAt(index), ref);
  if (spot === undefined) return false;
  const unit = unitOf(view, spot);
  return unit.live && unit.attempt === Number(attempt);
}
