/** The read model and the open effects of runs, made from their entries alone: for a rebuild, and to compare. */
import type { Effect } from "../../core/effect.ts";
import type { Lookup } from "../../core/lookup.ts";
import { recover } from "../../core/recover.ts";
import type { Run } from "../../core/run.ts";
import type { EffectRow } from "../host.ts";
import { changedTaskRows, runRow } from "../rows.ts";
import type { Commit } from "./store.ts";

export function derivedOf(runs: readonly Run[], lookup: Lookup): Commit {
  return {
    definitions: [],
    entries: [],
    runs: runs.map((run) => runRow(run, true)),
    tasks: runs.flatMap((run) => changedTaskRows(null, run)),
    effectsOpened: runs.flatMap((run) => openEffects(run, lookup)),
    effectsClosed: [],
    checkpoints: [],
  };
}

function openEffects(run: Run, lookup: Lookup): readonly EffectRow[] {
  const rows: EffectRow[] = [];
  for (const effect of recover(run, lookup).effects) {
    const row = effectRow(run.id, effect);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** What an effect leaves in the table of open effects: timers and questions. The others are found in the run itself. */
export function effectRow(run: string, effect: Effect): EffectRow | null {
  if (effect.do === "set_timer")
    return { run, id: effect.timer.id, kind: "timer", detail: { ...effect.timer } };
  if (effect.do === "ask") return { run, id: effect.decision.id, kind: "decision", detail: effect.decision };
  return null;
}
