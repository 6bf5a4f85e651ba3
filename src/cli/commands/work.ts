/** decapod work: one task file by hand, to its end. The run does the work, whoever owns the project keeps the folders. */
import { EXIT, good } from "../../core/problem.ts";
import { waitsFor } from "../../exchange/taskfile/pending.ts";
import { isPlain } from "../../exchange/taskfile/plain-file.ts";
import { isFinal } from "../../exchange/taskfile/refusals.ts";
import { standingOf, waitingProblem } from "../../exchange/taskfile/standing.ts";
import { type StartableTask, startableTask } from "../../exchange/taskfile/startable-task.ts";
import type { TaskFile } from "../../exchange/taskfile/task-file.ts";
import { type FoundFile, idOf } from "../../exchange/taskfile/task-folders.ts";
import { lastRunOf, TASK_LABEL, taskRunId } from "../../exchange/taskfile/task-run.ts";
import type { RunRow } from "../../host/host.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { readInputs } from "../inputs.ts";
import { holdsLastSlot } from "../inside-attempt.ts";
import { clean } from "../print.ts";
import { printProblems } from "../problems.ts";
import { Refused, refused, take } from "../refusal.ts";
import { startAnywhere } from "../start-anywhere.ts";
import { type Asked, readAsked } from "../start-asked.ts";
import { exitOfRun } from "../summary.ts";
import { findTask, foldersOf, keeperOf, letThroughOf } from "../taskfiles/here.ts";
import { attemptHere, insideProblem, withParent } from "../taskfiles/inside.ts";
import { isClosed } from "../words.ts";

export async function action(
  context: Context,
  [said = ""]: readonly string[],
  options: Options,
): Promise<number> {
  const project = projectOf(context);
  return workOn(context, project, { said, asked: askedOf(project, options), isNew: false });
}

export function askedOf(project: Project, options: Options): Asked {
  return readAsked(project, { ...options, label: TASK_LABEL });
}

interface Work {
  readonly said: string;
  readonly asked: Asked;
  /** This command has just written it: whoever has done it meanwhile did what is asked for. */
  readonly isNew: boolean;
}

export async function workOn(
  context: Context,
  project: Project,
  { said, asked, isNew }: Work,
): Promise<number> {
  const { application } = context;
  application.prepare();
  const found = findTask(context, project, said);
  if (found.folder === "pending") refuseUnread(context, project, found);
  const id = idOf(found);
  const { row, wants, begunWith } = await putRight(context, project, id);
  // Where it lies by now: what a crash left half done has been put right.
  const file = findTask(context, project, id);
  if (wants !== null) return begin(context, project, { file, id, number: wants, begunWith, asked });
  if (row !== null && (isNew || found.folder !== file.folder) && isClosed(row.status))
    return report(context, project, id, row);
  throw refused(
    "E_CONFLICT",
    `${clean(file.shown)} is ${file.folder === "failed" ? "failed" : "done"} already`,
    `to do it again: ${application.calledAs} task move ${clean(id)} pending, then this again`,
  );
}

/** What is no plain file stays where it is. */
function refuseUnread(context: Context, project: Project, file: FoundFile): void {
  const read = foldersOf(context, project).read(file, project.config.limits);
  if (read !== null && !read.ok && !isPlain(read))
    throw new Refused(read.problems, { consequence: "nothing was started" });
}

/** Which run of the task it is to be: a new one, the one that goes on, or none. */
async function putRight(context: Context, project: Project, id: string) {
  take(context.application.read(project))?.close();
  const { keeper, told, close } = keeperOf(context, project);
  const { wants, run: row, number, text, trouble } = await keeper.keep(id, true);
  close();
  if (trouble !== null) throw new Refused([trouble]);
  printProblems(context.err, told, null);
  const isOpen = row !== null && !isClosed(row.status);
  return isOpen ? { row, wants: number, begunWith: text } : { row, wants, begunWith: null };
}

interface Beginning {
  readonly file: FoundFile;
  readonly id: string;
  readonly number: number;
  /** The text of a run that goes on; null: it is a new one. */
  readonly begunWith: string | null;
  readonly asked: Asked;
}

async function begin(context: Context, project: Project, beginning: Beginning): Promise<number> {
  const { file, id, number, begunWith, asked } = beginning;
  const { application } = context;
  const folders = foldersOf(context, project);
  const read = begunWith === null ? folders.read(file, project.config.limits) : good(Buffer.from(begunWith));
  if (read === null) throw refused("E_NOT_FOUND", `${clean(file.shown)} is gone`);
  const text = read.ok ? Buffer.from(read.value).toString("utf8") : null;
  const place = { path: folders.path(file), shown: file.shown };
  const checked = read.ok ? startableTask(place, read.value, application.surroundings(project)) : read;
  if (!checked.ok) throw await refuseFile(context, project, { file, text, problems: checked.problems });
  if (begunWith === null) {
    refuseWaiting(context, project, checked.value.task);
    if (await becomesChild(context, project, file, checked.value)) return begin(context, project, beginning);
    letThroughOf(context, project).drop(id);
  }
  const { workflow, trigger } = checked.value;
  const inputs = readInputs(application, project, workflow, {}, { trigger });
  const run = taskRunId(id, number);
  const isLeft = !asked.detach && (await holdsLastSlot(context, project));
  const detach = asked.detach || isLeft;
  const start = { context, project, checked: checked.value, inputs, asked: { ...asked, run, detach } };
  const code = await startAnywhere(start).catch(async (thrown: unknown) => {
    if (!(thrown instanceof Refused) || !isFinal(thrown.problems)) throw thrown;
    throw await refuseFile(context, project, { file, text, problems: thrown.problems });
  });
  if (isLeft && code === EXIT.done) return leftToOthers(context, id);
  tellResult(context, project, id);
  return code;
}

/** It would wait for its turn until this attempt has ended, which waits for it. */
function leftToOthers(context: Context, id: string): number {
  const after = `${context.application.calledAs} task show ${clean(id)}`;
  hint(context, `it was not waited for: every slot is taken, one of them by who asked; then ${after}`);
  return EXIT.waiting;
}

/** Asked for inside an attempt, it is counted as that attempt's: whoever reads it finds that in the file. */
async function becomesChild(
  context: Context,
  project: Project,
  file: FoundFile,
  checked: StartableTask,
): Promise<boolean> {
  const attempt = attemptHere();
  if (attempt === null) return false;
  const problem = await insideProblem(context, project, { checked, shown: file.shown, attempt });
  if (problem !== null) throw new Refused([problem], { consequence: "nothing was started" });
  if (checked.task.parent !== null) return false;
  const trouble = await foldersOf(context, project).write(file.shown, withParent(checked.text, attempt));
  if (trouble !== null) throw new Refused([trouble]);
  return true;
}

/** It stays in pending: it can be done later. */
function refuseWaiting(context: Context, project: Project, task: TaskFile): void {
  const reader = take(context.application.read(project));
  const folders = foldersOf(context, project);
  const standing = (id: string) => standingOf(reader, folders, id);
  const waiting = waitsFor(task, standing);
  const problem = waiting.length === 0 ? null : waitingProblem(task.id, waiting, standing);
  reader?.close();
  if (problem !== null) throw new Refused([problem]);
}

/** The result says why no run could begin; whoever wrote the file hears where it lies now. */
async function refuseFile(
  context: Context,
  project: Project,
  { file, text, problems }: Pick<Refused, "problems" | "text"> & { readonly file: FoundFile },
): Promise<Refused> {
  const { keeper, told, close } = keeperOf(context, project);
  const { state, result } = await keeper.refuse(file, { problems, at: context.application.clock.wall() });
  close();
  printProblems(context.err, told, null);
  const where = state === "moved" ? "lies in tasks/failed now" : "stays where it is";
  const why = result === null ? "" : `, and ${result} says why`;
  hint(context, `nothing was started; ${clean(file.shown)} ${where}${why}`);
  return new Refused(problems, { text, consequence: "nothing was started" });
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
