/** Commands of the external loop. */
import { STREAM } from "./loop-tasks.ts";
import type { CommandSpec } from "./spec.ts";

const READ: CommandSpec = {
  name: "main-task read",
  words: "",
  summary: "where a loop stands: status, next action, task and focus",
  options: [STREAM],
  examples: ["main-task read", "main-task read --json"],
  load: () => import("../commands/main-task-read.ts"),
};

const UPDATE: CommandSpec = {
  name: "main-task update",
  words: "<status> <next>",
  summary: "hand on: what the next invocation does",
  options: [
    { flags: "--task <name>", text: "the task that it is about" },
    { flags: "--focus <text>", text: "what to look at in particular" },
    { flags: "--if-revision <number>", text: "only if nobody has moved it since" },
    STREAM,
  ],
  examples: [
    'main-task update continue "Execute pricing subtask" --task pricing',
    'main-task update completed "All research completed"',
  ],
  load: () => import("../commands/main-task-update.ts"),
};

const LOG: CommandSpec = {
  name: "main-task log",
  words: "",
  summary: "every revision of MAIN_TASK: when, by whom, in which invocation",
  options: [STREAM],
  examples: ["main-task log", "main-task log --json"],
  load: () => import("../commands/main-task-log.ts"),
};

const REPLAY: CommandSpec = {
  name: "main-task replay",
  words: "",
  summary: "the order, the focus and the outputs of a whole loop, from its files alone",
  options: [STREAM],
  examples: ["main-task replay", "main-task replay --json"],
  load: () => import("../commands/main-task-replay.ts"),
};

const LOOP: CommandSpec = {
  name: "loop",
  words: "",
  summary: "call an agent again and again, one action each, until MAIN_TASK is completed",
  options: [
    { flags: "--agent <role>", text: "who does the steps; task-executor when it is not said", takes: "role" },
    { flags: "--max <count>", text: "invocations; 100 when it is not said" },
    { flags: "--budget <usd>", text: "stop and ask above this; also tokens=N or usd=N,tokens=N" },
    { flags: "--sleep <seconds>", text: "between two invocations; half a second at least" },
    { flags: "--patience <count>", text: "invocations in a row that may get nothing done; 3" },
    { flags: "--timeout <duration>", text: "of one invocation; 1h" },
    { flags: "--rehearse", text: "play the invocations: each does the obvious, and nothing is changed" },
    { flags: "--wait", text: "wait for people also without a terminal" },
    { flags: "--detach", text: "return once it is begun; it goes on in the background" },
    STREAM,
  ],
  examples: ["loop", "loop --max 20 --budget 5", "loop --rehearse"],
  load: () => import("../commands/loop.ts"),
};

export const LOOPS: readonly CommandSpec[] = [LOOP, READ, UPDATE, LOG, REPLAY];
