/** What the graph of a run is made from: the rows of its tasks and of the runs below it, as the journal has them now. */
import type { RunRow } from "../host/host.ts";
import type { Played } from "../picture/graph.ts";
import type { Reader } from "./application.ts";
import { refused } from "./refusal.ts";

/** A foreach over a group may have more; the newest are counted. */
const CHILDREN_MAX = 2000;

export function playedOf(reader: Reader, row: RunRow): Played {
  const played = playedTogether(reader, [row]);
  if (played !== null) return played;
  throw refused(
    "E_JOURNAL",
    `the definition ${row.digest.slice(0, 12)} of run ${row.run} is missing from the journal`,
  );
}

/** Passes of one body; null when its definition is gone, or when they had different ones. */
function playedTogether(reader: Reader, rows: readonly RunRow[]): Played | null {
  const [first] = rows;
  if (first === undefined || rows.some(({ digest }) => digest !== first.digest)) return null;
  const workflow = reader.workflow(first.run);
  if (workflow === null) return null;
  const called = Map.groupBy(
    rows.flatMap((row) => childrenOf(reader, row)),
    ({ task }) => task,
  );
  const children = new Map<string, Played>();
  for (const [task, list] of called) {
    const played = playedTogether(
      reader,
      list.map(({ row }) => row),
    );
    if (played !== null) children.set(task, played);
  }
  return { workflow, passes: rows.map(({ run }) => reader.tasks(run)), children };
}

interface Child {
  readonly task: string;
  readonly row: RunRow;
}

/** Of each task and item the run of its last attempt: what earlier ones did was done again. */
function childrenOf(reader: Reader, { run }: RunRow): readonly Child[] {
  const last = new Map<string, Child & { readonly attempt: number }>();
  for (const row of reader.runs({ parent: run, limit: CHILDREN_MAX })) {
    const parent = reader.started(row.run)?.parent ?? null;
    if (parent === null) continue;
    const { task, item, attempt } = parent;
    const place = `${item ?? ""} ${task}`;
    if ((last.get(place)?.attempt ?? 0) < attempt) last.set(place, { task, row, attempt });
  }
  return [...last.values()];
}
