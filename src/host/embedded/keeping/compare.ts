/** The read model against the journal: every run decided again, its rows compared with those that are kept. */
import { canonical, type Json } from "../../../core/json.ts";
import type { Lookup } from "../../../core/lookup.ts";
import { replay } from "../../../core/replay.ts";
import type { Run } from "../../../core/run.ts";
import type { EffectRow, RunRow, TaskRow } from "../../host.ts";
import { JournalFault } from "../fault.ts";
import type { Deciding } from "../load.ts";
import type { Reads } from "../reads.ts";
import { derivedOf } from "../rebuild.ts";

/** One line for each run whose rows are not what its entries make of it. A run with a broken chain is passed over. */
export function compareModel(reads: Reads, deciding: Deciding): readonly string[] {
  return reads.everyRun().flatMap((id) => {
    try {
      const run = decided(reads, id, deciding);
      return run === null
        ? [`run ${id}: its definition is missing`]
        : differences(reads, run, deciding.lookup).map((what) => `run ${id}: ${what}`);
    } catch (thrown) {
      if (thrown instanceof JournalFault) return [];
      const why = thrown instanceof Error ? thrown.message.split("\n")[0] : String(thrown);
      return [`run ${id}: it cannot be decided again: ${why}`];
    }
  });
}

/** A run as its entries make it; null when its definition is not there. */
export function decided(reads: Reads, id: string, { link, lookup }: Deciding): Run | null {
  const entries = reads.entries(id, 0);
  const [first] = entries;
  if (first?.event.type !== "run.started") return null;
  const { digest, path } = first.event;
  const text = reads.definition(digest);
  return text === null ? null : replay(id, link({ digest, text }, path), entries, lookup);
}

function differences(reads: Reads, run: Run, lookup: Lookup): readonly string[] {
  const wanted = derivedOf([run], lookup);
  const kept = reads.run(run.id);
  const [row] = wanted.runs;
  const lists = [
    kept === null || row === undefined || isEqual(runOf(kept), runOf(row))
      ? null
      : "its row in the list of runs",
    isEqual(byPlace(reads.tasks(run.id)), byPlace(wanted.tasks)) ? null : "the rows of its tasks",
    isEqual(namesOf(reads.effects(run.id)), namesOf(wanted.effectsOpened))
      ? null
      : "its open questions and timers",
  ];
  return [
    ...(kept === null ? ["it has no row in the list of runs"] : []),
    ...lists.flatMap((what) => (what === null ? [] : [`${what}: not what its entries make of it`])),
  ];
}

/** `detail` is written at the beginning and at the end; between them it is of the beginning. */
function runOf(row: RunRow): RunRow {
  return row.endedAt === null ? { ...row, detail: null } : row;
}

function byPlace(rows: readonly TaskRow[]): readonly TaskRow[] {
  return [...rows].sort((left, right) => left.position - right.position);
}

/** A timer that is set again after a restart has less time left than its row says. */
function namesOf(rows: readonly EffectRow[]): readonly string[] {
  return rows.map(({ kind, id }) => `${kind} ${id}`).sort();
}

function isEqual(left: object, right: object): boolean {
  return canonical(plain(left)) === canonical(plain(right));
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
