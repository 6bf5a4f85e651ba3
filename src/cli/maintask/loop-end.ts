/** How a loop ended, as the journal and MAIN_TASK have it. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import { INVOCATIONS, LOOP_LABEL, loopName } from "../../exchange/maintask/loop-workflow.ts";
import { type Course, courseFrom } from "../../exchange/maintask/progress.ts";
import type { Stream } from "../../exchange/maintask/stream.ts";
import type { RunRow } from "../../host/host.ts";
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { take } from "../refusal.ts";
import { exitOfRun } from "../summary.ts";
import { isClosed } from "../words.ts";

/** `limit`: nothing was wrong, there was just no more to be done at once. `failed`: the run says why. */
export type Stopped = "completed" | "blocked" | "limit" | "no_progress" | "cursor" | "failed" | "open";

export interface LoopEnd {
  readonly stopped: Stopped;
  readonly course: Course;
  /** Over all runs of the loop. */
  readonly invocations: number;
  readonly row: RunRow | null;
  readonly code: number;
}

/** Rehearsals lie among the runs of a loop. */
const LOOKED_AT = 100;

/** Of the last run of a loop, or of its last rehearsal; null: none was ever begun. */
export function lastLoop(
  context: Context,
  project: Project,
  stream: Stream,
  isRehearsal: boolean,
): LoopEnd | null {
  const reader = take(context.application.read(project));
  if (reader === null) return null;
  try {
    const asked = { workflow: loopName(stream.name), label: LOOP_LABEL, limit: LOOKED_AT };
    const row = reader.runs(asked).find(({ rehearse }) => rehearse === isRehearsal);
    return row === undefined ? null : endOf(reader, row);
  } finally {
    reader.close();
  }
}

function endOf(reader: Reader, row: RunRow): LoopEnd {
  const output = outputOf(reader, row);
  const stopped = stoppedOf(row, output);
  return {
    stopped,
    course: courseFrom(output.course),
    invocations: Number(output.invocations ?? 0),
    row,
    code: stopped === "cursor" ? EXIT.invalid : stopped === "blocked" ? EXIT.waiting : exitOfRun(row),
  };
}

function stoppedOf(row: RunRow, output: JsonMap): Stopped {
  if (!isClosed(row.status)) return "open";
  const said = row.failureMessage ?? "";
  if (/\bE_CURSOR\b/.test(said)) return "cursor";
  if (/\bE_NO_PROGRESS\b/.test(said)) return "no_progress";
  if (row.status !== "success") return "failed";
  return output.stop === "completed" || output.stop === "blocked" ? output.stop : "limit";
}

function outputOf(reader: Reader, { run }: RunRow): JsonMap {
  const row = reader.tasks(run).find(({ task }) => task === INVOCATIONS);
  const output: Json = row?.output === null || row === undefined ? null : (JSON.parse(row.output) as Json);
  return isMap(output) ? output : {};
}
