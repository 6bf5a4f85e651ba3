/** decapod task show: what a task file asks for, where it is, and what came of it. */
import { join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import { EXIT } from "../../core/problem.ts";
import { readPlainFile } from "../../exchange/taskfile/plain-file.ts";
import { readResult } from "../../exchange/taskfile/result-file.ts";
import { readTaskFile } from "../../exchange/taskfile/task-file.ts";
import { idOf, LATEST } from "../../exchange/taskfile/task-folders.ts";
import { lastRunOf } from "../../exchange/taskfile/task-run.ts";
import type { Files } from "../../port/files.ts";
import type { Project } from "../application.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printPairs } from "../table.ts";
import { findTask, foldersOf } from "../taskfiles/here.ts";
import { shellWord } from "../text.ts";

export async function action(
  context: Context,
  [said = ""]: readonly string[],
  _options: Options,
): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const folders = foldersOf(context, project);
  const file = findTask(context, project, said);
  const id = idOf(file);
  const bytes = folders.read(file, project.config.limits);
  const read = bytes?.ok === true ? readTaskFile(file.shown, bytes.value, project.config.limits) : null;
  const task = read?.ok === true ? read.value : null;
  const reader = take(application.read(project));
  const { row, number } = reader === null ? { row: null, number: 0 } : lastRunOf(reader, id);
  const shown = `${LATEST}/${id}.result.md`;
  const front = resultOf(application.files, project, shown);
  const run = row === null ? null : shortRun(reader, row.run);
  if (globals.json) {
    const about = { id, type: task?.type ?? null, state: file.folder, file: file.shown, runs: number };
    out.line(
      jsonText({ schemaVersion: 1, task: { ...about, run, runStatus: row?.status ?? null, result: front } }),
    );
    return EXIT.done;
  }
  printPairs(out, [
    ["task", clean(id)],
    [
      "type",
      clean(
        task === null
          ? `cannot be read: ${application.calledAs} task lint ${shellWord(file.shown)}`
          : task.type,
      ),
    ],
    ["file", clean(file.shown)],
    ...(task !== null && task.dependsOn.length > 0
      ? [["after", clean(task.dependsOn.join(", "))] as const]
      : []),
    ...(run === null
      ? []
      : [["run", `${run} ${row?.status ?? ""}${number > 1 ? `, the ${number}. time` : ""}`] as const]),
    ...(front === null ? [] : [["result", `${clean(String(front.status))}  ${shown}`] as const]),
  ]);
  return EXIT.done;
}

/** Through the link that leads to it; what is no result of ours is none. */
function resultOf(files: Files, { root, config }: Project, shown: string): JsonMap | null {
  const path = join(root, shown);
  if (files.statTarget(path) === null) return null;
  const read = readPlainFile(files, files.realPath(path), { shown, limits: config.limits });
  const result = read?.ok === true ? readResult(shown, Buffer.from(read.value).toString("utf8")) : null;
  return result?.ok === true ? result.value : null;
}
