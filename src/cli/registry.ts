/**
 * The commands as data: their words, options and examples, and where their code lies. The code is loaded when the
 * command is called, and this table when it is another one than `run`, so that a run does not pay for the others.
 */
import { DECIDING } from "./registry/deciding.ts";
import { KEEPING } from "./registry/keeping.ts";
import { LOOP_TASKS } from "./registry/loop-tasks.ts";
import { LOOPS } from "./registry/loops.ts";
import { RUN } from "./registry/running.ts";
import { SEEING } from "./registry/seeing.ts";
import type { CommandSpec } from "./registry/spec.ts";
import { STARTING } from "./registry/starting.ts";
import { TASKS } from "./registry/tasks.ts";

export { GLOBAL_OPTIONS } from "./registry/running.ts";
export type { CommandSpec, OptionSpec } from "./registry/spec.ts";

const RESUME: CommandSpec = {
  name: "resume",
  words: "[run]",
  summary: "go on with a run that is interrupted or paused, or with all interrupted ones",
  options: [
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--wait", text: "wait for people also without a terminal" },
  ],
  examples: ["resume", "resume r-7k2m"],
  load: () => import("./commands/resume.ts"),
};

const RETRY: CommandSpec = {
  name: "retry",
  words: "<run> [task...]",
  summary: "do again what failed in a run that has ended; or start it anew with other params",
  options: [
    { flags: "--from <task>", text: "this task and all after it, also what succeeded", takes: "task" },
    { flags: "--edit-input", text: "a new run of the same definition, its params in your editor first" },
    { flags: "-i, --var <key=value>", text: "a new run with this param; key=@file reads a file", many: true },
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--wait", text: "wait for people also without a terminal" },
    { flags: "--detach", text: "return once it goes on; it does so in the background" },
  ],
  examples: ["retry r-7k2m", "retry r-7k2m --from build", "retry r-7k2m -i environment=staging"],
  load: () => import("./commands/retry.ts"),
};

const CANCEL: CommandSpec = {
  name: "cancel",
  words: "<run>",
  summary: "end a run for good; its on_complete hooks run, unless it is said twice",
  options: [
    { flags: "--now", text: "kill what runs, instead of asking it to end" },
    { flags: "--reason <text>", text: "kept in the journal" },
  ],
  examples: ["cancel r-7k2m", "cancel r-7k2m --now"],
  load: () => import("./commands/cancel.ts"),
};

const PAUSE: CommandSpec = {
  name: "pause",
  words: "<run>",
  summary: "start nothing more of a run; what runs goes on to its end",
  options: [],
  examples: ["pause r-7k2m"],
  load: () => import("./commands/pause.ts"),
};

const WATCH: CommandSpec = {
  name: "watch",
  words: "[run]",
  summary: "see a run go on, from any terminal, until it ends; or all that go on",
  options: [
    { flags: "--until-wait", text: "only until the first open question (exit 8)" },
    { flags: "--todo <file>", text: "keep the tasks of the run as a todo list in this file" },
  ],
  examples: ["watch", "watch r-7k2m --until-wait"],
  load: () => import("./commands/watch.ts"),
};

const VALIDATE: CommandSpec = {
  name: "validate",
  words: "[path...]",
  summary: "check workflow files; all of the project when none is named",
  options: [],
  examples: ["validate", "validate publish.yaml --json"],
  load: () => import("./commands/validate.ts"),
};

const MCP: CommandSpec = {
  name: "mcp",
  words: "",
  summary: "serve agents of your own over standard input and output (MCP): start, wait, read; never decide",
  options: [],
  examples: ["mcp --project ~/site", "mcp"],
  load: () => import("./commands/mcp.ts"),
};

/** Called by decapod itself. */
const OWNER: CommandSpec = {
  name: "__owner",
  words: "[run...]",
  summary: "an owner without a terminal",
  isHidden: true,
  options: [
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--durability <mode>", text: "durable or fast" },
  ],
  examples: [],
  load: () => import("./commands/owner.ts"),
};

export const COMMANDS: readonly CommandSpec[] = [
  RUN,
  RESUME,
  RETRY,
  PAUSE,
  CANCEL,
  WATCH,
  ...DECIDING,
  ...SEEING,
  VALIDATE,
  ...TASKS,
  ...LOOP_TASKS,
  ...LOOPS,
  MCP,
  ...KEEPING,
  ...STARTING,
  OWNER,
];
