/** Commands for seeing: what runs do, did and printed. */
import { RUN_STATUSES } from "../../core/run.ts";
import type { CommandSpec } from "./spec.ts";

const STATUS: CommandSpec = {
  name: "status",
  words: "[run]",
  summary: "the runs that are not over, or the state of one",
  options: [],
  examples: ["status", "status r-7k2m"],
  load: () => import("../commands/status.ts"),
};

const RUNS: CommandSpec = {
  name: "runs",
  words: "[text]",
  summary: "the runs of this project, newest first; with a text those that hold it",
  options: [
    { flags: "--workflow <name>", text: "of this workflow", takes: "workflow" },
    {
      flags: "--state <state>",
      text: "in this state; also interrupted and needs-you",
      many: true,
      takes: [...RUN_STATUSES, "interrupted", "needs-you"],
    },
    { flags: "--label <text>", text: "with this label" },
    { flags: "--since <time>", text: "started after a time, or within 90s, 15m, 2h, 7d" },
    { flags: "--limit <count>", text: "at most this many (20)" },
    { flags: "--before <run>", text: "older than this run: the next page" },
  ],
  examples: ["runs --state failed --since 7d", "runs eu-west", "runs --json=id,status"],
  load: () => import("../commands/runs.ts"),
};

const SHOW: CommandSpec = {
  name: "show",
  words: "<run> [task]",
  summary: "everything about a run, or one task of it",
  options: [],
  examples: ["show r-7k2m", "show r-7k2m build"],
  load: () => import("../commands/show.ts"),
};

const LOGS: CommandSpec = {
  name: "logs",
  words: "<run> [task]",
  summary: "what tasks printed",
  options: [
    { flags: "-f, --follow", text: "stay, and print what running tasks print, until the run ends" },
    { flags: "--errors", text: "go to the first line that looks like an error" },
    { flags: "--grep <text>", text: "lines that hold this text" },
    { flags: "--tail <lines>", text: "the last lines alone (with -f 20)" },
    { flags: "--since <time>", text: "of attempts that printed after a time, or within 90s, 15m, 2h, 7d" },
    { flags: "--attempt <number>", text: "of this attempt, not of the last" },
    { flags: "--raw", text: "the bytes as they are kept, not for a terminal" },
  ],
  examples: ["logs r-7k2m build", "logs r-7k2m -f", "logs r-7k2m --errors"],
  load: () => import("../commands/logs.ts"),
};

const DIFF: CommandSpec = {
  name: "diff",
  words: "<run> [task]",
  summary: "what a run changed in its worktrees, or one task of it",
  options: [
    { flags: "--stat", text: "the files and how many lines, without the lines" },
    { flags: "--attempt <number>", text: "of this attempt, not of the last" },
  ],
  examples: ["diff r-7k2m", "diff r-7k2m api --stat", "diff r-7k2m > run.patch"],
  load: () => import("../commands/diff.ts"),
};

const VERIFY: CommandSpec = {
  name: "verify",
  words: "<run> [task]",
  summary: "the checks of what succeeded made again, on what lies there now",
  options: [],
  examples: ["verify r-7k2m", "verify r-7k2m build --json"],
  load: () => import("../commands/verify.ts"),
};

const GRAPH: CommandSpec = {
  name: "graph",
  words: "<workflow|run>",
  summary: "the tasks of a workflow or a run as a picture",
  options: [
    {
      flags: "--format <format>",
      text: "ascii, mermaid, dot, svg or json",
      takes: ["ascii", "mermaid", "dot", "svg", "json"],
    },
  ],
  examples: ["graph publish-site", "graph r-7k2m --format svg > run.svg"],
  load: () => import("../commands/graph.ts"),
};

const TIMELINE: CommandSpec = {
  name: "timeline",
  words: "<run>",
  summary: "when each task of a run was ready, waited and ran",
  options: [{ flags: "--format <format>", text: "text, svg or json", takes: ["text", "svg", "json"] }],
  examples: ["timeline r-7k2m", "timeline r-7k2m --format svg > run.svg"],
  load: () => import("../commands/timeline.ts"),
};

const COST: CommandSpec = {
  name: "cost",
  words: "[run]",
  summary: "tokens and money that agents used up, of the last 30 days or of one run",
  options: [
    {
      flags: "--by <what>",
      text: "day, agent, workflow, run or task",
      takes: ["day", "agent", "workflow", "run", "task"],
    },
    { flags: "--since <time>", text: "used after a time, or within 90s, 15m, 2h, 7d" },
  ],
  examples: ["cost --by agent", "cost r-7k2m", "cost --since 7d --json"],
  load: () => import("../commands/cost.ts"),
};

const SCORECARD: CommandSpec = {
  name: "scorecard",
  words: "[run]",
  summary: "what runs asked of people and how fast they went, of the last 30 days or of one run",
  options: [
    { flags: "--workflow <name>", text: "only runs of this workflow", takes: "workflow" },
    { flags: "--since <time>", text: "started after a time, or within 90s, 15m, 2h, 7d" },
  ],
  examples: ["scorecard r-7k2m", "scorecard --workflow site-new-page --since 7d"],
  load: () => import("../commands/scorecard.ts"),
};

export const SEEING: readonly CommandSpec[] = [
  ...[STATUS, RUNS, SHOW, LOGS, DIFF],
  ...[VERIFY, GRAPH, TIMELINE, COST, SCORECARD],
];
