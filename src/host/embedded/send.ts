/** An event from outside, given to every run that could read it, now or later. */
import { isAwaited, stillAwaited, waitersIn } from "../../core/awaited.ts";
import { viewOf } from "../../core/draft.ts";
import type { GivenEvent } from "../../core/event.ts";
import { bad, good, type Result } from "../../core/problem.ts";
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
  readonly store: Pick<Store, "openRuns" | "hasKey">;
}

/** Runs that cannot be read are passed over: what is wrong with them is told by whoever takes them up. */
export function sendEvent({ desk, openRuns, store }: Parts, id: string, event: GivenEvent): Result<Sent> {
  const key = `event/${id}`;
  const open = [...new Set([...desk.runs().map((run) => run.id), ...store.openRuns()])];
  const found = open.flatMap((run) => {
    const loaded = openRuns.loaded(run);
    return loaded.ok && loaded.value.phase !== "closed" ? [loaded.value] : [];
  });
  const given = found.filter((run) => isAwaited(stillAwaited(run), event.name));
  if (given.length === 0) return bad(nobodyWaits(found, event.name));
  const told = given.map((run) => {
    const isTakenUp = desk.run(run.id) !== undefined;
    if (!desk.hasKey(run.id, key) && !store.hasKey(run.id, key)) {
      if (isTakenUp) desk.take(run.id, key, { type: "event.received", ...event });
      else openRuns.note(run.id, key, { type: "event.received", ...event, late: "kept" });
    }
    return { run: run.start.parent?.root ?? run.id, woken: wokenBy(run, event), isTakenUp };
  });
  const runs = [...Map.groupBy(told, ({ run }) => run)].map(([run, parts]) => ({
    run,
    woken: parts.reduce((sum, { woken }) => sum + woken, 0),
    isTakenUp: parts.every((part) => part.isTakenUp),
  }));
  return good({ runs });
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
