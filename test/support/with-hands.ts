/**
 * A template with hands of its own: its agents become scripts and its approvals a yes (unless `isAsked`), so that
 * everything else in it (its scripts, conditions, loops, git) runs as it is, in a real repository, without an agent
 * program.
 */
import { parse } from "yaml";
import { ROLES } from "./surroundings.ts";

type Task = Record<string, unknown> & { id: string; agent: string; parameters?: Record<string, unknown> };

/** A script, or one with values of the workflow in its environment. */
export type Hand = string | { readonly run: string; readonly env: Readonly<Record<string, string>> };

/** As JSON, which is a workflow file as well. A role that has no script fails when it is called. */
export function withHands(template: string, hands: Readonly<Record<string, Hand>>, isAsked = false): string {
  const workflow = parse(template) as { tasks: Task[] };
  for (const task of tasksOf(workflow.tasks)) {
    const isRole = ROLES.includes(task.agent);
    if (!isRole && (isAsked || task.agent !== "approval")) {
      // Nobody waits for services here.
      const repeat = task.repeat as { delay?: number } | undefined;
      if (repeat?.delay !== undefined) repeat.delay = 0;
      continue;
    }
    const hand = isRole ? (hands[task.id] ?? `echo "no script for ${task.id}"; exit 9`) : "true";
    task.agent = "shell";
    task.parameters = { run: typeof hand === "string" ? hand : hand.run };
    if (typeof hand !== "string") task.env = hand.env;
  }
  return JSON.stringify(workflow);
}

/** The script of a task as it stands in a template. */
export function scriptOf(template: string, id: string): string {
  const { tasks } = parse(template) as { tasks: Task[] };
  const script = [...tasksOf(tasks)].find((task) => task.id === id)?.parameters?.run;
  if (typeof script === "string") return script;
  throw new Error(`there is no script of ${id}`);
}

function* tasksOf(tasks: readonly Task[]): Generator<Task> {
  for (const task of tasks) {
    yield task;
    if (task.agent === "group") yield* tasksOf((task.parameters?.tasks ?? []) as Task[]);
  }
}
