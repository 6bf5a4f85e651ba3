/** Parameters of the built-in agents and of roles, one schema each. */
import * as z from "zod/mini";
import { highest, RANGES } from "../core/range.ts";
import { WORKSPACE_WORDS } from "../core/workspace-words.ts";
import type { BUILT_IN_AGENTS } from "./built-in-names.ts";
import { anyHooks, anyTasks, approvalShape, taskFields } from "./schema.ts";
import {
  anything,
  block,
  data,
  either,
  filled,
  late,
  listOf,
  mapOf,
  maybe,
  number,
  oneOf,
  type Schema,
  text,
  textOrTexts,
  texts,
  truth,
  whole,
} from "./schema-words.ts";
import type { Surroundings } from "./surroundings.ts";

/** Stands for an agent that is missing or wrong; already reported. */
export const NO_AGENT = "?";

const shell = block("parameters of shell", {
  run: maybe(filled),
  command: maybe(listOf(either("text or a number", z.string(), z.number()), "arguments")),
  cwd: maybe(filled),
  success_exit_codes: maybe(listOf(late(RANGES.exitCode), "exit codes")),
});

const approval = block("parameters of approval", {
  ...approvalShape,
  on_reject: maybe(oneOf("fail", "continue")),
});

const wait = block("parameters of wait", {
  for: maybe(late(RANGES.delay)),
  until: maybe(filled),
  event: maybe(filled),
  key: maybe(either("text or a number", z.string(), z.number())),
  timeout: maybe(late(RANGES.timeout)),
  on_timeout: maybe(oneOf("fail", "continue")),
});

const subworkflow = block("parameters of workflow", {
  name: maybe(filled),
  path: maybe(filled),
  inline: maybe(either("a workflow or one ${ }", data, filled)),
  params: maybe(data),
  secrets: maybe(texts),
  detached: maybe(truth),
  allow: maybe(texts),
  max_tasks: maybe(late(RANGES.planTasks)),
});

const group = block("parameters of group", {
  tasks: anyTasks,
  outputs: maybe(data),
  hooks: maybe(anyHooks),
  settings: maybe(
    block("settings of a group", {
      max_parallel: maybe(late(RANGES.parallel)),
      on_failure: maybe(oneOf("stop", "continue")),
    }),
  ),
});

const finish = block("parameters of finish", {
  status: oneOf("success", "failed", "cancelled"),
  message: maybe(text),
});

const notify = block("parameters of notify", {
  channel: maybe(filled),
  title: maybe(text),
  message: maybe(text),
  url: maybe(text),
  priority: maybe(either("text or a number", z.string(), z.number())),
});

const http = block("parameters of http", {
  method: maybe(oneOf("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
  url: filled,
  headers: maybe(mapOf(either("text or a number", z.string(), z.number()), "texts")),
  body: anything,
  expect: anything,
  credential: maybe(filled),
});

const role = block("parameters of a role", {
  task: maybe(text),
  task_file: maybe(filled),
  files: maybe(textOrTexts),
});

const schemas: Readonly<Record<(typeof BUILT_IN_AGENTS)[number], Schema>> = {
  shell,
  approval,
  wait,
  workflow: subworkflow,
  group,
  finish,
  notify,
  http,
};

/** Agent → schema of its parameters. */
export const BUILT_IN: ReadonlyMap<string, Schema> = new Map(Object.entries(schemas));

export const ROLE_PARAMETERS: Schema = role;

const { mode, merge, keep } = WORKSPACE_WORDS;
const place = block("a workspace", {
  mode: maybe(oneOf(...mode)),
  merge: maybe(oneOf(...merge)),
  keep: maybe(oneOf(...keep)),
});

/** What a role may say for its tasks, as they would, but without ${ }: it knows the names of no workflow. */
export const ROLE_FIELDS: Schema = block("decapod", {
  budget: maybe(
    block("a budget", {
      usd: maybe(number(RANGES.usd.from, highest(RANGES.usd))),
      tokens: maybe(whole(RANGES.tokens.from, highest(RANGES.tokens))),
    }),
  ),
  output_schema: taskFields.output_schema,
  workspace: maybe(either("one of shared, worktree, or a map with mode", oneOf(...mode), place)),
});

/** True for an agent that is neither built in nor a worker, and known as a role. */
export function isRole(agent: string, known: Pick<Surroundings, "roles" | "workers">): boolean {
  return !BUILT_IN.has(agent) && !known.workers.has(agent) && known.roles.has(agent);
}
