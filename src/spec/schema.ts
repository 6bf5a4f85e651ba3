/** The workflow file as a schema: field by field what formats.md section 1 says. One source for checks and for editors. */
import * as z from "zod/mini";
import { isMap } from "../core/json.ts";
import { RANGES } from "../core/range.ts";
import { WORKSPACE_WORDS } from "../core/workspace-words.ts";
import {
  anything,
  block,
  condition,
  data,
  duration,
  either,
  filled,
  id,
  late,
  lateOneOf,
  listOf,
  mapOf,
  maybe,
  number,
  oneExpression,
  oneOf,
  type Schema,
  type Shape,
  text,
  textOrTexts,
  texts,
  truth,
  whole,
} from "./schema-words.ts";

const parallel = late(RANGES.parallel);
const onFailureOfItems = oneOf("stop", "continue", "ignore");

const budget = block("a budget", {
  usd: maybe(late(RANGES.usd)),
  tokens: maybe(late(RANGES.tokens)),
});

const retry = block("a retry", {
  max_attempts: maybe(late(RANGES.attempts)),
  delay: maybe(late(RANGES.delay)),
  backoff: maybe(oneOf("fixed", "exponential")),
  max_delay: maybe(late(RANGES.delay)),
  jitter: maybe(truth),
  on: maybe(listOf(filled, "failure classes, or exit:N")),
});

const valueType = oneOf("string", "number", "boolean", "array", "object");

const declared = {
  type: maybe(valueType),
  enum: maybe(listOf(z.unknown(), "values")),
  default: anything,
  required: maybe(truth),
  pattern: maybe(filled),
  min: maybe(number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  max: maybe(number(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
  description: maybe(text),
};

export const approvalShape = {
  mode: maybe(oneOf("none", "ask", "conditional", "phrase")),
  phrase: maybe(filled),
  message: maybe(text),
  when: maybe(condition),
  fields: maybe(mapOf(block("a field", declared), "names, each declared as a param is")),
  show: anything,
  significant: maybe(
    block("significant", {
      files: maybe(whole(0, 1_000_000)),
      deletions: maybe(whole(0, 1_000_000)),
      paths: maybe(texts),
      changed: anything,
    }),
  ),
  choices: maybe(listOf(id, "choices")),
  send_back_to: maybe(id),
  max_rounds: maybe(late(RANGES.rounds)),
  approvers: maybe(texts),
  self_approval: maybe(truth),
  expires: maybe(late(RANGES.approval)),
  on_expiry: maybe(oneOf("reject", "escalate")),
} satisfies Shape;

const ITEMS = "a list, a map or one ${ }";

const foreach = block("foreach", {
  items: either(ITEMS, z.array(z.unknown()), data, oneExpression(ITEMS)),
  as: maybe(id),
  where: maybe(filled),
  key: maybe(filled),
  max_parallel: maybe(parallel),
  on_failure: maybe(onFailureOfItems),
  min_success: maybe(late(RANGES.minSuccess)),
});

const repeat = block("repeat", {
  until: condition,
  max: late(RANGES.iterations),
  delay: maybe(late(RANGES.delay)),
  on_failure: maybe(oneOf("fail", "continue")),
  on_exhausted: maybe(oneOf("fail", "continue")),
});

const options = block("options", {
  driver: maybe(filled),
  model: maybe(filled),
  effort: maybe(filled),
  tools: maybe(texts),
  denied_tools: maybe(texts),
  skills: maybe(texts),
  max_turns: maybe(late(RANGES.turns)),
  permission: maybe(filled),
});

const workspaceMode = lateOneOf(...WORKSPACE_WORDS.mode);

function workspace(own: Shape): Schema {
  const map = block(`a workspace${"base" in own ? " of a run" : ""}`, {
    mode: maybe(workspaceMode),
    merge: maybe(lateOneOf(...WORKSPACE_WORDS.merge)),
    keep: maybe(lateOneOf(...WORKSPACE_WORDS.keep)),
    ...own,
  });
  return either("one of shared, worktree, one ${ } or a map with mode", workspaceMode, map);
}

const scalar = either("text, a number, true or false", z.string(), z.number(), z.boolean());

/** Everything a task may have beside id, agent and dependencies; `defaults` may have it too. */
export const taskFields = {
  description: maybe(text),
  parameters: maybe(data),
  options: maybe(options),
  trigger_rule: maybe(
    oneOf(
      "all_success",
      "all_done",
      "one_success",
      "none_failed",
      "none_failed_min_one_success",
      "one_failed",
      "all_failed",
    ),
  ),
  condition: maybe(condition),
  retry: maybe(retry),
  timeout: maybe(late(RANGES.timeout)),
  idle_timeout: maybe(late(RANGES.timeout)),
  on_failure: maybe(oneOf("fail", "skip", "retry")),
  approval: maybe(block("an approval", approvalShape)),
  foreach: maybe(foreach),
  matrix: maybe(either("a map of axes or one ${ }", data, filled)),
  repeat: maybe(repeat),
  output_schema: maybe(either("a JSON Schema, a file, or decapod:workflow", data, filled)),
  expected_outputs: maybe(texts),
  success_criteria: maybe(listOf(either("text or a map of one key", filled, data), "checks")),
  repair: maybe(
    block("repair", {
      agent: filled,
      on: listOf(filled, "failure classes"),
      max: maybe(late(RANGES.repairs)),
    }),
  ),
  fallback: maybe(block("fallback", { agent: filled, options: maybe(options) })),
  effect: maybe(oneOf("idempotent", "checkable", "once")),
  check: maybe(texts),
  cache: maybe(block("a cache", { key: anything, files: maybe(textOrTexts), paths: maybe(texts) })),
  artifacts: maybe(textOrTexts),
  workspace: maybe(workspace({})),
  touches: maybe(textOrTexts),
  concurrency: maybe(block("concurrency", { group: filled, limit: maybe(parallel) })),
  session: maybe(filled),
  rerun: maybe(truth),
  pool: maybe(filled),
  labels: maybe(textOrTexts),
  priority: maybe(late(RANGES.priority)),
  env: maybe(mapOf(scalar, "texts")),
  budget: maybe(budget),
} satisfies Shape;

export const task = block("a task", {
  id,
  agent: filled,
  dependencies: maybe(listOf(filled, "task ids")),
  ...taskFields,
});
const tasks = listOf(task, "tasks");

const hooks = block("hooks", {
  on_start: maybe(tasks),
  on_success: maybe(tasks),
  on_failure: maybe(tasks),
  on_complete: maybe(tasks),
});

const param = block("a param", declared);

const overlap = oneOf("skip", "queue", "cancel_running");

const trigger = block("a trigger", {
  name: maybe(id),
  condition: maybe(condition),
  params: maybe(data),
  cron: maybe(filled),
  timezone: maybe(filled),
  catchup: maybe(whole(0, 100)),
  overlap: maybe(overlap),
  webhook: maybe(id),
  files: maybe(textOrTexts),
  debounce: maybe(duration(0, 86_400)),
  workflow: maybe(filled),
  on: maybe(listOf(oneOf("success", "failed", "cancelled"), "run states")),
});

const secret = block("a secret", { env: maybe(filled), file: maybe(filled), command: maybe(texts) });

const settings = block("settings", {
  max_parallel: maybe(parallel),
  timeout: maybe(late(RANGES.runTimeout)),
  on_failure: maybe(oneOf("stop", "continue")),
  budget: maybe(budget),
  concurrency: maybe(
    block("concurrency of a run", {
      group: filled,
      limit: maybe(parallel),
      on_conflict: maybe(oneOf("queue", "cancel_running", "skip")),
    }),
  ),
  workspace: maybe(workspace({ base: maybe(filled), branch: maybe(filled) })),
});

const top = {
  version: maybe(text),
  name: filled,
  description: maybe(text),
  metadata: maybe(data),
  params: maybe(mapOf(param, "params")),
  defaults: maybe(block("defaults", taskFields)),
  settings: maybe(settings),
  triggers: maybe(listOf(trigger, "triggers")),
  context: maybe(block("context", { variables: maybe(data), secrets: maybe(mapOf(secret, "secrets")) })),
  outputs: maybe(data),
} satisfies Shape;

/** A whole file, as it is published. */
export const workflow = block("a workflow", { ...top, tasks, hooks: maybe(hooks) });

/** Maps of any form: each is looked at by itself. */
export const anyTasks = listOf(z.custom(isMap, { error: "a task, a map" }), "tasks");
export const anyHooks = block("hooks", {
  on_start: maybe(anyTasks),
  on_success: maybe(anyTasks),
  on_failure: maybe(anyTasks),
  on_complete: maybe(anyTasks),
});

/** A whole file but for its tasks, which are checked one by one (check.ts). */
export const frame = block("a workflow", { ...top, tasks: anyTasks, hooks: maybe(anyHooks) });
