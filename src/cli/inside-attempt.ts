/**
 * What is asked for by command inside an attempt of the same project. No run begins or goes on there: it would be out of
 * sight and budget of the run it serves. Task files are done, and waited for only where that cannot last for ever.
 */
import { attemptAround } from "../server/attempt-around.ts";
import type { Project } from "./application.ts";
import type { Context } from "./context.ts";
import { refused, take } from "./refusal.ts";
import { isClosed } from "./words.ts";

const HINT =
  "call another workflow as a task of the workflow itself (agent: workflow), or leave it to others: decapod task new";

/** E_NOT_ALLOWED inside an attempt of this project. Inside one of another project nobody here waits for anything. */
export function notInsideAttempt(context: Context, project: Project): void {
  const attempt = attemptOf(context, project);
  if (attempt === null) return;
  const message = `this was asked from inside the attempt ${attempt}: the run would be out of sight and budget of its own`;
  throw refused("E_NOT_ALLOWED", message, HINT);
}

/**
 * Whether an attempt that waited for a run would keep the last slot from it. Whoever asks while one is free may wait: of
 * all who do so, at least the one that comes last does not.
 */
export async function holdsLastSlot(context: Context, project: Project): Promise<boolean> {
  if (attemptOf(context, project) === null) return false;
  const owner = await context.application.connect(project);
  return owner.ok && owner.value?.shown.freeSlots === 0;
}

function attemptOf({ application }: Context, project: Project): string | null {
  const attempt = attemptAround(process.pid);
  if (attempt === null) return null;
  const reader = take(application.read(project));
  const [run = ""] = attempt.split("/");
  const row = reader?.run(run) ?? null;
  reader?.close();
  // Who has the name of an attempt that is over serves nobody any more: the environment was copied.
  return row === null || isClosed(row.status) ? null : attempt;
}
