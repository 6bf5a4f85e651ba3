/** Child runs on the desk: begun, stopped and taken up again as their parents ask, and reported to them at their end. */
import { secondsLeft } from "../../core/child.ts";
import type { ChildRequest } from "../../core/effect.ts";
import type { AttemptRef, ChildNews } from "../../core/event.ts";
import type { Json } from "../../core/json.ts";
import type { OutputValue } from "../../core/outcome.ts";
import type { Result } from "../../core/problem.ts";
import type { Run } from "../../core/run.ts";
import { attemptKey } from "../queue.ts";
import { isAtRest, type Sight, waitsForPeople } from "../waits.ts";
import {
  type ChildSources,
  childDetached,
  childEnding,
  childId,
  childRefused,
  childStart,
} from "./children.ts";
import type { Desk } from "./desk.ts";
import type { ChildEffect } from "./desk-events.ts";
import { LateMerging } from "./late-merging.ts";
import type { Link } from "./load.ts";
import { Measuring, type MeasuringOptions } from "./measuring.ts";
import type { MergingOptions } from "./merging.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { Store } from "./store.ts";

export interface ChildDeskOptions extends MeasuringOptions, MergingOptions {
  readonly store: Store;
  readonly link: Link;
  readonly sources: ChildSources;
  /** Keeps a large output apart and names it by content. */
  readonly put: (value: Json) => OutputValue;
}

export class ChildDesk {
  readonly #desk: Desk;
  readonly #options: ChildDeskOptions;
  readonly #openRuns: OpenRuns;
  readonly #measuring: Measuring;
  readonly #merging: LateMerging;
  /** What parents shall hear of each child. */
  readonly #news = new Map<string, ChildNews["type"]>();
  readonly #sight: Sight = {
    childrenOf: (run) => this.#childrenOf(run),
    ahead: (run) => this.#desk.worlds.of(run.start).groups.ahead(run.group?.name ?? "", run.id),
    heldUpBy: (run) => this.#desk.worlds.of(run.start).queue.heldUpBy(run.id),
    areStuck: (runs) => this.#areStuck(runs),
  };

  constructor(
    desk: Desk,
    options: ChildDeskOptions,
    openRuns: OpenRuns,
    written: () => Promise<Result<null>>,
  ) {
    this.#desk = desk;
    this.#options = options;
    this.#openRuns = openRuns;
    this.#measuring = new Measuring(desk, options);
    this.#merging = new LateMerging(desk, options, written);
  }

  /** What is looked at, or merged, is told to nobody any more. */
  close(): void {
    this.#measuring.close();
    void this.#merging.close();
  }

  follow(id: string, effect: ChildEffect): void {
    if (effect.do === "tell_parent") return void this.#news.set(id, effect.news);
    if (effect.do === "start_child") return this.#start(id, effect.child);
    if (effect.do === "measure") return this.#measuring.follow(id, effect);
    const wanted = attemptKey("", effect.attempt);
    const child = this.#childrenOf(id).find(
      ({ start: { parent } }) => parent !== null && attemptKey("", parent) === wanted,
    );
    if (child === undefined) return;
    const by = `run ${id}`;
    if (effect.do === "stop_child")
      this.#desk.quietly(child.id, {
        type: "run.cancelled",
        by,
        reason: effect.twice ? "parent_twice" : "parent",
      });
    else if (effect.do === "pause_child") this.#desk.quietly(child.id, { type: "run.paused", by });
    else
      this.#desk.quietly(child.id, {
        type: "run.resumed",
        by,
        ...(effect.interrupted && { interrupted: true }),
      });
  }

  /** A run that has closed: its parent is told in the same turn, or once what it changed is merged. */
  closed(run: Run): void {
    const { parent } = run.start;
    const ending = childEnding(run, this.#options.put, this.#options.lookup);
    const { queue } = this.#desk.worlds.of(run.start);
    if (ending === null || parent === null) return queue.releasePaths(run.id);
    this.#merging.follow(run, ending, (ended) => {
      // Whoever waits for its paths begins with what it changed.
      queue.releasePaths(run.id);
      this.#desk.quietly(parent.run, ended);
    });
  }

  /**
   * Tells parents at the end of a turn: what begins to wait often goes on within it, and needs no word. A parent that
   * is a child itself may have news of its own then.
   */
  tellParents(): void {
    for (const [id, type] of this.#news) {
      this.#news.delete(id);
      const parent = this.#desk.run(id)?.start.parent ?? null;
      if (parent === null) continue;
      const { run, root: _root, depth: _depth, ...ref } = parent;
      this.#desk.quietly(run, { type, ...ref, child: id });
    }
    // One that now only waits is waited for by nobody.
    this.#merging.look();
  }

  /** Only people can move this run on. */
  waits(run: Run): boolean {
    return waitsForPeople(run, this.#sight);
  }

  /** Nothing goes on in it by itself, and nothing will until somebody comes. */
  isStill(run: Run): boolean {
    return this.waits(run) || (run.status === "paused" && isAtRest(run, this.#sight.childrenOf));
  }

  /** Only people can move these runs on, if only by taking them up. */
  #areStuck(runs: readonly string[]): boolean {
    return runs.every((id) => {
      const run = this.#desk.run(id);
      return run === undefined ? this.#openRuns.stands(id) : this.waits(run);
    });
  }

  #childrenOf(parentId: string): readonly Run[] {
    return this.#desk.runs().filter(({ start }) => start.parent?.run === parentId);
  }

  /** Starting is idempotent: a child that the journal knows is taken up again, one that has closed is reported. */
  #start(parentId: string, request: ChildRequest): void {
    const parent = this.#desk.run(parentId);
    if (parent === undefined) return;
    const { store, sources, lookup, link } = this.#options;
    const id = childId(parent, request, lookup);
    if (this.#desk.run(id) !== undefined || store.run(id) !== null) return this.#takeUp(id);
    const { digest } = parent.start;
    const definition = this.#desk.definition(digest) ?? store.definition(digest) ?? "";
    const secondsLeft = this.#secondsLeft(parent, request);
    const child = childStart(parent, request, { definition, sources, lookup, secondsLeft });
    if (!child.ok) return this.#desk.quietly(parentId, childRefused(request, child.problems));
    const { started } = child.value;
    const workflow = link({ digest: started.digest, text: child.value.definition }, started.path);
    const problem = this.#desk.begin(id, child.value.definition, workflow, started);
    if (problem !== null) this.#desk.quietly(parentId, childRefused(request, [problem]));
    else if (started.parent === null) this.#desk.quietly(parentId, childDetached(request, id));
  }

  /** Of the parent's time and of that of all above it. */
  #secondsLeft(parent: Run, ref: AttemptRef): number {
    const left = secondsLeft(parent, ref, this.#desk.moment(parent.id).tick);
    const above = parent.start.parent;
    const grandparent = above === null ? undefined : this.#desk.run(above.run);
    if (above === null || grandparent === undefined) return left;
    return Math.min(left, this.#secondsLeft(grandparent, above));
  }

  #takeUp(id: string): void {
    const child = this.#openRuns.takeUp(id, null);
    if (!child.ok || child.value.phase !== "closed") return;
    this.#desk.holdPaths(child.value);
    this.closed(child.value);
  }
}
