/** What the engine finds where a person is to be asked, and what attempts find of it when they begin. */
import type { Claim, Effect } from "../../src/core/effect.ts";
import type { AttemptOutcome } from "../../src/core/event.ts";
import { failure } from "../../src/core/outcome.ts";
import { at } from "../../src/core/vector.ts";
import type { World } from "./world.ts";

const NOTHING_ELSE = { since: null, artefact: null, notes: [] };

/** What changes is small, large or unknown by the name of the task. */
export function measured(
  world: World,
  id: string,
  { task, asked: { target } }: Effect & { readonly do: "measure" },
): void {
  const files = [1, 5, null][task.length % 3] ?? null;
  const change = files === null ? null : { files, deletions: 0, paths: [] };
  const found = { target, commit: "c0", change, ...NOTHING_ELSE };
  if (world.send(id, { type: "task.measured", task, found }) === null) world.count("task.measured");
}

/** Of a task that was looked at each third attempt finds another commit, and is not begun. */
export function unlessStale(
  world: World,
  id: string,
  { claim, outcome }: { readonly claim: Claim; readonly outcome: AttemptOutcome },
): AttemptOutcome {
  const run = world.live.get(id)?.run;
  const index = run?.workflow.indexOf.get(claim.task);
  if (run === undefined || index === undefined || claim.attempt % 3 !== 1) return outcome;
  const { measured: approved, approval } = at(run.tasks, index);
  if (approved === null || approval === null) return outcome;
  world.count("stale approvals");
  const stale = { target: "t", commit: "c1", change: null, ...NOTHING_ELSE };
  return { ...outcome, status: "failed", failure: failure("config_error", "another commit"), stale };
}
