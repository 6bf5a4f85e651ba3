/** Commands for task files. */
import { STREAM } from "./loop-tasks.ts";
import type { CommandSpec } from "./spec.ts";

const TASK_NEW: CommandSpec = {
  name: "task new",
  words: "<type>",
  summary: "write a task file into tasks/pending, from a template",
  options: [
    { flags: "--env <name>", text: "the environment", takes: ["dev", "staging", "production"] },
    { flags: "--site-path <folder>", text: "the site; the project when it is not said" },
    { flags: "--base-url <url>", text: "the address of the site in this environment" },
    { flags: "--describe <text>", text: "what is to be done" },
    { flags: "--set <name=value>", text: "another placeholder of the template", many: true },
  ],
  examples: [
    "task new hugo-build --env staging --base-url https://example.com",
    'task new coder --describe "Mend the broken links on the promo page"',
  ],
  load: () => import("../commands/task-new.ts"),
};

const TASK_LIST: CommandSpec = {
  name: "task list",
  words: "",
  summary: "the task files, where each of them is, and what it waits for; and the tasks of loops",
  options: [
    { flags: "--all", text: "completed ones too, not only the newest" },
    { flags: "--by-state", text: "only the tasks of loops, by what has become of them" },
    { ...STREAM, text: "only the tasks of this loop" },
  ],
  examples: ["task list", "task list --all --json", "task list --by-state"],
  load: () => import("../commands/task-list.ts"),
};

const TASK_LINT: CommandSpec = {
  name: "task lint",
  words: "[file...]",
  summary: "check task files; all in tasks/pending when none is named",
  options: [],
  examples: ["task lint", "task lint tasks/pending/2026-01-19-1430-hugo-build-staging.md"],
  load: () => import("../commands/task-lint.ts"),
};

const TASK_SHOW: CommandSpec = {
  name: "task show",
  words: "<file>",
  summary: "a task file: where it is, its run and its result",
  options: [],
  examples: ["task show 2026-01-19-1430-hugo-build-staging"],
  load: () => import("../commands/task-show.ts"),
};

const TASK_MOVE: CommandSpec = {
  name: "task move",
  words: "<file> <pending>",
  summary: "have a task that has ended done again",
  options: [],
  examples: ["task move 2026-01-19-1430-hugo-build-staging pending"],
  load: () => import("../commands/task-move.ts"),
};

const TASK_ARCHIVE: CommandSpec = {
  name: "task archive",
  words: "[file...]",
  summary: "put task files that have ended into archive; all that are completed when none is named",
  options: [],
  examples: ["task archive", "task archive 2026-01-19-1430-hugo-build-staging"],
  load: () => import("../commands/task-archive.ts"),
};

const WORK: CommandSpec = {
  name: "work",
  words: "<file>",
  summary: "do one task file to its end; its result is written, and it moves to completed or failed",
  options: [
    { flags: "--wait", text: "wait for people also without a terminal" },
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--detach", text: "return once it is begun; it goes on in the background" },
  ],
  examples: [
    "work tasks/pending/2026-01-19-1430-hugo-build-staging.md",
    "work 2026-01-19-1430-hugo-build-staging",
  ],
  load: () => import("../commands/work.ts"),
};

const TASKS_WATCH: CommandSpec = {
  name: "tasks watch",
  words: "",
  summary: "do what lies in tasks/pending, and what comes, until it is told to end",
  options: [
    { flags: "--slots <count>", text: "attempts on this machine, and tasks, at once" },
    { flags: "--durability <mode>", text: "durable or fast", takes: ["durable", "fast"] },
  ],
  examples: ["tasks watch", "tasks watch --slots 4"],
  load: () => import("../commands/tasks-watch.ts"),
};

export const TASKS: readonly CommandSpec[] = [
  TASK_NEW,
  TASK_LIST,
  TASK_SHOW,
  TASK_LINT,
  TASK_MOVE,
  TASK_ARCHIVE,
  WORK,
  TASKS_WATCH,
];
