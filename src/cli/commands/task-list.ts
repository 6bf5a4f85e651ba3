/** decapod task list: the task files by folder, with the run that each became, and the tasks of loops. */
import { EXIT } from "../../core/problem.ts";
import type { AgentFiles } from "../../exchange/taskfile/agent-files.ts";
import { readTaskFile } from "../../exchange/taskfile/task-file.ts";
import {
  FOLDERS,
  type Folder,
  type FoundFile,
  idOf,
  type TaskFolders,
} from "../../exchange/taskfile/task-folders.ts";
import { lastRunOf } from "../../exchange/taskfile/task-run.ts";
import type { RunRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import { type Context, flagOption, hint, type Options, projectOf, textOption } from "../context.ts";
import { shortRuns } from "../ids.ts";
import { jsonText } from "../json.ts";
import {
  type ListedTasks,
  loopTaskDocument,
  loopTaskRow,
  loopTasksHere,
  printByState,
} from "../maintask/list.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { take } from "../refusal.ts";
import { printTable } from "../table.ts";
import { agentFilesOf, foldersOf } from "../taskfiles/here.ts";
import { shellWord } from "../text.ts";

/** Of the completed ones, when not all are asked for. */
const COMPLETED_SHOWN = 10;

interface Listed {
  readonly file: FoundFile;
  readonly id: string;
  readonly type: string | null;
  readonly run: RunRow | null;
  readonly waitsFor: readonly string[];
  /** The code of what is wrong with a file that waits. */
  readonly problem: string | null;
}

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const loops = loopTasksHere(context, project, options);
  if (flagOption(options, "byState") || textOption(options, "stream") !== null)
    return printByState(context, loops);
  const reader = take(application.read(project));
  const folders = foldersOf(context, project);
  const found = FOLDERS.flatMap((folder) => shownOf(folders, folder, flagOption(options, "all")));
  const agentFiles = reader === null ? null : agentFilesOf(context, project, reader);
  await agentFiles?.lookBack(folders, () => reader?.owned === true);
  const listed: Listed[] = [];
  for (const file of found) listed.push(await look(folders, file, reader, agentFiles));
  const runs = listed.flatMap(({ run }) => run?.run ?? []);
  const names = reader === null ? new Map<string, string>() : shortRuns(reader, runs);
  if (globals.json) {
    out.line(
      jsonText({ schemaVersion: 1, tasks: listed.map((one) => document(one, names)), ...ofLoops(loops) }),
    );
    return EXIT.done;
  }
  const files = listed.map((one) => [
    { text: one.file.folder },
    { text: one.id },
    { text: one.type ?? "" },
    { text: names.get(one.run?.run ?? "") ?? "" },
    { text: whatOf(one) },
  ]);
  const rows = [...files, ...loops.tasks.map(loopTaskRow)];
  printTable(out, { headers: ["STATE", "TASK", "TYPE", "RUN", "WHAT"], rows }, globals.wide);
  printProblems(context.err, loops.troubles, null);
  if (rows.length === 0)
    hint(context, `there are no task files; next: ${application.calledAs} task new TYPE`);
  return EXIT.done;
}

function ofLoops({ tasks, troubles }: ListedTasks): object {
  return { loopTasks: tasks.map(loopTaskDocument), troubles: troubles.map(problemDocument) };
}

/** Names begin with a time, so the newest completed ones are the last. */
function shownOf(folders: TaskFolders, folder: Folder, isAll: boolean): readonly FoundFile[] {
  const all = folders.list(folder);
  return isAll || folder !== "completed" ? all : all.slice(-COMPLETED_SHOWN);
}

async function look(
  folders: TaskFolders,
  file: FoundFile,
  reader: Reader | null,
  agentFiles: AgentFiles | null,
): Promise<Listed> {
  const id = idOf(file);
  const bytes = folders.read(file);
  const read = bytes?.ok === true ? readTaskFile(file.shown, bytes.value) : bytes;
  const task = read?.ok === true && "value" in read && "dependsOn" in read.value ? read.value : null;
  const heldBack = file.folder === "pending" ? await agentFiles?.heldBack(folders, file) : null;
  return {
    file,
    id,
    type: task?.type ?? null,
    run: reader === null ? null : lastRunOf(reader, id).row,
    waitsFor:
      file.folder === "pending"
        ? (task?.dependsOn.filter((one) => !folders.has("completed", one)) ?? [])
        : [],
    problem: (read?.ok === false ? read.problems[0]?.code : heldBack?.code) ?? null,
  };
}

function whatOf({ file, id, problem, waitsFor, run }: Listed): string {
  if (problem === "E_TASK_QUOTA") return `${problem}: decapod task move ${clean(id)} pending`;
  if (problem !== null) return `${problem}: decapod task lint ${shellWord(clean(file.shown))}`;
  if (waitsFor.length > 0) return `waits for ${waitsFor.join(", ")}`;
  if (file.folder === "in-progress")
    return run?.waitingFor ? "needs you: decapod inbox" : (run?.status ?? "");
  return run?.failureMessage ?? "";
}

function document(
  { file, id, type, run, waitsFor, problem }: Listed,
  names: ReadonlyMap<string, string>,
): object {
  return {
    id,
    type,
    state: file.folder,
    file: file.shown,
    run: names.get(run?.run ?? "") ?? null,
    runId: run?.run ?? null,
    runStatus: run?.status ?? null,
    waitsFor,
    problem,
  };
}
