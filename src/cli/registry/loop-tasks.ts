/** Commands for the tasks of loops. */
import type { CommandSpec } from "./spec.ts";
import type { OptionSpec } from "./words.ts";

export const STREAM: OptionSpec = {
  flags: "--stream <name>",
  text: "the loop in .tasks/NAME, instead of the one in .tasks",
  takes: "stream",
};

const TASK_CREATE: CommandSpec = {
  name: "task create",
  words: "<name>",
  summary: "write a task of a loop into .tasks, and make the folder for what it gathers and makes",
  options: [{ flags: "--description <text>", text: "what is to be done" }, STREAM],
  examples: [
    'task create chip-research --description "Analyze the AI chip market"',
    "task create market-sizing --stream east",
  ],
  load: () => import("../commands/task-create.ts"),
};

const TASK_DECOMPOSE: CommandSpec = {
  name: "task decompose",
  words: "<task>",
  summary: "take a task of a loop apart into tasks of their own, by a template",
  options: [
    { flags: "--auto", text: "by the template that the words of its name or description ask for" },
    { flags: "--template <name>", text: "by this one", takes: "decomposition" },
    STREAM,
  ],
  examples: [
    "task decompose chip-research --auto",
    "task decompose chip-research --template market-research",
  ],
  load: () => import("../commands/task-decompose.ts"),
};

const TASK_STATE: CommandSpec = {
  name: "task state",
  words: "<task> <state>",
  summary: "say what has become of a task of a loop: its file's name and its history change",
  options: [
    { flags: "--note <text>", text: "what was done, or why; kept in the history of the task" },
    { flags: "--again", text: "have a completed task done once more: pending" },
    STREAM,
  ],
  examples: [
    "task state chip-research-analysis running",
    'task state chip-research-analysis completed --note "12 compared"',
  ],
  load: () => import("../commands/task-state.ts"),
};

export const LOOP_TASKS: readonly CommandSpec[] = [TASK_CREATE, TASK_DECOMPOSE, TASK_STATE];
