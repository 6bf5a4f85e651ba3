/** How a loop ended, as the journal and MAIN_TASK have it. */
import type { JsonMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import { INVOCATIONS_MAX, LOOP_LABEL, loopName } from "../../exchange/maintask/loop-workflow.ts";
import { type Course, courseFrom } from "../../exchange/maintask/progress.ts";
import type { Stream } from "../../exchange/maintask/stream.ts";
import type { RunRow } from "../../host/host.ts";
import type { Outputs } from "../../work/outputs.ts";
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { take } from "../refusal.ts";
import { exitOfRun } from "../summary.ts";
import { isClosed } from "../words.ts";
import { outputsOf, passOutput } from "./pass-output.ts";

/** `limit`: nothing was wrong, there was just no more to be done at once. `failed`: the run says why. */
export type Stopped = "completed" | "blocked" | "limit" | "no_progress" | "cursor" | "failed" | "open";

export interface LoopEnd {
  readonly stopped: Stopped;
  readonly course: Course;
  /** What the last invocations asked for and changed, where none of them got anything done. */
  readonly evidence: readonly string[];
  /** Over all runs of the loop. */
  readonly invocations: number;
  readonly row: RunRow | null;
  readonly code: number;
}

/** Rehearsals stand among the runs of the loop itself. */
const RUNS_LOOKED_AT = 100;

/** Of the last run of a loop, or of the last rehearsal of it; null: none was ever begun. */
export function lastLoop(
  context: Context,
  project: Project,
  { stream, isRehearsal }: { readonly stream: Stream; readonly isRehearsal: boolean },
): LoopEnd | null {
  const reader = take(context.application.read(project));
  if (reader === null) return null;
  try {
    const rows = reader.runs({
      workflow: loopName(stream.name),
      label: LOOP_LABEL,
      limit: RUNS_LOOKED_AT,
    });
    const row = rows.find(({ rehearse }) => rehearse === isRehearsal);
    return row === undefined ? null : endOf(reader, outputsOf(context, project), row);
  } finally {
    reader.close();
  }
}

/** A run that failed has no output: its passes say what was done. */
function endOf(reader: Reader, outputs: Outputs, row: RunRow): LoopEnd {
  const passes = reader.runs({ parent: row.run, limit: INVOCATIONS_MAX });
  const [last] = passes;
  const checked = last && reader.tasks(last.run).find(({ task }) => task === "check");
  const found = passOutput(outputs, checked) ?? {};
  const stopped = stoppedOf(row, found);
  return {
    stopped,
    course: courseFrom(found.course),
    evidence: evidenceIn(checked?.failureMessage ?? ""),
    invocations: Number(reader.started(row.run)?.params.before ?? 0) + passes.length,
    row,
    code: stopped === "cursor" ? EXIT.invalid : stopped === "blocked" ? EXIT.waiting : exitOfRun(row),
  };
}

/** The output of what failed is not kept, its message is. In no NEXT there is a semicolon. */
function evidenceIn(message: string): readonly string[] {
  const said = /^E_NO_PROGRESS .*? got nothing done: (.*)$/su.exec(message)?.[1];
  return said === undefined ? [] : said.split("; ");
}

function stoppedOf(row: RunRow, output: JsonMap): Stopped {
  if (!isClosed(row.status)) return "open";
  const said = row.failureMessage ?? "";
  if (/\bE_CURSOR\b/.test(said)) return "cursor";
  if (/\bE_NO_PROGRESS\b/.test(said)) return "no_progress";
  if (row.status !== "success") return "failed";
  return output.stop === "completed" || output.stop === "blocked" ? output.stop : "limit";
}
