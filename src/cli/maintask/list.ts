/** The tasks of loops in lists: beside the task files, or by what has become of them. */
import { instant } from "../../core/calendar.ts";
import type { Problem } from "../../core/problem.ts";
import { EXIT } from "../../core/problem.ts";
import { LOOP_STATES, type LoopState } from "../../exchange/maintask/loop-task.ts";
import { type LoopTask, readTasks } from "../../exchange/maintask/loop-tasks.ts";
import { everyStream, type Stream } from "../../exchange/maintask/stream.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, textOption } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import type { Cell } from "../table.ts";
import { streamHere } from "./stream-here.ts";

export interface Listed {
  readonly stream: Stream;
  readonly task: LoopTask;
}

export interface ListedTasks {
  readonly tasks: readonly Listed[];
  readonly troubles: readonly Problem[];
}

/** Of the stream that is named, else of all. */
export function loopTasksHere(context: Context, project: Project, options: Options): ListedTasks {
  const { files } = context.application;
  const isOne = textOption(options, "stream") !== null;
  const streams = isOne ? [streamHere(context, project, options)] : everyStream(files, project.root);
  const read = streams.map((stream) => ({ stream, ...readTasks(files, stream) }));
  return {
    tasks: read.flatMap(({ stream, tasks }) => tasks.map((task) => ({ stream, task }))),
    troubles: read.flatMap(({ troubles }) => troubles),
  };
}

export function loopTaskDocument({ stream, task }: Listed): object {
  const { name, state, shown, createdMs } = task;
  const createdAt = createdMs === null ? null : instant(createdMs);
  return { name, state, stream: stream.name, file: shown, createdAt };
}

/** For the table of task files. */
export function loopTaskRow({ stream, task }: Listed): readonly Cell[] {
  return [
    { text: task.state },
    { text: nameOf({ stream, task }) },
    { text: "loop" },
    { text: "" },
    { text: task.shown },
  ];
}

export function printByState(context: Context, { tasks, troubles }: ListedTasks): number {
  const { application, globals, out, err } = context;
  const inState = (state: LoopState) => tasks.filter(({ task }) => task.state === state);
  if (globals.json) {
    const states = Object.fromEntries(
      LOOP_STATES.map((state) => [state, inState(state).map(loopTaskDocument)]),
    );
    out.line(jsonText({ schemaVersion: 1, states, troubles: troubles.map(problemDocument) }));
    return EXIT.done;
  }
  for (const state of LOOP_STATES) {
    const here = inState(state);
    if (here.length === 0) continue;
    out.line(out.paint("bold", `[${state}] ${here.length}`));
    out.lines(here.map((one) => `  ${clean(nameOf(one))}`));
  }
  printProblems(err, troubles, null);
  if (tasks.length === 0 && troubles.length === 0)
    hint(context, `no loop has tasks here; next: ${application.calledAs} task create NAME`);
  return EXIT.done;
}

function nameOf({ stream, task }: Listed): string {
  return stream.name === null ? task.name : `${stream.name}/${task.name}`;
}
