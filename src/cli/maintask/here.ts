/** The tasks of the loops of this project, for the commands that speak of them. */
import { type FoundTasks, type LoopTask, readTasks, taskFile } from "../../exchange/maintask/loop-tasks.ts";
import { LOOP_FOLDER, type Stream } from "../../exchange/maintask/stream.ts";
import { keyOfId } from "../../exchange/taskfile/task-id.ts";
import { nearest } from "../../spec/nearest.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { Refused, refused } from "../refusal.ts";

/** What is said behind a command so that it means this stream. */
export function streamWords({ name }: Stream): string {
  return name === null ? "" : ` --stream ${name}`;
}

/** The one of that name; capitals and the way accents are written do not count. */
export function loopTaskNamed(context: Context, stream: Stream, said: string): LoopTask {
  const found = readTasks(context.application.files, stream);
  const task = found.tasks.find(({ name }) => keyOfId(name) === keyOfId(said));
  if (task === undefined) throw unknown(context, stream, said, found);
  return task;
}

function unknown({ application }: Context, stream: Stream, said: string, { tasks, troubles }: FoundTasks) {
  const { calledAs, files } = application;
  // It is there, and cannot be used: a link, two files of one name.
  const isThere = taskFile(files, stream, said) !== null;
  if (troubles.length > 0 && (isThere || tasks.length === 0)) return new Refused(troubles);
  const more = streamWords(stream);
  if (tasks.length === 0) {
    const where = files.exists(stream.folder)
      ? `${stream.shown} has no tasks`
      : `there is no ${stream.shown} yet`;
    return refused("E_NOT_FOUND", where, `${calledAs} task create ${clean(said, 60)}${more}`);
  }
  const near = nearest(
    said,
    tasks.map(({ name }) => name),
  );
  const elsewhere = stream.name === null ? "" : ` of ${LOOP_FOLDER}/${stream.name}`;
  return refused(
    "E_NOT_FOUND",
    `there is no task ${clean(said, 60)}${elsewhere}`,
    near ?? `${calledAs} task list --by-state${more}`,
  );
}
