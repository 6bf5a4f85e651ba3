/** --dry-run: the plan of a run as far as it is known before anything has run. */
import type { Expression, Scope } from "../core/expression/expression.ts";
import { render, type Template } from "../core/expression/template.ts";
import type { Json, JsonMap } from "../core/json.ts";
import type {
  ApprovalSpec,
  BudgetSpec,
  Late,
  MapSpec,
  Task,
  Workflow,
  WorkspaceSpec,
} from "../core/workflow.ts";
import { clean, type Printer } from "./print.ts";
import { count, cut, duration, padEnd, width } from "./text.ts";

const COMMAND_MAX = 160;

export interface PlannedTask {
  readonly id: string;
  readonly agent: string;
  /** Tasks of one step have no order among themselves. */
  readonly step: number;
  readonly hook: string | null;
  readonly isLeftOut: boolean;
  readonly dependencies: readonly string[];
  readonly rule: string;
  readonly condition: string | null;
  readonly forEach: string | null;
  readonly repeat: { readonly until: string; readonly max: Json } | null;
  /** With `${ }` where a value is not known yet. */
  readonly parameters: Json;
  readonly environment: Readonly<Record<string, string>>;
  readonly gate: {
    readonly mode: string;
    readonly phrase: string | null;
    readonly message: string | null;
  } | null;
  readonly timeoutSeconds: Json;
  readonly attemptsMax: Json;
  /** project, run or group (its worktree), worktree (one of its own), or an expression; null: it does no work itself. */
  readonly workspace: string | null;
  readonly line: number;
}

export function plannedTasks(
  workflow: Workflow,
  scope: Scope,
  selected: ReadonlySet<number> | null,
  /** Where the run around it works, of the body of a group. */
  around = "project",
): readonly PlannedTask[] {
  const steps = stepsOf(workflow);
  const shared = runPlace(workflow, scope, around);
  const planned = workflow.tasks.map((task) =>
    plannedTask(task, { workflow, scope, step: steps[task.index] ?? 0, selected, shared }),
  );
  return planned.sort(
    (left, right) => Number(left.hook !== null) - Number(right.hook !== null) || left.step - right.step,
  );
}

/** Where tasks without a word of their own work. */
export function runPlace({ settings }: Workflow, scope: Scope, around: string): string {
  const mode = modeOf(settings.workspace, scope);
  if (mode === null || mode === "shared") return around;
  return mode === "worktree" ? "run" : mode;
}

function modeOf(workspace: WorkspaceSpec | null, scope: Scope): string | null {
  const mode = workspace?.mode ?? null;
  return mode === null || typeof mode === "string" ? mode : textOf(knownValue(mode, scope));
}

/** For people; what only an expression says is shown as it is written. */
export function workplaceText({ workspace }: Pick<PlannedTask, "workspace">): string {
  switch (workspace) {
    case null:
      return "";
    case "project":
      return "works in the project";
    case "run":
      return "works in the run's worktree";
    case "group":
      return "works in the worktree of its group";
    case "worktree":
      return "works in a worktree of its own";
    default:
      return `works where ${workspace} says`;
  }
}

/** Not worth a word where all tasks work in the project. */
export function isAnyApart(tasks: readonly Pick<PlannedTask, "workspace">[]): boolean {
  return tasks.some(({ workspace }) => workspace !== null && workspace !== "project");
}

/** One more than the last of the dependencies. */
function stepsOf({ tasks, size }: Workflow): readonly number[] {
  const steps: number[] = new Array(size).fill(0);
  const left = tasks.slice(0, size).map(({ dependencies }) => dependencies.length);
  const open = tasks.slice(0, size).filter(({ dependencies }) => dependencies.length === 0);
  for (const task of open) steps[task.index] = 1;
  for (let task = open.shift(); task !== undefined; task = open.shift()) {
    for (const next of task.successors) {
      const follower = tasks[next];
      if (next >= size || follower === undefined) continue;
      steps[next] = Math.max(steps[next] ?? 0, (steps[task.index] ?? 0) + 1);
      left[next] = (left[next] ?? 0) - 1;
      if (left[next] === 0) open.push(follower);
    }
  }
  return steps;
}

interface Around {
  readonly workflow: Workflow;
  readonly scope: Scope;
  readonly step: number;
  readonly selected: ReadonlySet<number> | null;
  readonly shared: string;
}

function plannedTask(task: Task, { workflow, scope, step, selected, shared }: Around): PlannedTask {
  return {
    id: task.id,
    agent: task.agent,
    step,
    hook: task.hook,
    isLeftOut: task.hook === null && selected !== null && !selected.has(task.index),
    dependencies: task.dependencies.map((index) => workflow.tasks[index]?.id ?? ""),
    rule: task.rule,
    condition: task.condition === null ? null : expressionText(task.condition),
    forEach: mapText(task.map, scope),
    repeat:
      task.repeat === null
        ? null
        : { until: expressionText(task.repeat.until), max: lateValue(task.repeat.max, scope) },
    parameters: knownValue(task.parameters, scope),
    environment: Object.fromEntries(
      task.env.map(([name, template]) => [name, textOf(knownValue(template, scope))]),
    ),
    gate: gateOf(task.approval, scope),
    timeoutSeconds: task.timeout === null ? null : lateValue(task.timeout, scope),
    attemptsMax: lateValue(task.retry?.maxAttempts ?? (task.onFailure === "retry" ? 2 : 1), scope),
    workspace: placeOf(task, modeOf(task.workspace, scope), shared),
    line: task.line,
  };
}

/** Of a group or called workflow only what it says itself: then all of it works there. */
function placeOf({ kind }: Task, mode: string | null, shared: string): string | null {
  const isAround = kind === "group" || kind === "workflow";
  if (kind !== "attempt" && !isAround) return null;
  if (mode !== null && mode !== "shared") return mode;
  return isAround ? null : shared;
}

function expressionText(expression: Expression | boolean): string {
  return typeof expression === "boolean" ? String(expression) : expression.source.trim();
}

function mapText(map: MapSpec | null, scope: Scope): string | null {
  if (map === null) return null;
  if (map.kind === "foreach") return `${map.as} of ${textOf(knownValue(map.items, scope))}`;
  if (!Array.isArray(map.axes)) return `matrix ${textOf(knownValue(map.axes as Template, scope))}`;
  const axes = map.axes as readonly (readonly [string, Template])[];
  return axes.map(([axis, values]) => `${axis} ${textOf(knownValue(values, scope))}`).join(" × ");
}

function gateOf(approval: ApprovalSpec | null, scope: Scope): PlannedTask["gate"] {
  if (approval === null || approval.mode === "none") return null;
  const { mode, phrase, message } = approval;
  return { mode, phrase, message: message === null ? null : textOf(knownValue(message, scope)) };
}

/** Every value that can be read now; the others as they are written. */
export function knownValue(template: Template, scope: Scope): Json {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "list":
      return template.items.map((item) => knownValue(item, scope));
    case "map":
      return Object.fromEntries(template.entries.map(([key, value]) => [key, knownValue(value, scope)]));
    case "expression": {
      const read = template.secret === undefined ? render(template, scope) : null;
      return read?.ok === true ? read.value : `\${${template.expression.source.trim()}}`;
    }
    case "text":
      return template.parts.map((part) => (typeof part === "string" ? part : partText(part, scope))).join("");
    default:
      return template satisfies never;
  }
}

/** A number, or an expression that is not known yet as it is written. */
export function lateValue(late: Late<number>, scope: Scope): Json {
  return typeof late === "number" ? late : knownValue(late, scope);
}

export function lateBudget(budget: BudgetSpec | null, scope: Scope): Json {
  if (budget === null) return null;
  const { usd, tokens } = budget;
  return {
    usd: usd === null ? null : lateValue(usd, scope),
    tokens: tokens === null ? null : lateValue(tokens, scope),
  };
}

/** How long it may take, from seconds that may not be known yet. */
export function lateDuration(late: Late<number>, scope: Scope): string {
  const seconds = lateValue(late, scope);
  return typeof seconds === "number" ? duration(seconds * 1000) : textOf(seconds);
}

function partText(
  part: Exclude<(Template & { kind: "text" })["parts"][number], string>,
  scope: Scope,
): string {
  const read = part.secret === undefined ? render({ kind: "text", parts: [part] }, scope) : null;
  return read?.ok === true ? textOf(read.value) : `\${${part.expression.source.trim()}}`;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function printPlan(
  printer: Printer,
  workflow: Workflow,
  tasks: readonly PlannedTask[],
  {
    params,
    scope,
    rehearse,
  }: { readonly params: JsonMap; readonly scope: Scope; readonly rehearse: boolean },
): void {
  const { settings } = workflow;
  const given = Object.entries(params).map(
    ([name, value]) => `${clean(name, 40)}=${clean(textOf(value), 60)}`,
  );
  const head = [clean(workflow.name), ...given].join("  ");
  const limits = `${count(workflow.size, "task")}, ${textOf(lateValue(settings.maxParallel, scope))} at once, at most ${lateDuration(settings.timeoutSeconds, scope)}`;
  const word = rehearse ? "REHEARSAL plan" : "plan";
  printer.line(`${printer.paint("bold", `${word} ${head}`)}  ${printer.paint("gray", limits)}`);
  const labelWidth = Math.min(30, Math.max(...tasks.map(({ id }) => width(id))));
  const isApart = isAnyApart(tasks);
  for (const task of tasks) printTask(printer, task, labelWidth, isApart ? workplaceText(task) : "");
}

function printTask(printer: Printer, task: PlannedTask, labelWidth: number, workplace: string): void {
  const place = task.hook === null ? String(task.step).padStart(2) : " ~";
  const after = task.dependencies.length === 0 ? "" : `after ${task.dependencies.join(", ")}`;
  const what = task.isLeftOut
    ? "left out, output of an earlier run"
    : [task.hook ?? "", after].filter((part) => part !== "").join(" ");
  const line = `${place}  ${padEnd(cut(task.id, labelWidth), labelWidth)}  ${padEnd(clean(task.agent, 14), 10)}  ${clean(what, 120)}`;
  printer.line(task.isLeftOut ? printer.paint("gray", line.trimEnd()) : line.trimEnd());
  if (task.isLeftOut) return;
  const more = [
    ...(task.condition === null ? [] : [`if ${task.condition}`]),
    ...(task.forEach === null ? [] : [`for each ${task.forEach}`]),
    ...(task.repeat === null ? [] : [`until ${task.repeat.until}, at most ${textOf(task.repeat.max)} times`]),
    ...(workplace === "" ? [] : [workplace]),
    ...commandOf(task).map((command) => `$ ${command}`),
    ...(task.gate === null
      ? []
      : [
          `◇ asks a person${task.gate.phrase === null ? "" : `, who types ${task.gate.phrase}`}${task.gate.message === null ? "" : `: ${task.gate.message}`}`,
        ]),
  ];
  for (const text of more) printer.line(`      ${printer.paint("gray", clean(text, COMMAND_MAX))}`);
}

/** The command of a shell task; the task text of an agent. */
function commandOf({ parameters }: PlannedTask): readonly string[] {
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) return [];
  const { run, command, task } = parameters as JsonMap;
  if (typeof run === "string") return run.trim().split("\n");
  if (Array.isArray(command)) return [command.map(textOf).join(" ")];
  return typeof task === "string" ? [task] : [];
}
