/** decapod watch: sees what another process does, as it does it. The runs go on whether somebody watches or not. */
import { EXIT } from "../../core/problem.ts";
import type { Project, WatchedJournal } from "../application.ts";
import { type Context, flagOption, hint, noRuns, type Options, projectOf } from "../context.ts";
import { finish } from "../finish.ts";
import { followThere, type Seen } from "../following/follow-there.ts";
import { findRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { Refused, take } from "../refusal.ts";
import { checkRunFields } from "../run-document.ts";
import { checkTodo, withTodo } from "../todo-file.ts";
import { isClosed } from "../words.ts";

const RUNS_MAX = 1000;

export async function action(given: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(given.globals.fields);
  const context = withTodo(given, options);
  checkTodo(context, { isDetached: false, isOne: words.length === 1 });
  const project = projectOf(context);
  const journal = take(await context.application.watch(project));
  if (journal === null) throw new Refused([noRuns(context)]);
  const [typed] = words;
  const asked = {
    run: typed === undefined ? null : take(findRun(journal.reader, typed)),
    untilQuestion: flagOption(options, "untilWait"),
  };
  const seen = await watch(context, project, journal, asked);
  if (seen === null) return nothingToSee(context);
  return finish({ context, reader: seen.reader, stops: seen.stops, isOne: typed !== undefined });
}

interface Asked {
  /** null for all that go on. */
  readonly run: string | null;
  readonly untilQuestion: boolean;
}

/** null when nothing goes on. A run that its owner does not work on is interrupted, like one without an owner. */
async function watch(
  context: Context,
  project: Project,
  journal: WatchedJournal,
  { run, untilQuestion }: Asked,
): Promise<Seen | null> {
  const { reader } = journal;
  const isOver = run !== null && isClosed(reader.run(run)?.status ?? "running");
  const owner = isOver ? null : take(await context.application.connect(project));
  const working = new Set(owner?.shown.runs);
  const live = reader.runs({ status: ["queued", "running", "paused"], parent: null, limit: RUNS_MAX });
  const runs = run === null ? live.map((row) => row.run).filter((id) => working.has(id)) : [run];
  if (runs.length === 0) return null;
  const client = owner !== null && runs.every((id) => working.has(id)) ? owner.client : null;
  const there = { context, project, journal, client, wait: !untilQuestion, untilQuestion };
  return followThere(there, async (follower, watching) => {
    for (const id of runs) {
      const seen = context.globals.jsonl ? null : watching.watch(id);
      if (seen === null || isClosed(seen.status)) follower.expect(id);
      else follower.add(seen, "watched");
      // Its lines are those that `run --jsonl` printed, from the first on.
      if (seen === null) watching.see(id);
    }
  });
}

function nothingToSee(context: Context): number {
  const { application, globals, out } = context;
  if (globals.json) out.line(jsonText({ schemaVersion: 1, runs: [] }));
  else if (!globals.jsonl) out.line("no run is going on");
  hint(context, `next: ${application.calledAs} status`);
  return EXIT.done;
}
