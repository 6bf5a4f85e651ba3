/** decapod resume: goes on with interrupted runs, where their journals left them. */
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { OpenEngine, Reader } from "../application.ts";
import { type Context, flagOption, hint, type Options, projectOf, readerOf } from "../context.ts";
import { finish } from "../finish.ts";
import { type Follower, type Stop, type Stops, stay } from "../follow.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { checkRunFields, jsonText } from "../json.ts";
import { take } from "../refusal.ts";
import { openFor, openRow } from "../take-up.ts";

const RUNS_MAX = 1000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const [typed] = words;
  const rows =
    typed === undefined
      ? openRuns(context, reader)
      : [openRow(context, reader, take(findRun(reader, typed)))];
  const [first] = rows;
  if (first === undefined) return nothingToDo(context);
  const engine = take(await openFor(context, project, first, slots));
  const wait = flagOption(options, "wait");
  const by = context.application.user;
  const { stops, reader: after } = await stay({ context, project, engine, wait }, (follower) =>
    goOn(engine, follower, { rows, by }),
  );
  return finish({ context, reader: after, stops, isOne: typed !== undefined });
}

/** A run whose journal cannot be read does not hold up the others. */
async function goOn(
  engine: OpenEngine,
  follower: Follower,
  { rows, by }: { readonly rows: readonly RunRow[]; readonly by: string },
): Promise<Stops> {
  const faults = new Map<string, Stop>();
  for (const { run } of rows) {
    const resumed = engine.resume(run, by);
    const [problem] = resumed.ok ? [] : resumed.problems;
    if (resumed.ok) follower.add(resumed.value);
    else if (problem !== undefined) faults.set(run, { kind: "fault", problem });
  }
  return new Map([...faults, ...(await follower.end())]);
}

/** One engine does real runs or one rehearsal, so rehearsals are named instead of taken along. */
function openRuns(context: Context, reader: Reader): readonly RunRow[] {
  const open = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
  const real = open.filter(({ rehearse }) => !rehearse);
  if (real.length === 0) return open.slice(0, 1);
  for (const { run, rehearse } of open) {
    if (rehearse)
      hint(
        context,
        `a rehearsal goes on by its own: ${context.application.calledAs} resume ${shortRun(reader, run)}`,
      );
  }
  return real;
}

function nothingToDo(context: Context): number {
  const { application, globals, out } = context;
  if (globals.json) out.line(jsonText({ schemaVersion: 1, runs: [] }));
  else if (!globals.jsonl) out.line("no run is interrupted");
  hint(context, `next: ${application.calledAs} runs`);
  return EXIT.done;
}
