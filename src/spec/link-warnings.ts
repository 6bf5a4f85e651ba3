/** What is allowed and probably not meant. Warnings never change the exit code. */
import { askedChanged } from "../core/criteria.ts";
import type { Node } from "../core/expression/syntax.ts";
import { isMap, type Json } from "../core/json.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import type { Findings } from "./findings.ts";
import type { Level } from "./level.ts";
import { longestPath } from "./link-graph.ts";
import { BUILT_IN } from "./schema-agents.ts";
import type { Path } from "./source.ts";

/** An agent may be silent for this long while its model thinks and retries. */
const AGENT_SILENCE_SECONDS = 330;

export function warn(level: Level, workflow: Workflow, findings: Findings): void {
  warnTimeouts(level, workflow, findings);
  warnTasks(level, workflow, findings);
}

function warnTasks(level: Level, workflow: Workflow, findings: Findings): void {
  for (const task of workflow.tasks) {
    const path = level.raws[task.index]?.path ?? [];
    const until = task.repeat?.until;
    if (typeof until === "object" && containsText(until.root, workflow)) {
      const said = {
        message: "until looks for a word in free text, which an agent may write for any reason",
        hint: "give the task an output_schema and compare a field",
      };
      findings.warn("W_CONTAINS_IN_UNTIL", { path: [...path, "repeat", "until"] }, said);
    }
    if (isShortSilence(task, level)) {
      const said = {
        message: `idle_timeout ${String(task.idleTimeout)} is shorter than an agent may be silent (${AGENT_SILENCE_SECONDS} s)`,
        hint: `${AGENT_SILENCE_SECONDS} or more`,
      };
      findings.warn("W_IDLE_TIMEOUT", { path: [...path, "idle_timeout"] }, said);
    }
    warnUncounted(task, path, findings);
    const body = level.bodies.get(task.index);
    if (body !== undefined && task.body !== null) warnTasks(body, task.body, findings);
  }
}

/** What git counts nowhere is looked for in the output, where it most likely is not. */
function warnUncounted(task: Task, path: Path, findings: Findings): void {
  if (isCounted(task) || givesChanged(task.outputSchema)) return;
  const [name] = askedChanged(task.criteria);
  if (name === undefined) return;
  const at = task.criteria.findIndex((criterion) => askedChanged([criterion]).length > 0);
  const isGroup = task.kind === "group" || task.kind === "workflow";
  const said = {
    message: `changed.${name} is counted only of a task in a worktree of its own${isGroup ? ", and not of what holds tasks" : ""}; here it is a name in the output`,
    hint: isGroup ? "a criterion of a task inside" : "workspace: worktree",
  };
  findings.warn("W_NOT_COUNTED", { path: [...path, "success_criteria", at] }, said);
}

/** Or may be, once the run knows. */
function isCounted({ kind, workspace }: Task): boolean {
  return kind === "attempt" && workspace !== null && workspace.mode !== "shared";
}

function givesChanged(schema: Json): boolean {
  return isMap(schema) && isMap(schema.properties) && Object.hasOwn(schema.properties, "changed");
}

function isShortSilence(task: Task, level: Level): boolean {
  if (typeof task.idleTimeout !== "number" || task.idleTimeout >= AGENT_SILENCE_SECONDS) return false;
  if (task.kind !== "attempt" || BUILT_IN.has(task.agent) || level.root.surroundings.workers.has(task.agent))
    return false;
  const driver =
    task.options?.kind === "literal"
      ? (task.options.value as { readonly driver?: unknown } | null)?.driver
      : undefined;
  return driver === undefined || driver === "claude-code";
}

/** `contains` on an output that no schema gives a form. */
function containsText(node: Node, workflow: Workflow): boolean {
  if (node.kind === "call" && node.name === "contains")
    return node.given[0] !== undefined && isFreeText(node.given[0], workflow);
  return childrenOf(node).some((child) => containsText(child, workflow));
}

function isFreeText(node: Node, workflow: Workflow): boolean {
  if (node.kind !== "member" || node.key !== "output" || node.of.kind !== "name") return false;
  const task = findTask(workflow, node.of.name);
  return task === null || task.outputSchema === null;
}

function findTask(workflow: Workflow, id: string): Task | null {
  for (const task of workflow.tasks) {
    if (task.id === id) return task;
    const inner = task.body === null ? null : findTask(task.body, id);
    if (inner !== null) return inner;
  }
  return null;
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "value":
    case "name":
      return [];
    case "member":
      return [node.of];
    case "index":
      return [node.of, node.index];
    case "list":
      return node.items;
    case "map":
      return node.entries.map(([, value]) => value);
    case "unary":
      return [node.operand];
    case "binary":
      return [node.left, node.right];
    case "choice":
      return [node.condition, node.yes, node.no];
    case "call":
      return node.given;
    default:
      return node satisfies never;
  }
}

function warnTimeouts(level: Level, workflow: Workflow, findings: Findings): void {
  const weigh = (index: number) => {
    const timeout = workflow.tasks[index]?.timeout;
    return typeof timeout === "number" && index < workflow.size ? timeout : 0;
  };
  const all = workflow.tasks.reduce((total, _, index) => total + weigh(index), 0);
  const { timeoutSeconds } = workflow.settings;
  if (typeof timeoutSeconds !== "number" || all <= timeoutSeconds) return;
  const { sum, path } = longestPath(level, weigh);
  if (sum <= timeoutSeconds) return;
  const names = path.filter((index) => weigh(index) > 0).map((index) => workflow.tasks[index]?.id ?? "");
  const shown =
    names.length > 6 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  const message = `the timeouts of ${shown} add up to ${sum} s, and the run ends after ${timeoutSeconds} s`;
  const first = level.raws[path.find((index) => weigh(index) > 0) ?? 0];
  findings.warn(
    "W_TIMEOUTS",
    { path: [...(first?.path ?? []), "timeout"] },
    { message, hint: "raise settings.timeout" },
  );
}
