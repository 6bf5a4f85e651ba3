/**
 * No run begins or goes on because an attempt of the same project asks for it by command: it would be out of sight and
 * budget of the run it serves, and the attempt would hold its slot for as long as it waits for one.
 */
import { attemptAround } from "../server/attempt-around.ts";
import type { Project } from "./application.ts";
import type { Context } from "./context.ts";
import { refused, take } from "./refusal.ts";
import { isClosed } from "./words.ts";

const HINT =
  "call another workflow as a task of the workflow itself (agent: workflow), or leave it to others: decapod task new";

/** E_NOT_ALLOWED inside an attempt of this project. Inside one of another project nobody here waits for anything. */
export function notInsideAttempt({ application }: Context, project: Project): void {
  const attempt = attemptAround(process.pid);
  if (attempt === null) return;
  const reader = take(application.read(project));
  const [run = ""] = attempt.split("/");
  const row = reader?.run(run) ?? null;
  reader?.close();
  // Who has the name of an attempt that is over serves nobody any more: the environment was copied.
  if (row === null || isClosed(row.status)) return;
  const message = `this was asked from inside the attempt ${attempt}: the run would be out of sight and budget of its own`;
  throw refused("E_NOT_ALLOWED", message, HINT);
}
