/** decapod resume: goes on with interrupted runs, where their journals left them. */
import { EXIT } from "../../core/problem.ts";
import type { OpenEngine, Reader } from "../application.ts";
import { type Context, flagOption, hint, type Options, projectOf, readerOf } from "../context.ts";
import { finish } from "../finish.ts";
import { Follower, type Stop, watcherFor } from "../follow.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { Refused, take } from "../refusal.ts";
import { isClosed } from "../words.ts";

const RUNS_MAX = 1000;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const [typed] = words;
  const runs = typed === undefined ? openRuns(reader) : [openRun(context, reader, typed)];
  if (runs.length === 0) {
    if (globals.json) out.line(jsonText({ schemaVersion: 1, runs: [] }));
    else out.line("no run is interrupted");
    hint(context, `next: ${application.calledAs} runs`);
    return EXIT.done;
  }
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const engine = take(await application.open(project, { durability: null, slots, rehearse: null }));
  const watcher = await watcherFor(context);
  const follower = new Follower({ context, project, engine, watcher, wait: flagOption(options, "wait") });
  let stops: ReadonlyMap<string, Stop>;
  try {
    stops = await goOn(engine, follower, runs);
  } finally {
    follower.close();
    await engine.close();
  }
  return finish({ context, reader: follower.reader, stops, isOne: typed !== undefined });
}

async function goOn(
  engine: OpenEngine,
  follower: Follower,
  runs: readonly string[],
): Promise<ReadonlyMap<string, Stop>> {
  for (const id of runs) follower.add(take(engine.resume(id)));
  return follower.end();
}

function openRuns(reader: Reader): readonly string[] {
  return reader
    .runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX })
    .map(({ run }) => run);
}

function openRun({ application }: Context, reader: Reader, typed: string): string {
  const id = take(findRun(reader, typed));
  const row = reader.run(id);
  if (row === null || !isClosed(row.status)) return id;
  const name = shortRun(reader, id);
  const message = `run ${name} has ended: ${row.status}`;
  throw new Refused([{ code: "E_RUN_CLOSED", message, hint: `${application.calledAs} show ${name}` }]);
}
