/** What the one who does a task is given: parameters, options and environment, every expression read. */
import type { Assignment } from "./event.ts";
import type { Scope } from "./expression/expression.ts";
import type { EnvironmentValue, Template } from "./expression/template.ts";
import type { JsonMap } from "./json.ts";
import { type Read, readEnvironment, readMap } from "./scope.ts";
import type { Task } from "./workflow.ts";

export type Given = Pick<Assignment, "parameters" | "options" | "env">;

export function readGiven(task: Task, scope: Scope): Read<Given> {
  const parameters = mapOf(task.parameters, scope, "parameters");
  if (!parameters.ok) return parameters;
  const options = mapOf(task.options, scope, "options");
  if (!options.ok) return options;
  const env = environmentOf(task, scope);
  if (!env.ok) return env;
  return { ok: true, value: { parameters: parameters.value, options: options.value, env: env.value } };
}

export function mapOf(template: Template | null, scope: Scope, what: string): Read<JsonMap> {
  return template === null ? { ok: true, value: {} } : readMap(template, scope, what);
}

function environmentOf(task: Task, scope: Scope): Read<Assignment["env"]> {
  const env: Record<string, EnvironmentValue> = {};
  for (const [name, template] of task.env) {
    const read = readEnvironment(template, scope, `env.${name}`);
    if (!read.ok) return read;
    env[name] = read.value;
  }
  return { ok: true, value: env };
}
