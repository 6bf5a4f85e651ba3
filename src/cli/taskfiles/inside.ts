/** What is asked for inside an attempt is counted as its run's, and may do no more than an agent may. */

import type { Problem } from "../../core/problem.ts";
import type { CheckedTask } from "../../exchange/taskfile/check-task.ts";
import { productionProblem } from "../../exchange/taskfile/production-asked.ts";
import { attemptAround } from "../../server/attempt-around.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { take } from "../refusal.ts";
import { agentFilesOf } from "./here.ts";

/** The attempt that this command is called in; null: in none. */
export function attemptHere(): string | null {
  return attemptAround(process.pid);
}

/** The front matter says where the file comes from. */
export function withParent(text: string, attempt: string): string {
  return text.replace(/^---[^\n]*\n/, (fence) => `${fence}parent: ${JSON.stringify(attempt)}\n`);
}

export interface AskedInside {
  readonly checked: CheckedTask;
  /** The file, as people see it. */
  readonly shown: string;
  readonly attempt: string;
}

/** Why nothing of it may be done on behalf of the attempt. */
export async function insideProblem(
  context: Context,
  project: Project,
  { checked, shown, attempt }: AskedInside,
): Promise<Problem | null> {
  const forbidden = productionProblem(checked, context.application.surroundings(project));
  if (forbidden !== null) return forbidden;
  const reader = take(context.application.read(project));
  if (reader === null) return null;
  try {
    const asking = { id: checked.task.id, shown, parents: [attempt] };
    return await agentFilesOf(context, project, reader).problem(asking);
  } finally {
    reader.close();
  }
}
