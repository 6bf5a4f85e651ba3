/** An event from outside, given to every run that could read it, now or later. */
import { isAwaited, stillAwaited, waitersIn } from "../../core/awaited.ts";
import { viewOf } from "../../core/draft.ts";
import type { GivenEvent } from "../../core/event.ts";
import { timeOfId } from "../../core/id.ts";
import type { Lookup } from "../../core/lookup.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import { replay } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import type { Desk } from "./desk.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { Store } from "./store.ts";

/** To all runs that are worked on; `root`: only to those of this rehearsal. */
export function announceTo(desk: Desk, event: GivenEvent, root: string | null): void {
  for (const { id, start } of desk.runs()) {
    const rehearsal = start.rehearse ? (start.parent?.root ?? id) : null;
    if (rehearsal === root) desk.quietly(id, { type: "event.received", ...event });
  }
}

/** One run of the project's own that got the event, with those inside it. */
export interface SentTo {
  readonly run: string;
  /** Waits that it ended, or will once somebody takes up the run. */
  readonly woken: number;
  /** False: nobody works on the run, which keeps it until somebody does. */
  readonly isTakenUp: boolean;
}

export interface Sent {
  readonly runs: SentTo[];
}

interface Parts {
  readonly desk: Desk;
  readonly openRuns: OpenRuns;
  readonly store: Pick<Store, "openRuns" | "hasKey" | "endedSince" | "entries">;
  readonly lookup: Lookup;
}

/** Runs that cannot be read are passed over: what is wrong with them is told by whoever takes them up. */
export function sendEvent(parts: Parts, id: string, event: GivenEvent): Result<Sent> {
  const { desk, openRuns, store } = parts;
  const key = `event/${id}`;
  const open = [...new Set([...desk.runs().map((run) => run.id), ...store.openRuns()])];
  const before = givenBefore(parts, [...open, ...store.endedSince(timeOfId(id) - CLOCK_STEP_MS)], key);
  if (before.length > 0) return good(sentTo(before.map((run) => told(parts, run, key, event))));
  const found = readable(parts, open).filter(({ phase }) => phase !== "closed");
  const awaiting = found.filter((run) => isAwaited(stillAwaited(run), event.name));
  // What really happened is no part of a rehearsal beside it.
  const real = awaiting.filter(({ start }) => !start.rehearse);
  const given = real.length > 0 ? real : awaiting;
  if (given.length === 0) return bad(nobodyWaits(found, event.name));
  const all = given.map((run) => {
    const isTakenUp = desk.run(run.id) !== undefined;
    if (isTakenUp) desk.take(run.id, key, { type: "event.received", ...event });
    else openRuns.note(run.id, key, { type: "event.received", ...event, late: "kept" });
    return { run: rootOf(run), woken: wokenBy(run, event), isTakenUp };
  });
  return good(sentTo(all));
}

/** A clock may be set back between the making of an id and the end of a run that got its event. */
const CLOCK_STEP_MS = 60_000;

function readable({ openRuns }: Parts, ids: readonly string[]): readonly Run[] {
  return ids.flatMap((id) => {
    const loaded = openRuns.loaded(id);
    return loaded.ok ? [loaded.value] : [];
  });
}

/** Who got it when it was said first: its sender did not hear the answer. */
function givenBefore(parts: Parts, ids: readonly string[], key: string): readonly Run[] {
  const { desk, store } = parts;
  return readable(
    parts,
    [...new Set(ids)].filter((run) => desk.hasKey(run, key) || store.hasKey(run, key)),
  );
}

/** What was answered then, and whether somebody still has to take up the run. */
function told({ desk, store, lookup }: Parts, run: Run, key: string, event: GivenEvent): SentTo {
  const isTakenUp = run.phase === "closed" || desk.run(run.id) !== undefined;
  const pending = [...(desk.writing?.changes ?? []), ...desk.batch.changes];
  const change = pending.find(({ entry }) => entry.run === run.id && entry.key === key);
  const entries = store.entries(run.id);
  const at = entries.findIndex((entry) => entry.key === key);
  const before = change?.before ?? replay(run.id, run.workflow, entries.slice(0, at), lookup);
  return { run: rootOf(run), woken: wokenBy(before, event), isTakenUp };
}

function sentTo(told: readonly SentTo[]): Sent {
  const runs = [...Map.groupBy(told, ({ run }) => run)].map(([run, parts]) => ({
    run,
    woken: parts.reduce((sum, { woken }) => sum + woken, 0),
    isTakenUp: parts.every((part) => part.isTakenUp),
  }));
  return { runs };
}

function rootOf({ id, start }: Run): string {
  return start.parent?.root ?? id;
}

function wokenBy(run: Run, { name, key }: GivenEvent): number {
  return waitersIn(viewOf(run)).filter(({ waiting }) => waiting.event === name && waiting.key === key).length;
}

const NAMES_SHOWN = 5;

function nobodyWaits(open: readonly Run[], name: string) {
  const known = [...new Set(open.flatMap(stillAwaited))].flatMap((one) => one ?? []).slice(0, NAMES_SHOWN);
  const message = `no run that is open waits for the event ${name}, now or later`;
  const hint =
    known.length > 0 ? `they wait for ${known.join(", ")}` : "a run must have begun to get an event";
  return { code: "E_NOT_FOUND", message, hint };
}
