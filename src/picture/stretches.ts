/** For each task and item of one run, the stretches of time between the entries at which its state changed. */

import { isEnded } from "../core/draft.ts";
import { type Event, INTERRUPTED } from "../core/event.ts";
import type { Change } from "../core/replay.ts";
import type { Run, TaskState, Unit } from "../core/run.ts";
import { at, changedPlaces } from "../core/vector.ts";
import type { Task } from "../core/workflow.ts";
import { type Look, look, lookOfTask, waitsForPeople } from "./looks.ts";

/**
 * queued: ready, nobody had a place for it · running · human: waits for a person · waiting: for a delay, an event, a
 * quota · unknown: nobody saw what became of it.
 */
export type StretchKind = "queued" | "running" | "human" | "waiting" | "unknown";

export interface Stretch {
  readonly kind: StretchKind;
  readonly from: number;
  readonly to: number;
  readonly attempt: number;
  /** It mends what made the attempt before it fail. */
  readonly isRepair: boolean;
  /** What a wait waited for. */
  readonly reason: string | null;
  /** Of an attempt that has ended, how. */
  readonly result: Look | null;
  /** What the attempt itself took, where it was measured. */
  readonly measuredMs: number | null;
  /** It has not ended. */
  readonly isOpen: boolean;
}

export interface Place {
  readonly task: Task;
  /** Of an instance of a mapped task. */
  readonly item: number | null;
  readonly key: string | null;
}

export interface Track extends Place {
  readonly stretches: Stretch[];
  look: Look;
}

export interface Tracks {
  readonly run: Run;
  readonly tracks: readonly Track[];
  /** The time of each entry. */
  readonly moments: readonly number[];
  /** From the entry before to where an engine had this run open again; the engine may have ended anywhere in it. */
  readonly unseen: readonly Span[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Wall time may pass this much faster than an engine's own before somebody must have been away. */
const UNSEEN_MS_MIN = 2_000;

/** `startsAt`: when the run began, on the axis that all runs of a timeline share. */
export function tracksOf(changes: Iterable<Change>, startsAt: number): Tracks | null {
  const book = new Book();
  const moments: number[] = [];
  const unseen: Span[] = [];
  let last: Change | null = null;
  let now = startsAt;
  for (const change of changes) {
    if (last !== null) {
      const wallMs = change.entry.at - last.entry.at;
      const openMs = change.entry.tick - last.entry.tick;
      const before = now;
      // A clock that was put back says nothing; what the engine counted does.
      now += wallMs < 0 ? Math.max(0, openMs) : wallMs;
      if (wallMs - openMs > UNSEEN_MS_MIN) unseen.push({ from: before, to: now - Math.max(0, openMs) });
    }
    moments.push(now);
    book.note(change, now);
    last = change;
  }
  return last === null ? null : { run: last.after, tracks: book.tracks(now), moments, unseen };
}

interface Open {
  readonly kind: StretchKind;
  readonly reason: string | null;
  readonly attempt: number;
  readonly isRepair: boolean;
  readonly from: number;
}

class Book {
  readonly #tracks = new Map<string, Track>();
  readonly #open = new Map<Track, Open>();

  note({ entry, before, after }: Change, now: number): void {
    for (const index of changedPlaces(before?.tasks ?? null, after.tasks)) {
      const task = after.workflow.tasks[index] as Task;
      const state = at(after.tasks, index);
      this.#noteState({ task, item: null, key: null }, state, state.unit, { event: entry.event, now });
      const items = state.items;
      if (items === null) continue;
      const old = before === null ? null : (at(before.tasks, index).items?.units ?? null);
      for (const item of changedPlaces(old, items.units)) {
        const unit = at(items.units, item);
        const key = items.list[item]?.key ?? String(item);
        this.#noteState({ task, item, key }, unit, unit, { event: entry.event, now });
      }
    }
  }

  /** Up to the last entry. */
  tracks(now: number): readonly Track[] {
    for (const [track, open] of this.#open)
      track.stretches.push({ ...open, ...UNTOLD, to: now, isOpen: true });
    return [...this.#tracks.values()].filter(({ stretches }) => stretches.length > 0);
  }

  #noteState(
    place: Place,
    state: TaskState | Unit,
    unit: Unit,
    { event, now }: { readonly event: Event; readonly now: number },
  ): void {
    const { task, item } = place;
    const next = openOf(state, unit, place, now);
    const name = `${task.index} ${item ?? ""}`;
    const shown = lookOfTask(state.status, state.reason);
    if (next === null && !this.#tracks.has(name)) return;
    const track = this.#tracks.get(name) ?? { ...place, stretches: [], look: shown };
    track.look = shown;
    this.#tracks.set(name, track);
    const open = this.#open.get(track) ?? null;
    if (open !== null && next !== null && isSame(open, next)) return;
    if (open !== null && now > open.from)
      track.stretches.push({
        ...open,
        ...(open.kind === "running" ? endOf(state, unit, { event, ...open }) : UNTOLD),
        to: now,
        isOpen: false,
      });
    if (next === null) this.#open.delete(track);
    else this.#open.set(track, next);
  }
}

const UNTOLD = { result: null, measuredMs: null } as const;

function isSame(one: Open, other: Open): boolean {
  return one.kind === other.kind && one.reason === other.reason && one.attempt === other.attempt;
}

/** What a state is on a timeline; null for what has not come up or has ended, and where items have rows of their own. */
function openOf(state: TaskState | Unit, unit: Unit, place: Place, from: number): Open | null {
  const { status, reason } = state;
  const hasItems = place.task.map !== null && place.item === null;
  const shared = { reason, attempt: unit.attempt, isRepair: unit.role === "repair", from };
  if (status === "queued" || (status === "waiting" && reason === "concurrency"))
    return hasItems ? null : { ...shared, kind: "queued" };
  if (status === "running") return hasItems ? null : { ...shared, kind: "running" };
  if (status !== "waiting") return null;
  return { ...shared, kind: waitsForPeople(status, reason) ? "human" : "waiting" };
}

/** How the attempt ended: what the engine made of it counts, not what it said of itself. */
function endOf(
  state: TaskState | Unit,
  unit: Unit,
  { event, isRepair }: { readonly event: Event; readonly isRepair: boolean },
): Pick<Stretch, "result" | "measuredMs"> {
  if (event.type === "attempt.lost") {
    const word = event.cause === INTERRUPTED ? "interrupted" : "lost";
    return { result: look(word === "lost" ? "failed" : "skipped", word), measuredMs: null };
  }
  const measuredMs =
    event.type === "attempt.ended"
      ? event.outcome.durationMs
      : event.type === "child.ended"
        ? event.durationMs
        : null;
  if (isRepair && event.type === "attempt.ended" && !isEnded(state.status)) {
    const isMended = event.outcome.status === "success";
    return { result: isMended ? look("success", "repaired") : look("failed", "repair failed"), measuredMs };
  }
  if (isEnded(state.status)) return { result: lookOfTask(state.status), measuredMs };
  if (event.type === "attempt.ended" && event.outcome.asks !== undefined && state.status === "waiting")
    return { result: look("skipped", "asked"), measuredMs };
  const isGood =
    unit.error === null && (event.type !== "attempt.ended" || event.outcome.misfit === undefined);
  return { result: isGood ? look("success", "success") : look("failed", "failed"), measuredMs };
}
