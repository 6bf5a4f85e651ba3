/** Commands for beginning: what can be named, and what explains itself. */
import type { CommandSpec } from "./spec.ts";

const INIT: CommandSpec = {
  name: "init",
  words: "",
  summary: "make what a project needs to begin; what is there is kept",
  options: [
    { flags: "--template <name>", text: "begin with this workflow, not with hello", takes: "template" },
    { flags: "--shims", text: "also the skills and scripts for loops, in .claude/skills" },
  ],
  examples: ["init", "init --template fix-until-green", "init --shims"],
  load: () => import("../commands/init.ts"),
};

const WORKFLOW_LIST: CommandSpec = {
  name: "workflow list",
  words: "",
  summary: "the workflows that can be named, and where each comes from",
  options: [],
  examples: ["workflow list", "workflow list --json"],
  load: () => import("../commands/workflow-list.ts"),
};

const WORKFLOW_NEW: CommandSpec = {
  name: "workflow new",
  words: "<name>",
  summary: "a workflow of your own, from one that comes with decapod",
  options: [{ flags: "--template <name>", text: "from this one, not from hello", takes: "template" }],
  examples: ["workflow new publish-site", "workflow new nightly --template upgrade-dependencies"],
  load: () => import("../commands/workflow-new.ts"),
};

const WORKFLOW_SHOW: CommandSpec = {
  name: "workflow show",
  words: "<workflow>",
  summary: "what a workflow takes, does and needs",
  options: [],
  examples: ["workflow show release", "workflow show publish-site --json"],
  load: () => import("../commands/workflow-show.ts"),
};

const WORKFLOW_FMT: CommandSpec = {
  name: "workflow fmt",
  words: "[path...]",
  summary: "workflow files in one layout; all of the project when none is named",
  options: [
    { flags: "--check", text: "change nothing; name the files that would be changed, and end with 1" },
  ],
  examples: ["workflow fmt", "workflow fmt --check", "workflow fmt publish.yaml"],
  load: () => import("../commands/workflow-fmt.ts"),
};

const WORKFLOW_SCHEMA: CommandSpec = {
  name: "workflow schema",
  words: "",
  summary: "the JSON Schema of workflow files",
  options: [{ flags: "--yaml", text: "the schema as YAML" }],
  examples: ["workflow schema > workflow.schema.json", "workflow schema --yaml"],
  load: () => import("../commands/workflow-schema.ts"),
};

const AGENTS_LIST: CommandSpec = {
  name: "agents list",
  words: "",
  summary: "the roles that tasks can name, and where each comes from",
  options: [],
  examples: ["agents list", "agents list --json"],
  load: () => import("../commands/agents-list.ts"),
};

const AGENTS_SHOW: CommandSpec = {
  name: "agents show",
  words: "<role>",
  summary: "a role as decapod takes it, and what of its file has no effect",
  options: [],
  examples: ["agents show coder", "agents show checker --json"],
  load: () => import("../commands/agents-show.ts"),
};

const AGENTS_CHECK: CommandSpec = {
  name: "agents check",
  words: "[role]",
  summary: "what is wrong with a role; with all of the project when none is named",
  options: [],
  examples: ["agents check", "agents check reviewer"],
  load: () => import("../commands/agents-check.ts"),
};

const WORKER_LIST: CommandSpec = {
  name: "worker list",
  words: "",
  summary: "what does deterministic work here, whether it can, and what it did last",
  options: [],
  examples: ["worker list", "worker list --json"],
  load: () => import("../commands/worker-list.ts"),
};

const WORKER_SHOW: CommandSpec = {
  name: "worker show",
  words: "<worker>",
  summary: "what a worker takes, what does it, and what its tasks have by themselves",
  options: [],
  examples: ["worker show hugo-build", "worker show publish --json"],
  load: () => import("../commands/worker-show.ts"),
};

const WORKER_NEW: CommandSpec = {
  name: "worker new",
  words: "<name>",
  summary: "a worker of your own: a manifest and a program to begin with",
  options: [
    {
      flags: "--language <name>",
      text: "bash, python or node",
      takes: ["bash", "python", "node"],
    },
  ],
  examples: ["worker new publish-site", "worker new thumbnails --language python"],
  load: () => import("../commands/worker-new.ts"),
};

const WORKER_RUN: CommandSpec = {
  name: "worker run",
  words: "<worker>",
  summary: "one task of a worker by hand: a task file is written for it and done to its end",
  options: [
    {
      flags: "-i, --var <key=value>",
      text: "a parameter; key=@file reads a file",
      many: true,
      takes: "param",
    },
    { flags: "--inputs <file>", text: "parameters from a JSON file" },
    { flags: "--describe <text>", text: "what it is for" },
    { flags: "--wait", text: "wait for people also without a terminal" },
    { flags: "--slots <count>", text: "attempts on this machine at once" },
    { flags: "--detach", text: "return once it is begun; it goes on in the background" },
  ],
  examples: [
    "worker run hugo-build -i site_path=site -i environment=dev",
    "worker run publish --inputs to.json",
  ],
  load: () => import("../commands/worker-run.ts"),
};

const WORKER_CHECK: CommandSpec = {
  name: "worker check",
  words: "[worker]",
  summary: "what is wrong with a worker; with all of the project when none is named",
  options: [],
  examples: ["worker check", "worker check publish-site"],
  load: () => import("../commands/worker-check.ts"),
};

const PLUGIN_INSTALL: CommandSpec = {
  name: "plugin install",
  words: "<claude-code>",
  summary: "give your own Claude Code skills, commands and tools for decapod",
  options: [
    { flags: "--print", text: "say what would be written where, and write nothing" },
    { flags: "--replace", text: "write over files that are not those of this version" },
  ],
  examples: ["plugin install claude-code --print", "plugin install claude-code"],
  load: () => import("../commands/plugin-install.ts"),
};

/** Called by the plugin's hook. */
const SESSION_START: CommandSpec = {
  name: "__session-start",
  words: "",
  isHidden: true,
  summary: "what a session of an agent is told at its beginning",
  options: [],
  examples: [],
  load: () => import("../commands/session-start.ts"),
};

const COMPLETION: CommandSpec = {
  name: "completion",
  words: "<bash|zsh|fish|pwsh>",
  summary: "what a shell needs to complete commands, workflows, runs and tasks",
  options: [],
  examples: ["completion bash >> ~/.bashrc", "completion fish > ~/.config/fish/completions/decapod.fish"],
  load: () => import("../commands/completion.ts"),
};

/** Called by the scripts of `completion` with the words typed so far. */
const COMPLETE: CommandSpec = {
  name: "__complete",
  words: "[words...]",
  isHidden: true,
  summary: "what could come next on a command line",
  options: [{ flags: "--new", text: "a new word begins, of which nothing is typed yet" }],
  examples: ["__complete -- run pub"],
  load: () => import("../commands/complete.ts"),
};

const MAN: CommandSpec = {
  name: "man",
  words: "",
  summary: "the manual page, for man to read",
  options: [],
  examples: ["man | man -l -"],
  load: () => import("../commands/man.ts"),
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
  words: "[topic...]",
  summary: "a command, or one of the pages named below the list of commands",
  options: [],
  examples: ["help run", "help workflow list", "help exit-codes"],
  load: () => import("../commands/help.ts"),
};

export const STARTING: readonly CommandSpec[] = [
  INIT,
  WORKFLOW_LIST,
  WORKFLOW_SHOW,
  WORKFLOW_NEW,
  WORKFLOW_FMT,
  WORKFLOW_SCHEMA,
  AGENTS_LIST,
  AGENTS_SHOW,
  AGENTS_CHECK,
  WORKER_LIST,
  WORKER_SHOW,
  WORKER_NEW,
  WORKER_CHECK,
  WORKER_RUN,
  PLUGIN_INSTALL,
  SESSION_START,
  COMPLETION,
  MAN,
  HELP,
  VERSION,
  COMPLETE,
];
