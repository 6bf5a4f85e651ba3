/** Random workflows in the language itself: what is generated must also be accepted by the reader. */
import assert from "node:assert/strict";
import type { Json, JsonMap } from "../../src/core/json.ts";
import { good } from "../../src/core/problem.ts";
import { type Checked, readWorkflow, type Surroundings } from "../../src/spec/workflow-file.ts";
import type { Chance } from "../support/chance.ts";
import { plainRole } from "../support/plain-role.ts";

export const SURROUNDINGS: Surroundings = {
  roles: new Set(["coder", "planner", "checker", "researcher", "frontend", "backend"]),
  workers: new Set(),
  environmentPass: [],
  checks: new Map(),
  secretCommandsAllowed: true,
  role: () => good(plainRole("Work.")),
};

const TASKS_MAX = 60;

type Draft = { [key: string]: Json };

interface Level {
  readonly chance: Chance;
  readonly prefix: string;
  readonly depth: number;
  readonly ids: string[];
  /** Per task the indexes of all that come before it. */
  readonly ancestors: Set<number>[];
  /** Tasks whose output is a map with `mark`, `n`, `list`. */
  readonly marked: boolean[];
  /** What the group around it touches; null where it may touch anything. */
  readonly touches: readonly string[] | null;
}

export function generate(chance: Chance, name: string): Checked {
  const definition = workflow(chance, name);
  const read = readWorkflow(`${name}.json`, JSON.stringify(definition), SURROUNDINGS);
  if (!read.ok) {
    const told = read.problems.map(({ code, message }) => `${code} ${message}`).join("\n");
    assert.fail(`the generator made a workflow that is refused:\n${told}\n${JSON.stringify(definition)}`);
  }
  return read.value;
}

function workflow(chance: Chance, name: string): JsonMap {
  const size = chance.next() < 0.1 ? 20 + chance.below(TASKS_MAX - 19) : 3 + chance.below(20);
  const level: Level = { chance, prefix: "t", depth: 0, ids: [], ancestors: [], marked: [], touches: null };
  const hooks = some(chance, 0.35) ? hooksOf(level, "h") : {};
  return {
    name,
    settings: settingsOf(chance),
    tasks: tasksOf(level, size),
    hooks,
    ...(some(chance, 0.3) ? { outputs: { last: `\${${level.ids.at(-1)}.status}` } } : {}),
  };
}

function settingsOf(chance: Chance): JsonMap {
  const settings: Draft = {
    max_parallel: 1 + chance.below(5),
    on_failure: chance.pick(["stop", "continue"]),
  };
  if (some(chance, 0.12)) settings.timeout = 20 + chance.below(200);
  if (some(chance, 0.1))
    settings.budget = chance.pick([{ usd: 0.5 + chance.below(4) }, { tokens: 1000 + chance.below(9000) }]);
  if (some(chance, 0.25)) {
    settings.concurrency = {
      group: chance.pick(["one", "two"]),
      limit: 1,
      on_conflict: chance.pick(["queue", "queue", "cancel_running"]),
    };
  }
  return settings;
}

function hooksOf({ chance, depth }: Level, prefix: string): JsonMap {
  const hooks: Draft = {};
  for (const list of ["on_start", "on_success", "on_failure", "on_complete"]) {
    const length = chance.pick([0, 0, 1, 2]);
    if (length === 0) continue;
    hooks[list] = Array.from({ length }, (_, index) => hook(chance, `${prefix}${depth}_${list}_${index}`));
  }
  return hooks;
}

function hook(chance: Chance, id: string): JsonMap {
  const task: Draft = { id, agent: "shell", parameters: { command: ["hook", id] } };
  if (some(chance, 0.2)) task.on_failure = chance.pick(["skip", "retry"]);
  if (some(chance, 0.2)) task.retry = { max_attempts: 2, delay: chance.below(5) };
  if (some(chance, 0.1)) task.condition = "${run.status != 'never'}";
  if (some(chance, 0.1)) task.effect = "once";
  return task;
}

function tasksOf(level: Level, size: number): Json[] {
  return Array.from({ length: size }, (_, index) => taskOf(level, index));
}

function taskOf(level: Level, index: number): JsonMap {
  const { chance } = level;
  const id = `${level.prefix}${index}`;
  const dependencies = dependenciesOf(chance, index);
  const before = new Set<number>(dependencies);
  for (const one of dependencies) for (const earlier of level.ancestors[one] ?? []) before.add(earlier);
  level.ids.push(id);
  level.ancestors.push(before);
  const task: Draft = { id, dependencies: dependencies.map((one) => level.ids[one] as string) };
  const isMarked = agentOf(level, task, dependencies);
  level.marked.push(isMarked && task.foreach === undefined && task.matrix === undefined);
  rulesOf(level, task, dependencies);
  limitsOf(level, task);
  approvalOf(level, task, before);
  return task;
}

function dependenciesOf(chance: Chance, index: number): number[] {
  const wanted = index === 0 ? 0 : chance.pick([0, 1, 1, 1, 2, 2, 3]);
  const found = new Set<number>();
  for (let count = 0; count < wanted; count++)
    found.add(Math.max(0, index - 1 - chance.below(Math.min(index, 8))));
  return [...found];
}

/** Gives the task its agent; true when its output is one that others may read by name. */
function agentOf(level: Level, task: Draft, dependencies: readonly number[]): boolean {
  const { chance, depth } = level;
  const kind = chance.next();
  const source = dependencies.find((one) => level.marked[one]);
  const read = source === undefined ? "none" : `\${${level.ids[source]}.output.mark}`;
  if (kind < 0.05) {
    task.agent = "wait";
    task.parameters = waitOf(chance);
    return false;
  }
  if (kind < 0.1) {
    task.agent = "approval";
    task.parameters = {
      message: "Go on?",
      ...questionOf(chance),
      ...(some(chance, 0.3) ? { on_reject: "continue" } : {}),
    };
    return false;
  }
  if (kind < 0.17 && depth < 2) {
    task.agent = "group";
    const touches = some(chance, 0.3) ? chance.pick(touchable(level)) : null;
    if (touches !== null) task.touches = touches;
    task.parameters = groupOf(level, task.id as string, touches);
    if (some(chance, 0.2)) task.timeout = 5 + chance.below(60);
    manyOf(level, task, dependencies);
    return false;
  }
  if (kind < 0.19) {
    task.agent = "workflow";
    task.parameters = { name: "small", ...(some(chance, 0.3) ? { detached: true } : {}) };
    return false;
  }
  if (kind < 0.197) {
    task.agent = "finish";
    task.parameters = { status: chance.pick(["success", "failed", "cancelled"]), message: "enough" };
    return false;
  }
  if (kind < 0.3) {
    task.agent = chance.pick(["coder", "planner", "checker"]);
    task.parameters = { task: `Work with ${read}` };
  } else {
    task.agent = "shell";
    task.parameters = { command: ["work", read] };
  }
  attemptOf(level, task, dependencies);
  return true;
}

function waitOf(chance: Chance): JsonMap {
  if (some(chance, 0.5)) return { for: chance.below(30) };
  const wait: Draft = { event: chance.pick(["ping", "pong"]), key: chance.pick(["k", ""]) };
  if (some(chance, 0.5))
    Object.assign(wait, { timeout: 1 + chance.below(60), on_timeout: chance.pick(["fail", "continue"]) });
  return wait;
}

function questionOf(chance: Chance): JsonMap {
  const question: Draft = { mode: chance.pick(["ask", "ask", "phrase", "conditional"]) };
  if (question.mode === "phrase") question.phrase = "DO IT";
  if (question.mode === "conditional") question.when = chance.pick(["true", "false"]);
  if (some(chance, 0.4))
    Object.assign(question, {
      expires: 5 + chance.below(60),
      on_expiry: chance.pick(["reject", "escalate"]),
    });
  return question;
}

/** Paths a task may name here. Some are only read at run time and may lie outside: they fail then, and hang nobody. */
function touchable({ chance, touches }: Level): readonly (readonly string[])[] {
  if (touches === null) return TOUCHES;
  const late = `\${'${chance.pick(["content/b.md", "public/**"])}'}`;
  return some(chance, 0.3) ? [[late]] : touches.map((one) => [one]);
}

const TOUCHES = [["content/**"], ["content/a.md"], ["public/**", "static/**"]];

function groupOf(
  { chance, depth, touches: around }: Level,
  id: string,
  own: readonly string[] | null,
): JsonMap {
  const touches = own ?? around;
  const inner: Level = {
    chance,
    prefix: `${id}_`,
    depth: depth + 1,
    ids: [],
    ancestors: [],
    marked: [],
    touches,
  };
  const group: Draft = { tasks: tasksOf(inner, 1 + chance.below(4)) };
  if (some(chance, 0.3))
    group.settings = { max_parallel: 1 + chance.below(3), on_failure: chance.pick(["stop", "continue"]) };
  if (some(chance, 0.2)) group.hooks = hooksOf(inner, `${id}_h`);
  return group;
}

function attemptOf(level: Level, task: Draft, dependencies: readonly number[]): void {
  const { chance } = level;
  if (some(chance, 0.4)) task.retry = retryOf(chance);
  if (some(chance, 0.06)) task.effect = "once";
  if (some(chance, 0.06))
    task.repair = { agent: "coder", on: ["syntax_error", "transient"], max: 1 + chance.below(2) };
  if (some(chance, 0.06)) task.fallback = { agent: "coder" };
  if (some(chance, 0.05)) task.expected_outputs = ["mark", "n"];
  if (some(chance, 0.05)) task.success_criteria = ["n >= 1", "mark present"];
  if (some(chance, 0.12)) task.rerun = true;
  manyOf(level, task, dependencies);
  if (some(chance, 0.06)) {
    task.repeat = {
      until: `\${(${task.id}.output.n ?? 0) > 5}`,
      max: 1 + chance.below(3),
      delay: chance.below(3),
      on_failure: chance.pick(["fail", "continue"]),
      on_exhausted: chance.pick(["fail", "continue"]),
    };
  }
}

function retryOf(chance: Chance): JsonMap {
  const retry: Draft = {
    max_attempts: 1 + chance.below(4),
    delay: chance.below(20),
    backoff: chance.pick(["fixed", "exponential"]),
  };
  if (some(chance, 0.3)) retry.max_delay = 5 + chance.below(30);
  if (some(chance, 0.3)) retry.jitter = some(chance, 0.5);
  if (some(chance, 0.2)) retry.on = ["transient", "timeout", "exit:1"];
  return retry;
}

function manyOf(level: Level, task: Draft, dependencies: readonly number[]): void {
  const { chance } = level;
  const kind = chance.next();
  const limit = some(chance, 0.5) ? { max_parallel: 1 + chance.below(3) } : {};
  const onFailure = { on_failure: chance.pick(["stop", "continue", "ignore"]) };
  if (kind < 0.07) {
    const source = dependencies.find((one) => level.marked[one]);
    const items =
      source === undefined
        ? Array.from({ length: chance.below(5) }, (_, item) => ({ name: `i${item}` }))
        : `\${${level.ids[source]}.output.list ?? []}`;
    const foreach: Draft = { items, ...limit, ...onFailure };
    if (source === undefined && some(chance, 0.5)) foreach.key = "${item.name}";
    if (source === undefined && some(chance, 0.2)) foreach.where = "${index != 1}";
    if (onFailure.on_failure === "ignore" && some(chance, 0.5)) foreach.min_success = chance.below(3);
    task.foreach = foreach;
  } else if (kind < 0.1) {
    task.matrix = {
      node: [22, 24],
      os: chance.pick([["linux"], ["linux", "mac"]]),
      include: [{ node: 26, os: "mac" }],
      exclude: [{ node: 22, os: "mac" }],
      ...limit,
      ...onFailure,
    };
  }
}

const SOURCES = [
  "all_success",
  "all_success",
  "all_done",
  "none_failed",
  "one_success",
  "one_failed",
  "all_failed",
  "none_failed_min_one_success",
];

function rulesOf(level: Level, task: Draft, dependencies: readonly number[]): void {
  const { chance } = level;
  const [first] = dependencies;
  if (first === undefined) return;
  if (some(chance, 0.35)) task.trigger_rule = chance.pick(SOURCES);
  if (!some(chance, 0.15)) return;
  const id = level.ids[first] as string;
  const conditions = [`\${${id}.status == 'success'}`, `\${${id}.status != 'skipped'}`];
  if (level.marked[first]) conditions.push(`\${(${id}.output.n ?? 0) > 2}`);
  task.condition = chance.pick(conditions);
}

function limitsOf(level: Level, task: Draft): void {
  const { chance } = level;
  if (task.agent === "finish") return;
  if (some(chance, 0.1))
    task.on_failure = chance.pick(
      task.agent === "wait" || task.agent === "approval" ? ["skip"] : ["skip", "retry"],
    );
  const isAttempt =
    task.agent !== "wait" && task.agent !== "approval" && task.agent !== "group" && task.agent !== "workflow";
  if (!isAttempt) return;
  if (some(chance, 0.08))
    task.concurrency = { group: chance.pick(["db", "net"]), limit: 1 + chance.below(1) };
  if (some(chance, 0.08)) task.touches = chance.pick(touchable(level));
  if (some(chance, 0.05)) task.priority = chance.below(5) - 2;
  if (some(chance, 0.05)) task.budget = { tokens: 300 + chance.below(2000) };
}

function approvalOf(level: Level, task: Draft, before: ReadonlySet<number>): void {
  const { chance } = level;
  const target = chance.pick([...before, -1]);
  const sendBack =
    target >= 0 && some(chance, 0.5)
      ? { send_back_to: level.ids[target] as string, max_rounds: 1 + chance.below(2) }
      : {};
  if (task.agent === "approval") Object.assign(task.parameters as Draft, sendBack);
  else if (task.agent !== "finish" && task.agent !== "wait" && some(chance, 0.06))
    task.approval = lookedAt(task, { message: "May it?", ...questionOf(chance), ...sendBack });
}

/** Of half of the tasks, by their names: the engine looks at what changes before it asks. */
function lookedAt({ id }: Draft, approval: Draft): Draft {
  if (approval.mode === "phrase" || Number(String(id).at(-1)) % 2 === 0) return approval;
  return { ...approval, mode: "conditional", significant: { files: 2, paths: [] } };
}

function some(chance: Chance, share: number): boolean {
  return chance.next() < share;
}

/** What `agent: workflow` with the name small runs. */
export const SMALL: JsonMap = {
  name: "small",
  tasks: [
    { id: "one", agent: "shell", parameters: { command: ["one"] }, retry: { max_attempts: 3, delay: 1 } },
    {
      id: "two",
      agent: "shell",
      dependencies: ["one"],
      parameters: { command: ["two"] },
      trigger_rule: "all_done",
    },
  ],
  outputs: { of: "${two.status}" },
};
