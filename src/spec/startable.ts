/** What stops a checked workflow from starting on this machine, before anything starts. */

import { type Template, templateReferences } from "../core/expression/template.ts";
import { canonical, type Json, type JsonMap } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import type { SecretSource, SecretSources } from "../core/secret-source.ts";
import { credentialsOf } from "../core/worker.ts";
import type { Task, Workflow, WorkspaceSpec } from "../core/workflow.ts";
import type { AskedOfDriver } from "../driver/driver.ts";
import type { Targets } from "./target.ts";
import { isSaid, writtenOf } from "./written-parameters.ts";

/** What this machine has. Filled by whoever knows drivers, the environment and the arm. */
export interface Machine {
  /** Why a task of this agent, so set, cannot be done here; none when it can. */
  readonly refuses: (asked: AskedOfDriver) => readonly Problem[];
  /** null: only asking it would tell, as with a command. */
  readonly hasSecret: (source: SecretSource) => boolean | null;
  /** True for one too short to be kept out of logs. */
  readonly isSecretShort?: (source: SecretSource) => boolean;
  /** Where deploys may go; absent: nobody asks. */
  readonly targets?: Targets;
  readonly pools: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  /** The workflow a call names, with the secrets it hands down among its own; null when it cannot be read now. */
  readonly called?: (call: Called, caller: Workflow) => Workflow | null;
  /** Every agent is replaced by the rehearsal, so nothing of the machine is needed. */
  readonly rehearse: boolean;
}

/** A sub-workflow that is named in the file itself. */
export interface Called {
  /** Name or path. */
  readonly name: string;
  readonly secrets: SecretSources;
}

/** Sub-workflows that are written out are looked into as well: what they lack is missing from the start. */
export function startProblems(workflow: Workflow, machine: Machine): readonly Problem[] {
  if (machine.rehearse) return [];
  const problems = new Map<string, Problem>();
  const add = (problem: Problem) => void problems.set(`${problem.code} ${problem.message}`, problem);
  for (const { one, task } of withCalled(workflow, machine.called)) {
    const where = task === null ? "" : ` (in ${one.name}, which task ${task} runs)`;
    for (const problem of ownProblems(one, machine))
      add({ ...problem, message: `${problem.message}${where}` });
  }
  return [...problems.values()];
}

/** The workflow and all that it calls, each with the task that calls it; null for the one at the top. */
export function withCalled(
  workflow: Workflow,
  called: Machine["called"],
): readonly { readonly one: Workflow; readonly task: string | null }[] {
  const found: { readonly one: Workflow; readonly task: string | null }[] = [{ one: workflow, task: null }];
  const seen = new Set<string>();
  const open = [...callsOf(workflow)];
  // Grows while it is walked through; a call that was looked into is not looked into again, so it ends.
  for (const { call, task, caller } of open) {
    const key = canonical(call as unknown as Json);
    const one = seen.has(key) ? null : (called?.(call, caller) ?? null);
    seen.add(key);
    if (one === null) continue;
    found.push({ one, task });
    open.push(...callsOf(one));
  }
  return found;
}

function ownProblems(workflow: Workflow, machine: Machine): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (problem: Problem) => void problems.push(problem);
  for (const task of tasksOf(workflow))
    for (const problem of [...taskProblems(task, machine), ...agentProblems(task, workflow, machine)])
      add(problem);
  for (const [name, source] of sourcesUsed(workflow)) {
    if (machine.hasSecret(source) === false) add(secretMissing(name, source));
    else if (machine.isSecretShort?.(source) === true) add(secretShort(name));
  }
  return problems;
}

interface Call {
  readonly call: Called;
  readonly task: string;
  readonly caller: Workflow;
}

/** Calls whose name is no expression. */
function callsOf(caller: Workflow): readonly Call[] {
  const { secrets } = caller;
  const calls: Call[] = [];
  for (const task of tasksOf(caller)) {
    if (task.kind !== "workflow") continue;
    const name = writtenOf(task, "path") ?? writtenOf(task, "name");
    if (typeof name !== "string") continue;
    const given = handedDown(task).flatMap((one) =>
      secrets[one] === undefined ? [] : [[one, secrets[one]]],
    );
    calls.push({ call: { name, secrets: Object.fromEntries(given) }, task: task.id, caller });
  }
  return calls;
}

/** Tasks of the file, its hooks and all bodies. */
export function* tasksOf(workflow: Workflow): Generator<Task> {
  for (const task of workflow.tasks) {
    yield task;
    if (task.body !== null) yield* tasksOf(task.body);
  }
}

function taskProblems(task: Task, machine: Machine): readonly Problem[] {
  const problems: Problem[] = [];
  if (mayBeWorktree(task.workspace) && task.map !== null && task.cache !== null)
    problems.push(later(`task ${task.id}: cache of items in worktrees`, "workspace: shared, or no cache"));
  if (task.repair !== null && task.kind !== "attempt")
    problems.push(later(`task ${task.id}: repair of a ${task.kind}`, "give it to the tasks inside"));
  if (task.agent === "deploy" && machine.targets?.size === 0) problems.push(...targetProblems(task));
  return task.kind === "attempt" ? [...problems, ...armProblems(task, machine)] : problems;
}

/** Before anybody works for it, or is asked about it. */
function targetProblems(task: Task): readonly Problem[] {
  const environment = writtenOf(task, "environment");
  if (typeof environment !== "string" || isSaid(task, "bucket")) return [];
  return [
    {
      code: "E_REQUIRED",
      message: `task ${task.id}: environment ${environment} has no target in decapod.yaml`,
      hint: `targets: { ${environment}: { bucket: … } }`,
    },
  ];
}

const OF_MACHINE: ReadonlySet<string> = new Set([
  "E_BUDGET",
  "E_DRIVER_LOGIN",
  "E_DRIVER_MISSING",
  "E_DRIVER_VERSION",
]);

/** What its driver says of the task, and of its fallback. What holds for the whole machine is said once. */
function agentProblems(task: Task, workflow: Workflow, machine: Machine): readonly Problem[] {
  return askedBy(task, workflow).flatMap((asked) =>
    machine.refuses(asked).map((problem) => {
      return OF_MACHINE.has(problem.code)
        ? problem
        : { ...problem, message: `task ${task.id}: ${problem.message}` };
    }),
  );
}

/** All that drivers will be asked to do. */
export function askedAgents(workflow: Workflow): readonly AskedOfDriver[] {
  return [...tasksOf(workflow)].flatMap((task) => askedBy(task, workflow));
}

function askedBy(task: Task, { roles, workers }: Workflow): readonly AskedOfDriver[] {
  if (task.kind !== "attempt") return [];
  const options = writtenOptions(task.options);
  const environmentNames = task.env.map(([name]) => name);
  const ask = (agent: string, more: JsonMap): AskedOfDriver => {
    const worker = workers.get(agent);
    return {
      agent,
      agentRole: roles.get(agent) ?? null,
      ...(worker && { worker }),
      options: { ...options, ...more },
      environmentNames,
    };
  };
  const { fallback, repair } = task;
  const first = ask(task.agent, {});
  const mending = { options: {}, environmentNames: [] };
  return [
    first,
    ...(fallback === null ? [] : [ask(fallback.agent, writtenOptions(fallback.options))]),
    ...(repair === null ? [] : [{ ...ask(repair.agent, {}), ...mending }]),
  ];
}

/** Also when an expression may say it. */
export function mayBeWorktree(workspace: WorkspaceSpec | null): boolean {
  const mode = workspace?.mode ?? null;
  return mode !== null && mode !== "shared";
}

function later(what: string, instead: string): Problem {
  return {
    code: "E_NOT_IN_THIS_VERSION",
    message: `${what} is not carried out by this version yet`,
    hint: `${instead}, or rehearse it with --rehearse`,
  };
}

/** What an expression gives is known later, and looked at then. */
function writtenOptions(options: Template | null): JsonMap {
  if (options?.kind === "literal") return options.value as JsonMap;
  if (options?.kind !== "map") return {};
  return Object.fromEntries(
    options.entries.flatMap(([key, value]) => (value.kind === "literal" ? [[key, value.value]] : [])),
  );
}

/** Pools and labels that are written out; what an expression gives is known later. */
function armProblems(task: Task, { pools, labels }: Machine): readonly Problem[] {
  const problems: Problem[] = [];
  if (typeof task.pool === "string" && !pools.has(task.pool)) {
    problems.push({
      code: "E_NO_ARM",
      message: `task ${task.id} asks for the pool "${task.pool}", and no arm has it`,
      hint: `pools here: ${[...pools].join(", ")}`,
    });
  }
  const asked =
    task.labels?.kind === "literal" && Array.isArray(task.labels.value) ? task.labels.value.map(String) : [];
  const lacking = asked.filter((label) => !labels.has(label));
  if (lacking.length > 0) {
    problems.push({
      code: "E_NO_ARM",
      message: `task ${task.id} asks for the labels ${lacking.join(", ")}, and no arm has them`,
      hint: `labels here: ${[...labels].join(", ") || "none"}`,
    });
  }
  return problems;
}

/** Names of the secrets that some task's environment, credential or sub-workflow uses. */
export function secretsUsed(workflow: Workflow): readonly string[] {
  const names = new Set<string>();
  for (const task of tasksOf(workflow)) {
    for (const template of [...task.env.map(([, value]) => value), task.parameters]) {
      for (const { head, path } of templateReferences(template))
        if (head === "secrets" && path[0] !== undefined) names.add(path[0]);
    }
    for (const name of handedDown(task)) names.add(name);
  }
  return [...names];
}

/** The secrets its tasks use, and the credentials of its workers. */
function sourcesUsed(workflow: Workflow): readonly (readonly [string, SecretSource])[] {
  const own = secretsUsed(workflow).flatMap((name) => {
    const source = workflow.secrets[name];
    return source === undefined ? [] : [[name, source] as const];
  });
  const used = new Set([...tasksOf(workflow)].map(({ agent }) => agent));
  const ofWorkers = [...workflow.workers]
    .filter(([name]) => used.has(name))
    .flatMap(([name, worker]) => Object.entries(credentialsOf(name, worker)));
  return [...own, ...ofWorkers];
}

/** `secrets: [NAMES]` of a sub-workflow. */
function handedDown(task: Task): readonly string[] {
  const names = task.kind === "workflow" ? writtenOf(task, "secrets") : undefined;
  return Array.isArray(names) ? names.map(String) : [];
}

function secretShort(name: string): Problem {
  return {
    code: "E_SECRET_SHORT",
    message: `secret ${name} has fewer than 8 characters: it could not be kept out of logs`,
    hint: "use a longer one",
  };
}

function secretMissing(name: string, source: SecretSource): Problem {
  const where =
    "env" in source
      ? `the environment has no ${source.env}`
      : "file" in source
        ? `the file ${source.file} cannot be read`
        : "its command gave nothing";
  const hint =
    "env" in source
      ? `export ${source.env}=…`
      : "file" in source
        ? `write the secret into ${source.file}`
        : "run the command by hand";
  return { code: "E_SECRET_MISSING", message: `the secret ${name} is missing: ${where}`, hint };
}
