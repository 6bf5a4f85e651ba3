/** Concurrency groups are project-wide: two files of the project may not give one group different limits. */

import { LIMITS } from "../core/limits.ts";
import type { Place, Problem, Result } from "../core/problem.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import type { Files } from "../port/files.ts";
import { type FoundWorkflow, listWorkflows, type Project } from "./project.ts";
import { tasksOf } from "./startable.ts";
import type { Checked } from "./surroundings.ts";

export interface Neighbours {
  readonly project: Project;
  readonly files: Files;
  /** The file that is compared with the others, as an absolute path and as people see it. */
  readonly path: string;
  readonly shown: string;
  readonly text: string;
  readonly read: (found: FoundWorkflow) => Result<Checked>;
}

/** Reads other files only where this one has groups, and of them those in which the name of one stands. */
export function sharedGroupProblems(workflow: Workflow, neighbours: Neighbours): readonly Problem[] {
  const own = writtenGroups(workflow);
  if (own.length === 0) return [];
  return othersNaming(own, neighbours).flatMap(([shown, theirs]) =>
    own.flatMap((user) => {
      const other = theirs.find(({ key, limit }) => key === user.key && limit !== user.limit);
      return other === undefined ? [] : [problemOf(user, other, shown, neighbours)];
    }),
  );
}

interface GroupUser {
  /** Groups of runs and groups of tasks are counted apart. */
  readonly key: string;
  readonly group: string;
  readonly limit: number;
  /** The task that uses it; null for a whole run. */
  readonly task: Pick<Task, "id" | "line"> | null;
}

/** The first user of each group whose name and limit are written out; within a file all agree. */
function writtenGroups(workflow: Workflow): readonly GroupUser[] {
  const users = new Map<string, GroupUser>();
  const add = (concurrency: Task["concurrency"], task: GroupUser["task"]) => {
    const { group, limit } = concurrency ?? {};
    const key = `${task === null ? "runs" : "tasks"} ${String(group)}`;
    if (typeof group !== "string" || typeof limit !== "number" || users.has(key)) return;
    users.set(key, { key, group, limit, task });
  };
  add(workflow.settings.concurrency, null);
  for (const task of tasksOf(workflow)) add(task.concurrency, task);
  return [...users.values()];
}

/** A file that cannot be read, or is wrong, says so when somebody runs it. */
function othersNaming(
  own: readonly GroupUser[],
  { project, files, path, read }: Neighbours,
): readonly (readonly [string, readonly GroupUser[]])[] {
  return listWorkflows(project, files, []).flatMap((found) => {
    if (found.path === path) return [];
    const stat = files.statTarget(found.path);
    if (stat?.kind !== "file" || stat.size > LIMITS.jsonBytes.default) return [];
    const text = files.readTextIf(found.path) ?? "";
    if (!own.some(({ group }) => text.includes(group))) return [];
    const checked = read(found);
    return checked.ok ? [[found.shown, writtenGroups(checked.value.workflow)] as const] : [];
  });
}

function problemOf(user: GroupUser, other: GroupUser, there: string, neighbours: Neighbours): Problem {
  const where = other.task === null ? there : `${there}, task ${other.task.id}`;
  const at = user.task === null ? null : placeOf(user.task, neighbours);
  return {
    code: "E_GROUP_LIMIT",
    message: `group ${user.group} has the limit ${user.limit} here and ${other.limit} in ${where}`,
    hint: "give every user of a group the same limit",
    ...(at !== null && { at }),
  };
}

/** The id of the task; null where the reader keeps no lines. */
function placeOf({ id, line }: Pick<Task, "id" | "line">, { shown, text }: Neighbours): Place | null {
  if (line === 0) return null;
  const before = text.split("\n")[line - 1]?.indexOf(id) ?? -1;
  return { file: shown, line, column: Math.max(0, before) + 1, length: id.length };
}
