/** The task files of the project, for the commands that speak of them. */
import { basename, relative, resolve } from "node:path";
import { BUILT_IN } from "../../core/limits.ts";
import { bad, type Problem, type Result } from "../../core/problem.ts";
import { taskFile } from "../../exchange/maintask/loop-tasks.ts";
import { everyStream } from "../../exchange/maintask/stream.ts";
import { AgentFiles } from "../../exchange/taskfile/agent-files.ts";
import { type CheckedTask, checkTask } from "../../exchange/taskfile/check-task.ts";
import { keeperHere } from "../../exchange/taskfile/keeper-here.ts";
import { LetThrough } from "../../exchange/taskfile/let-through.ts";
import { readPlainFile } from "../../exchange/taskfile/plain-file.ts";
import {
  FOLDERS,
  type Folder,
  type FoundFile,
  idOf,
  TaskFolders,
} from "../../exchange/taskfile/task-folders.ts";
import { keyOfId } from "../../exchange/taskfile/task-id.ts";
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { shortRun } from "../ids.ts";
import { clean } from "../print.ts";
import { type Refused, refused } from "../refusal.ts";

export function foldersOf({ application }: Context, { root }: Project): TaskFolders {
  return new TaskFolders(application.files, { root, umask: application.umask });
}

/** The file that was meant: a path, the name of a file, or the id of a task. */
export function findTask(context: Context, project: Project, said: string): FoundFile {
  const folders = foldersOf(context, project);
  const path = resolve(context.application.cwd, said);
  const [top, folder, name, ...rest] = relative(project.root, path).split("/");
  if (top === "tasks" && isFolder(folder) && name !== undefined && rest.length === 0) {
    const file = folders.at(folder, name);
    if (context.application.files.exists(folders.path(file))) return file;
  }
  const id = idOf({ name: basename(said) });
  const found = FOLDERS.map((one) => (said === basename(said) ? folders.find(one, id) : null));
  const [first] = found.filter((one) => one !== null);
  if (first !== undefined) return first;
  if (context.application.files.exists(path))
    throw refused(
      "E_ARG",
      `${clean(said)} lies in none of the folders of tasks`,
      `put it into tasks/pending/, under the name of its task_id`,
    );
  throw ofLoop(context, project, said) ?? notFound(context, folders, said, id);
}

/** It is listed beside the task files, and no file of ours says what it gave. */
function ofLoop({ application: { files } }: Context, { root }: Project, said: string): Refused | null {
  const found = everyStream(files, root).flatMap((stream) => {
    const file = taskFile(files, stream, said);
    return file === null ? [] : [`${stream.shown}/${file}`];
  });
  const [shown] = found;
  if (shown === undefined) return null;
  return refused("E_NOT_FOUND", `${clean(said)} is no task file but a task of a loop`, `read ${shown}`);
}

function notFound({ application }: Context, folders: TaskFolders, said: string, id: string) {
  const near = FOLDERS.flatMap((folder) => folders.list(folder)).find(
    (file) => keyOfId(idOf(file)) === keyOfId(id),
  );
  const hint = near === undefined ? `${application.calledAs} task list` : near.shown;
  return refused("E_NOT_FOUND", `there is no task file ${clean(said)}`, hint);
}

function isFolder(name: string | undefined): name is Folder {
  return (FOLDERS as readonly (string | undefined)[]).includes(name);
}

/** What agents write there, as the journal tells it. */
export function agentFilesOf(
  { application }: Context,
  { stateFolder, config }: Project,
  reader: Reader,
): AgentFiles {
  const { files, clock } = application;
  const nameOf = (run: string) => shortRun(reader, run);
  return new AgentFiles({ reader, files, clock, stateFolder, limits: config.limits, nameOf });
}

export function letThroughOf({ application }: Context, { stateFolder }: Project): LetThrough {
  return new LetThrough(application.files, stateFolder);
}

/** A keeper of the folders for a moment, beside whoever owns the project. */
export function keeperOf({ application }: Context, { root, stateFolder, config }: Project) {
  const told: Problem[] = [];
  const { files, clock, umask } = application;
  const around = { files, clock, root, umask, stateFolder, limits: config.limits };
  return { ...keeperHere(around, (problem) => told.push(problem)), told };
}

/** Read and checked against the project, with the text for source frames. */
export interface LookedAt {
  readonly text: string | null;
  readonly checked: Result<CheckedTask>;
}

export function lookAt(context: Context, project: Project, path: string, shown: string): LookedAt {
  const { files } = context.application;
  const limits = project.config.limits ?? BUILT_IN;
  const read = readPlainFile(files, path, { shown, limits });
  if (read === null) return { text: null, checked: bad(missing(shown)) };
  if (!read.ok) return { text: null, checked: read };
  const checked = checkTask(shown, read.value, context.application.surroundings(project));
  return { text: Buffer.from(read.value).toString("utf8"), checked };
}

function missing(shown: string): Problem {
  return { code: "E_NOT_FOUND", message: `there is no file ${shown}` };
}
