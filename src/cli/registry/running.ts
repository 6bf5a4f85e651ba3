/** What a run has to know of the command line: its own words, and those of every command. */
import { flagOption } from "../context.ts";
import type { CommandSpec, OptionSpec } from "./spec.ts";

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: "--json", text: "one JSON document on standard output; --json=a,b for some fields" },
  { flags: "--jsonl", text: "one JSON document a line, as things happen" },
  { flags: "-q, --quiet", text: "no progress and no hints" },
  { flags: "-v, --verbose", text: "more progress" },
  { flags: "--wide", text: "do not cut columns at a terminal" },
  { flags: "--color <when>", text: "auto, always or never", takes: ["auto", "always", "never"] },
  { flags: "--ui <kind>", text: "auto, live, plain or jsonl", takes: ["auto", "live", "plain", "jsonl"] },
  { flags: "--project <folder>", text: "the project, instead of looking upward from here" },
  { flags: "--no-input", text: "never ask anything" },
  { flags: "--debug", text: "stacks of errors" },
];

export const RUN: CommandSpec = {
  name: "run",
  words: "<workflow>",
  summary: "start a run and follow it to its end",
  options: [
    { flags: "-i, --var <key=value>", text: "a param; key=@file reads a file", many: true, takes: "param" },
    { flags: "--inputs <file>", text: "params from a JSON file" },
    { flags: "--dry-run", text: "print the resolved plan, start nothing" },
    { flags: "--only <task>", text: "this task alone; the others give what they gave before", many: true },
    { flags: "--from <task>", text: "this task and all after it" },
    { flags: "--until <task>", text: "this task and all before it" },
    { flags: "--rehearse", text: "play agents and scripts from FILE.rehearsal.yaml" },
    { flags: "--max-parallel <count>", text: "attempts of this run at once" },
    { flags: "--budget <usd>", text: "stop and ask above this; also tokens=N or usd=N,tokens=N" },
    { flags: "--label <text>", text: "a name to find the run by" },
    { flags: "--key <text>", text: "the same key starts the run only once" },
    { flags: "--durability <mode>", text: "durable or fast", takes: ["durable", "fast"] },
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--wait", text: "wait for people also without a terminal" },
    { flags: "--detach", text: "return once it is started; it goes on in the background" },
    { flags: "--todo <file>", text: "keep its tasks as a todo list in this file" },
  ],
  examples: ["run publish-site -i environment=staging", "run ./build.yaml --dry-run", "run nightly --json"],
  startsWork: (options) => !["dryRun", "rehearse", "detach"].some((name) => flagOption(options, name)),
  load: () => import("../commands/run.ts"),
};
