/** decapod resume: goes on with runs that are interrupted or paused, where their journals left them. */

import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { CallOwner, Project, Reached, Reader } from "../application.ts";
import { type Context, flagOption, hint, type Options, projectOf, readerOf } from "../context.ts";
import { finish } from "../finish.ts";
import type { Stop } from "../following/follow.ts";
import { type Stay, stayWith } from "../following/follow-there.ts";
import { openRow } from "../following/take-up.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { notInsideAttempt } from "../inside-attempt.ts";
import { jsonText } from "../json.ts";
import { ownerIsOver, withOwner } from "../reach.ts";
import { Refused, take } from "../refusal.ts";
import { checkRunFields } from "../run-document.ts";

const RUNS_MAX = 1000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application } = context;
  checkRunFields(context.globals.fields);
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const project = projectOf(context);
  notInsideAttempt(context, project);
  const reader = readerOf(context, project);
  const [typed] = words;
  const asked =
    typed === undefined
      ? openRuns(context, reader)
      : [openRow(context, reader, take(findRun(reader, typed)))];
  if (asked.length === 0) return nothingToDo(context);
  if (asked.some(({ rehearse }) => !rehearse)) application.prepare();
  const wait = flagOption(options, "wait");
  return withOwner(application, project, { durability: null, slots }, (reached) =>
    resumeWith(reached, { context, project, asked, typed, slots, wait }),
  );
}

interface Resuming {
  readonly context: Context;
  readonly project: Project;
  readonly asked: readonly RunRow[];
  /** The run that was named. */
  readonly typed: string | undefined;
  readonly slots: number | null;
  readonly wait: boolean;
}

async function resumeWith(
  reached: Reached,
  { context, project, asked, typed, slots, wait }: Resuming,
): Promise<number> {
  const rows = typed === undefined ? asked.filter(({ run }) => !isWorkedOn(reached, run)) : asked;
  if (rows.length === 0) return nothingToDo(context);
  if (reached.kind === "there" && slots !== null)
    hint(context, "the process that owns the project keeps the slots it has");
  const call = await reached.operations();
  const faults = new Map<string, Stop>();
  const seen = await stayWith({ context, project, reached, wait }, (stay) => goOn(stay, call, rows, faults));
  const stops = new Map([...faults, ...seen.stops]);
  return finish({ context, reader: seen.reader, stops, isOne: typed !== undefined });
}

/** A run whose journal cannot be read does not hold up the others. */
async function goOn(
  stay: Stay,
  call: CallOwner,
  rows: readonly RunRow[],
  faults: Map<string, Stop>,
): Promise<void> {
  for (const { run } of rows) {
    const taken = stay.take(run, "resumed");
    // An event that was kept for it may have ended it at once.
    if (taken.ok && taken.value.phase === "closed") continue;
    const resumed = taken.ok ? await call("runs.resume", { run }) : taken;
    const [problem] = resumed.ok ? [] : resumed.problems;
    if (problem !== undefined && ownerIsOver([problem])) throw new Refused([problem]);
    if (problem === undefined) continue;
    stay.follower.forget(run);
    faults.set(run, { kind: "fault", problem });
  }
}

/** What somebody paused goes on when they say so, by its name. */
function openRuns(context: Context, reader: Reader): readonly RunRow[] {
  const open = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
  for (const { run, status } of open) {
    if (status !== "paused") continue;
    const name = shortRun(reader, run);
    hint(context, `${name} is paused, and goes on with: ${context.application.calledAs} resume ${name}`);
  }
  return open.filter(({ status }) => status !== "paused");
}

function isWorkedOn(reached: Reached, run: string): boolean {
  return reached.kind === "there" && reached.owner.shown.runs.includes(run);
}

function nothingToDo(context: Context): number {
  const { application, globals, out } = context;
  if (globals.json) out.line(jsonText({ schemaVersion: 1, runs: [] }));
  else if (!globals.jsonl) out.line("no run is interrupted");
  hint(context, `next: ${application.calledAs} runs`);
  return EXIT.done;
}
