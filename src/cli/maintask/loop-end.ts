/** How a loop ended, as the journal and MAIN_TASK have it. */
import type { JsonMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import type { RunStatus } from "../../core/run.ts";
import { INVOCATIONS_MAX, LOOP_LABEL, loopName } from "../../exchange/maintask/loop-workflow.ts";
import { type Course, courseFrom, NO_COURSE } from "../../exchange/maintask/progress.ts";
import type { Stream } from "../../exchange/maintask/stream.ts";
import type { RunRow } from "../../host/host.ts";
import type { Outputs } from "../../work/outputs.ts";
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { take } from "../refusal.ts";
import { exitOfRun } from "../summary.ts";
import { isClosed } from "../words.ts";
import { cursorHere } from "./cursor-here.ts";
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

/** The loop of a stream that was begun and has not ended; of several the oldest, for which the others wait. */
export function openLoop(context: Context, project: Project, stream: Stream): RunRow | null {
  return reading(context, project, (reader) => {
    const open = reader.runs({ workflow: loopName(stream.name), label: LOOP_LABEL, status: OPEN });
    return open.findLast(({ rehearse }) => !rehearse) ?? null;
  });
}

const OPEN: readonly RunStatus[] = ["queued", "running", "paused"];

/**
 * What the next loop goes on from: where one had no more to do at once and nobody has moved MAIN_TASK since. Any other end
 * was told to somebody, and what they say then is begun anew.
 */
export function courseLeft(context: Context, project: Project, stream: Stream): Course {
  const { next, task, focus } = cursorHere(context, stream);
  const left = reading(context, project, (reader) => {
    const runs = reader.runs({ workflow: loopName(stream.name), label: LOOP_LABEL });
    const row = runs.find(({ rehearse }) => !rehearse);
    if (row === undefined) return null;
    const { found } = lastOf(reader, outputsOf(context, project), row);
    const isThere = found.next === next && found.task === task && found.focus === focus;
    return isThere && stoppedOf(row, found) === "limit" ? courseFrom(found.course) : null;
  });
  return left ?? NO_COURSE;
}

/** null: there is no such run. */
export function loopEnd(context: Context, project: Project, run: string): LoopEnd | null {
  return reading(context, project, (reader) => {
    const row = reader.run(run);
    return row === null ? null : endOf(reader, outputsOf(context, project), row);
  });
}

function reading<T>(context: Context, project: Project, act: (reader: Reader) => T | null): T | null {
  const reader = take(context.application.read(project));
  if (reader === null) return null;
  try {
    return act(reader);
  } finally {
    reader.close();
  }
}

/** A run that failed has no output: its passes say what was done. */
function endOf(reader: Reader, outputs: Outputs, row: RunRow): LoopEnd {
  const { passes, checked, found } = lastOf(reader, outputs, row);
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

function lastOf(reader: Reader, outputs: Outputs, row: RunRow) {
  const passes = reader.runs({ parent: row.run, limit: INVOCATIONS_MAX });
  const [last] = passes;
  const checked = last && reader.tasks(last.run).find(({ task }) => task === "check");
  return { passes, checked, found: passOutput(outputs, checked) ?? {} };
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
