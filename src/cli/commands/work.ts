/** decapod work: one task file by hand, to its end. The run does the work, whoever owns the project keeps the folders. */
import { isFinal } from "../../exchange/taskfile/refusals.ts";
import { type FoundFile, idOf } from "../../exchange/taskfile/task-folders.ts";
import { lastRunOf, TASK_LABEL, taskRunId } from "../../exchange/taskfile/task-run.ts";
import type { RunRow } from "../../host/host.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { readInputs } from "../inputs.ts";
import { clean } from "../print.ts";
import { printProblems } from "../problems.ts";
import { Refused, refused, take } from "../refusal.ts";
import { type Asked, readAsked } from "../start-asked.ts";
import { exitOfRun } from "../summary.ts";
import { findTask, foldersOf, keeperOf, startableOf } from "../taskfiles/here.ts";
import { isClosed } from "../words.ts";
import { startAnywhere } from "./run.ts";

export async function action(
  context: Context,
  [said = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const { application } = context;
  const project = projectOf(context);
  const asked = readAsked(project, { ...options, label: TASK_LABEL });
  application.prepare();
  const found = findTask(context, project, said);
  const id = idOf(found);
  const { row, wants } = putRight(context, project, id);
  // Where it lies by now: what a crash left half done has been put right.
  const file = findTask(context, project, id);
  if (wants !== null) return begin(context, project, { file, id, number: wants, asked });
  if (row !== null && found.folder !== file.folder && isClosed(row.status))
    return report(context, project, id, row);
  throw refused(
    "E_CONFLICT",
    `${clean(file.shown)} is ${file.folder === "failed" ? "failed" : "done"} already`,
    `to do it again: ${application.calledAs} task move ${clean(id)} pending, then this again`,
  );
}

/** Which run of the task it is to be: a new one, the one that goes on, or none. */
function putRight(context: Context, project: Project, id: string) {
  const { keeper, told, close } = keeperOf(context, project);
  const { wants, run: row, number, trouble } = keeper.keep(id, true);
  close();
  if (trouble !== null) throw new Refused([trouble]);
  printProblems(context.err, told, null);
  const isOpen = row !== null && !isClosed(row.status);
  return { row, wants: wants ?? (isOpen ? number : null) };
}

interface Beginning {
  readonly file: FoundFile;
  readonly id: string;
  readonly number: number;
  readonly asked: Asked;
}

async function begin(
  context: Context,
  project: Project,
  { file, id, number, asked }: Beginning,
): Promise<number> {
  const { application } = context;
  const path = foldersOf(context, project).path(file);
  const checked = startableOf(context, project, path);
  if (!checked.ok) throw refuseFile(context, project, { file, problems: checked.problems });
  const { workflow, trigger, text } = checked.value;
  const inputs = readInputs(application, project, workflow, {}, { trigger });
  const run = taskRunId(id, number);
  const start = { context, project, checked: { ...checked.value, text }, inputs, asked: { ...asked, run } };
  const code = await startAnywhere(start).catch((thrown: unknown) => {
    if (!(thrown instanceof Refused) || !isFinal(thrown.problems)) throw thrown;
    throw refuseFile(context, project, { file, problems: thrown.problems });
  });
  tellResult(context, project, id);
  return code;
}

/** The result says why no run could begin; whoever wrote the file finds it in `failed`. */
function refuseFile(
  context: Context,
  project: Project,
  { file, problems }: { readonly file: FoundFile; readonly problems: Refused["problems"] },
): Refused {
  const text = foldersOf(context, project).files.readTextIf(foldersOf(context, project).path(file));
  const { keeper, close } = keeperOf(context, project);
  try {
    const shown = keeper.refuse(file, { type: "unknown", problems, at: context.application.clock.wall() });
    if (shown !== null) hint(context, `result ${shown}`);
    return new Refused(problems, { text, consequence: `nothing was started; the file lies in tasks/failed` });
  } finally {
    close();
  }
}

function report(context: Context, project: Project, id: string, row: RunRow): number {
  tellResult(context, project, id);
  return exitOfRun(row);
}

/** The path, when there is a result of the last run. */
function tellResult(context: Context, project: Project, id: string): void {
  const reader = take(context.application.read(project));
  const row = reader === null ? null : lastRunOf(reader, id).row;
  reader?.close();
  if (row?.endedAt === undefined || row.endedAt === null) return;
  const { keeper, close } = keeperOf(context, project);
  hint(context, `result ${keeper.resultPath(id, row.endedAt)}`);
  close();
}
