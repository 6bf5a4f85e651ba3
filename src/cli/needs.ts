/** What a workflow would need to run, as far as its text tells. No program is started, no secret is shown. */

import type { Template } from "../core/expression/template.ts";
import type { JsonMap } from "../core/json.ts";
import type { SecretSource } from "../core/secret-source.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import { BUILT_IN_WORKERS } from "../spec/built-in-names.ts";
import { pinnedCall } from "../spec/called.ts";
import { type Called, secretsUsed, tasksOf, withCalled } from "../spec/startable.ts";
import { knownSecret } from "../work/secrets.ts";
import type { Application, Project } from "./application.ts";

export interface NeededSecret {
  readonly name: string;
  readonly from: string;
  /** null: only its command would tell. */
  readonly found: boolean | null;
}

export interface Needs {
  readonly roles: readonly string[];
  readonly workers: readonly string[];
  readonly secrets: readonly NeededSecret[];
  /** Sub-workflows by name or path. */
  readonly workflows: readonly string[];
  /** First words of `command`; what scripts call is not known. */
  readonly programs: readonly string[];
  readonly pools: readonly string[];
  readonly labels: readonly string[];
}

const OWN_AGENTS: ReadonlySet<string> = new Set(["shell", "notify", "http"]);

export function needsOf(workflow: Workflow, { files, environment }: Application, { root }: Project): Needs {
  const tasks = [...tasksOf(workflow)];
  const agents = tasks.flatMap(agentsOf).filter((agent) => !OWN_AGENTS.has(agent));
  const ports = { files, environment, projectRoot: root };
  return {
    roles: unique(agents.filter((agent) => !BUILT_IN_WORKERS.includes(agent))),
    workers: unique(agents.filter((agent) => BUILT_IN_WORKERS.includes(agent))),
    secrets: secretsOf(workflow, ports),
    workflows: unique(tasks.flatMap((task) => written(task, "workflow", ["name", "path"]))),
    programs: unique(tasks.flatMap(programOf)),
    pools: unique(
      tasks.flatMap(({ pool }) => (typeof pool === "string" && pool !== "default" ? [pool] : [])),
    ),
    labels: unique(tasks.flatMap(({ labels }) => (labels?.kind === "literal" ? [labels.value].flat() : []))),
  };
}

/** Whether they can be found here, of called workflows too; never what they are. */
export function neededSecrets(
  workflow: Workflow,
  { files, environment }: Application,
  { root }: Project,
): readonly NeededSecret[] {
  return secretsOf(workflow, { files, environment, projectRoot: root });
}

function secretsOf(workflow: Workflow, ports: Parameters<typeof knownSecret>[1]): readonly NeededSecret[] {
  const needed = new Map<string, NeededSecret>();
  const called = (call: Called, { workflows }: Workflow) => pinnedCall(call, workflows)?.workflow ?? null;
  for (const { one } of withCalled(workflow, called)) {
    for (const name of secretsUsed(one)) {
      const source = one.secrets[name];
      if (source === undefined) continue;
      const from = sourceText(source);
      const value = knownSecret(source, ports);
      needed.set(`${name} ${from}`, { name, from, found: value === undefined ? null : value !== null });
    }
  }
  return [...needed.values()];
}

/** `KEY from the environment variable KEY: missing here` */
export function secretText({ name, from, found }: NeededSecret): string {
  const where = `${name} from ${from}`;
  if (found === null) return `${where}: only running it would tell`;
  return found ? `${where}: found` : `${where}: missing here`;
}

function agentsOf({ kind, agent, fallback }: Task): readonly string[] {
  if (kind !== "attempt") return [];
  return fallback === null ? [agent] : [agent, fallback.agent];
}

function sourceText(source: SecretSource): string {
  if ("env" in source) return `the environment variable ${source.env}`;
  return "file" in source ? `the file ${source.file}` : `the command ${source.command[0] ?? ""}`;
}

/** The program of `command: [program, …]`, where it is written out. */
function programOf({ agent, parameters }: Task): readonly string[] {
  if (agent !== "shell") return [];
  const command = entryOf(parameters, "command");
  if (command?.kind === "list") return textsOf([command.items[0]]);
  if (command?.kind === "literal" && Array.isArray(command.value)) return [String(command.value[0])];
  return [];
}

function written({ kind, parameters }: Task, of: Task["kind"], names: readonly string[]): readonly string[] {
  return kind === of ? textsOf(names.map((name) => entryOf(parameters, name))) : [];
}

function textsOf(templates: readonly (Template | undefined)[]): readonly string[] {
  return templates.flatMap((template) =>
    template?.kind === "literal" && typeof template.value === "string" ? [template.value] : [],
  );
}

function entryOf(template: Template, name: string): Template | undefined {
  if (template.kind === "map") return template.entries.find(([key]) => key === name)?.[1];
  if (template.kind !== "literal") return undefined;
  const value = (template.value as JsonMap | null)?.[name];
  return value === undefined ? undefined : { kind: "literal", value };
}

function unique(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map(String))];
}
