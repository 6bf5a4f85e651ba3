/** Commands for beginning: what can be named, and what explains itself. */
import type { CommandSpec } from "./spec.ts";

const WORKFLOW: CommandSpec = {
  name: "workflow",
  words: "<what>",
  summary: "list: the workflows that can be named; schema: the JSON Schema of their files",
  options: [{ flags: "--yaml", text: "the schema as YAML" }],
  examples: ["workflow list", "workflow schema > workflow.schema.json"],
  load: () => import("../commands/workflow.ts"),
};

const VERSION: CommandSpec = {
  name: "version",
  words: "",
  summary: "the version of decapod",
  options: [],
  examples: ["version --json"],
  load: () => import("../commands/version.ts"),
};

const HELP: CommandSpec = {
  name: "help",
  words: "[topic]",
  summary: "a command, or exit-codes, expressions, files",
  options: [],
  examples: ["help run", "help exit-codes"],
  load: () => import("../commands/help.ts"),
};

export const STARTING: readonly CommandSpec[] = [WORKFLOW, HELP, VERSION];
