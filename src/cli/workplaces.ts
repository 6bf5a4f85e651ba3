/** Why a worktree that somebody asked for will be none, as far as it is known before anything runs. */
import { join } from "node:path";
import { isMap, type Json } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import type { Task, Workflow } from "../core/workflow.ts";
import { branchOf, checkedOutAt, commitAt, findRepository, hasWorktrees } from "../git/repository.ts";
import type { Project } from "./application.ts";
import type { Context } from "./context.ts";
import { isAnyApart, type PlannedTask } from "./plan.ts";
import { repositoryHere } from "./repository-here.ts";
import { knownRoles } from "./roles.ts";

/** One line for each thing that will be otherwise than somebody asked for. */
export async function workplaceNotes(
  context: Context,
  project: Project,
  workflow: Workflow,
  tasks: readonly PlannedTask[],
): Promise<readonly string[]> {
  const refused = isAnyApart(tasks) ? await refusal(context, project) : null;
  return [
    ...missedByRole(context, project, workflow),
    ...leftToPerson(context, project, workflow),
    ...(refused === null
      ? []
      : [`worktrees are refused here: ${refused.code} ${refused.message}${hintOf(refused)}`]),
  ];
}

/** As far as the file says it; what an expression names is known later. */
function leftToPerson({ application: { files } }: Context, { root }: Project, { settings }: Workflow) {
  const { mode, merge, base } = settings.workspace ?? {};
  const isMerged = mode === "worktree" && merge != null && merge !== "none";
  const repository = findRepository(files, root);
  if (!isMerged || !repository.ok) return [];
  const { tree, common } = repository.value;
  const into = base ?? branchOf(files, tree.gitFolder);
  const place = typeof into === "string" ? checkedOutAt(files, common, into) : null;
  if (place === null) return [];
  const why = `while ${into} is checked out in ${place}`;
  return [`the run's branch will not be merged ${why}: git merge it yourself, or name another base`];
}

function hintOf({ hint }: Problem): string {
  return hint === undefined ? "" : `; try: ${hint}`;
}

/** Tasks whose role asks for a worktree, and that work in the project all the same. */
function missedByRole({ application }: Context, project: Project, workflow: Workflow): readonly string[] {
  const plain = tasksBelow(workflow).filter(
    ({ kind, workspace }) => kind === "attempt" && workspace === null,
  );
  if (plain.length === 0) return [];
  const apart = new Set(
    knownRoles(application, project)
      .filter(({ fields }) => asksForWorktree(fields.workspace))
      .flatMap(({ names }) => names),
  );
  const missed = plain.filter(({ agent }) => apart.has(agent)).map(({ id }) => id);
  if (missed.length === 0) return [];
  const why = hasWorktrees(application.files, project.root)
    ? "the workflow says workspace: shared"
    : "there is no git repository with a commit here";
  return [`${missed.join(", ")}: no worktree, though the role asks for one: ${why}`];
}

function asksForWorktree(workspace: Json | undefined): boolean {
  return workspace === "worktree" || (isMap(workspace) && workspace.mode === "worktree");
}

function tasksBelow({ tasks }: Workflow): readonly Task[] {
  return tasks.flatMap((task) => [task, ...(task.body === null ? [] : tasksBelow(task.body))]);
}

/** What the first attempt in a worktree would be told. Looked at without leaving a trace in the project. */
async function refusal({ application }: Context, project: Project): Promise<Problem | null> {
  const { files, environment, random } = application;
  const name = `decapod-${Buffer.from(random.bytes(8)).toString("hex")}`;
  const folder = join(environment.TMPDIR ?? "/tmp", name);
  try {
    const here = repositoryHere(application, project, folder);
    const head = here.ok ? await commitAt(here.value.git, here.value.repository.tree, "HEAD") : here;
    return head.ok ? null : (head.problems[0] ?? null);
  } finally {
    files.removeTree(folder);
  }
}
