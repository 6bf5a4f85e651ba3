/** Where a task or run works. What an expression says is judged as if it were written out. */
import { isBranchName } from "./branch-name.ts";
import { Draft } from "./draft.ts";
import type { Entry } from "./event.ts";
import type { Scope } from "./expression/expression.ts";
import { must } from "./invariant.ts";
import { lateText } from "./late.ts";
import type { Lookup } from "./lookup.ts";
import { failure } from "./outcome.ts";
import type { Run } from "./run.ts";
import { type Read, scopeOf } from "./scope.ts";
import type { Late, Workflow, WorkspaceSpec } from "./workflow.ts";
import { type Home, SHARED, SHARED_RUN, WORKSPACE_WORDS, type Workspace } from "./workspace-words.ts";

export function readWorkspace(spec: WorkspaceSpec | null, scope: Scope, what: string): Read<Workspace> {
  return readOver(SHARED, spec, scope, what);
}

/** Of a run. */
export function readRunWorkspace({ settings }: Workflow, scope: Scope): Read<Workspace> {
  return readOver(SHARED_RUN, settings.workspace, scope, "settings.workspace");
}

function readOver(usual: Workspace, spec: WorkspaceSpec | null, scope: Scope, what: string): Read<Workspace> {
  if (spec === null) return { ok: true, value: usual };
  const values: Record<string, string | null> = { ...usual };
  for (const key of ["mode", "merge", "keep", "base", "branch"] as const) {
    const late: Late<string> | null = spec[key];
    if (late === null) continue;
    const read = lateText(late, scope, `${what}.${key}`);
    if (!read.ok) return read;
    const wrong = wrongIn(key, read.value);
    if (wrong !== null)
      return { ok: false, failure: failure("config_error", wrong.replace("%", `${what}.${key}`)) };
    values[key] = read.value;
  }
  return { ok: true, value: values as unknown as Workspace };
}

function wrongIn(key: keyof WorkspaceSpec, value: string): string | null {
  if (key === "base") return null;
  if (key === "branch")
    return isBranchName(value)
      ? null
      : `E_REF % gave ${JSON.stringify(value)}, which is no name for a branch`;
  const words: readonly string[] = WORKSPACE_WORDS[key];
  return words.includes(value)
    ? null
    : `% gave ${JSON.stringify(value)}, one of ${words.join(", ")} is needed`;
}

/** Around a run: those that called it, as far as they are open here. */
export interface Around {
  readonly runOf: (id: string) => Run | undefined;
  readonly momentIn: (id: string) => Entry;
  readonly lookup: Lookup;
}

export function homeOf(run: Run, around: Around): Home {
  const workspace = workspaceOf(run, around);
  const caller = around.runOf(run.start.parent?.run ?? "");
  const outer = caller === undefined ? null : homeOf(caller, around);
  return workspace.mode === "shared" && outer !== null ? outer : { run: run.id, workspace, outer };
}

/** It was read when the run started, so it can be read. What the task says that called it stands over it. */
function workspaceOf(run: Run, { momentIn, lookup }: Around): Workspace {
  const { worktree } = run.start;
  const asked = worktree === undefined ? {} : { mode: "worktree" as const, ...worktree };
  if (run.workflow.settings.workspace === null) return { ...SHARED_RUN, ...asked };
  const read = readRunWorkspace(run.workflow, scopeOf(new Draft(run, momentIn(run.id), lookup), null));
  must(read.ok, "the workspace of a run that has started can be read");
  return { ...read.value, ...asked };
}
