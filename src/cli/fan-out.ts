/** run --dry-run: where a run will ask before it starts more agents than the cap, as far as it is known by then. */
import type { Scope } from "../core/expression/expression.ts";
import { render, type Template } from "../core/expression/template.ts";
import { agentsIn, type FanOutCap, fanOutCap, fanOutPlace, fanOutTold, itemsOf } from "../core/fan-out.ts";
import { isMap, type Json } from "../core/json.ts";
import { thousands } from "../core/thousands.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import { readUserSettings, userFilePath } from "../spec/user-folder.ts";
import type { Application, Project } from "./application.ts";

/** A configuration that cannot be read stops the start, and says so there. */
export function fanOutHere({ environment, files }: Application, { root, config }: Project): FanOutCap {
  const user = readUserSettings(environment, root, files);
  const person = user.ok ? user.value.fanOut : null;
  return fanOutCap({ project: config.fanOut, person, personFile: userFilePath(environment) });
}

export interface FanOutQuestion {
  /** false: it asks if there are too many. */
  readonly isCertain: boolean;
  readonly words: string;
}

/** For each task that asks, or that may ask. */
export function fanOutQuestions(
  workflow: Workflow,
  scope: Scope,
  { cap, file }: FanOutCap,
): readonly FanOutQuestion[] {
  return everyMapped(workflow, scope).flatMap(({ task, items }) => {
    const each = agentsIn(task, workflow);
    if (each === 0 || (items !== null && items * each <= cap)) return [];
    const { id } = task;
    if (items !== null)
      return { isCertain: true, words: fanOutTold({ id, items, each, runs: 1 }, cap, file) };
    const words = `if more than ${thousands(cap)} agents would start (tasks ${id}[…]); how many there are shows in the run (${fanOutPlace(file)})`;
    return { isCertain: false, words };
  });
}

interface Mapped {
  readonly task: Task;
  /** null: not known before the run. */
  readonly items: number | null;
}

/** Also inside groups, whose values nobody knows yet. */
function everyMapped({ tasks }: Workflow, scope: Scope | null): readonly Mapped[] {
  return tasks.flatMap((task) => [
    ...(task.map === null
      ? []
      : [{ task, items: scope === null ? null : itemsOf(task.map, (list) => sizeOf(list, scope)) }]),
    ...(task.body === null ? [] : everyMapped(task.body, null)),
  ]);
}

function sizeOf(template: Template, scope: Scope): number | null {
  const read = render(template, scope);
  return read.ok ? countOf(read.value) : null;
}

function countOf(value: Json): number | null {
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : null;
}
