/** decapod retry: what failed is done again in the same run, or a new run begins with other params. */

import type { RunRow } from "../../host/host.ts";
import type { Project, Reader } from "../application.ts";
import {
  type Context,
  flagOption,
  listOption,
  type Options,
  projectOf,
  readerOf,
  textOption,
} from "../context.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { notInsideAttempt } from "../inside-attempt.ts";
import { nextCommand } from "../next-command.ts";
import { noTask } from "../no-task.ts";
import { overviewOf } from "../overview.ts";
import { clean } from "../print.ts";
import { type Refused, refused, take, usage } from "../refusal.ts";
import { retryWith } from "../retrying.ts";
import { checkRunFields } from "../run-document.ts";
import { isClosed, lookOfRun } from "../words.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const wait = flagOption(options, "wait");
  const detach = flagOption(options, "detach");
  if (detach && wait) throw usage("--detach returns at once, so there is nothing to --wait for");
  const [typed = "", ...tasks] = words;
  const from = textOption(options, "from");
  if (from !== null && tasks.length > 0) throw optionsProblem("--from and named tasks exclude each other");
  const isNew = flagOption(options, "editInput") || listOption(options, "var").length > 0;
  if (isNew && (from !== null || tasks.length > 0))
    throw optionsProblem("with other params a new run begins, from its first task on");
  const project = projectOf(context);
  notInsideAttempt(context, project);
  const reader = readerOf(context, project);
  const row = await endedRow(context, project, reader, take(findRun(reader, typed)));
  const { run, sequence } = row;
  const asking = { context, project, reader, slots, wait, detach };
  if (isNew) {
    const { startedAgain } = await import("../start-again.ts");
    return startedAgain(asking, row, options);
  }
  const known = reader.tasks(run).map(({ task }) => task);
  const named = [...tasks, ...(from === null ? [] : [from])];
  const part = named.find((task) => known.includes(wholeOf(task)) && wholeOf(task) !== task);
  if (part !== undefined) throw onlyWhole(context, part, shortRun(reader, run));
  const unknown = named.find((task) => !known.includes(task));
  if (unknown !== undefined) throw noTask(context, unknown, { reader, row, known });
  if (!row.rehearse && !detach) context.application.prepare();
  return retryWith({
    ...asking,
    run,
    sequence,
    ask: (call) => call("runs.retry", { run, tasks: [...new Set(tasks)], from }),
  });
}

/** `each` of `each[3]` and of `each[3]/ship`; a task itself is its own. */
function wholeOf(task: string): string {
  return task.split(/[[/]/, 1)[0] ?? task;
}

function onlyWhole({ application }: Context, part: string, name: string): Refused {
  const whole = wholeOf(part);
  const message = `${clean(part, 60)} is a part of ${clean(whole, 60)}, which is done again as a whole`;
  return refused("E_UNKNOWN_TASK", message, `${application.calledAs} retry ${name} ${clean(whole, 60)}`);
}

function optionsProblem(message: string): Refused {
  return refused("E_OPTIONS", message);
}

/** The row of a run that has ended, and that nobody else's end depends on. */
async function endedRow(
  { application }: Context,
  project: Project,
  reader: Reader,
  id: string,
): Promise<RunRow> {
  const row = reader.run(id);
  const name = shortRun(reader, id);
  const { calledAs } = application;
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${name}`);
  if (row.parent !== null) {
    const root = shortRun(reader, row.root);
    throw refused("E_CONFLICT", `run ${name} is a part of run ${root}`, `${calledAs} retry ${root}`);
  }
  if (isClosed(row.status)) return row;
  const overview = await overviewOf({ application, project, reader }, [row]);
  const { word } = lookOfRun(overview.stateOf(row));
  const hint = nextCommand(application, overview, row) ?? `${calledAs} cancel ${name}`;
  throw refused("E_RUN_ALIVE", `run ${name} still lives: ${word}`, hint);
}
