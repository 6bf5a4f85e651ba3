/** A new task file in tasks/pending, checked before it is there. */
import { checkTask } from "../../exchange/taskfile/check-task.ts";
import { FOLDERS, idOf } from "../../exchange/taskfile/task-folders.ts";
import { fileOfId, keyOfId } from "../../exchange/taskfile/task-id.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { Refused, take } from "../refusal.ts";
import { foldersOf, letThroughOf } from "./here.ts";
import { type AskedInside, attemptHere, insideProblem, withParent } from "./inside.ts";

/** Two tasks of one minute get numbers, also where both are written at once. */
export async function writeTaskFile(context: Context, project: Project, written: string) {
  const folders = foldersOf(context, project);
  const attempt = attemptHere();
  const text = attempt === null ? written : withParent(written, attempt);
  const taken = new Set(FOLDERS.flatMap((folder) => folders.list(folder)).map((file) => keyOfId(idOf(file))));
  for (let number = 1; ; number += 1) {
    const draft = numbered(text, number);
    if (taken.has(keyOfId(draft.id))) continue;
    const { shown } = folders.at("pending", fileOfId(draft.id));
    const checked = take(
      checkTask(shown, Buffer.from(draft.text), context.application.surroundings(project)),
      NOTHING,
    );
    const { task } = checked;
    if (attempt === null) letThroughOf(context, project).add(draft.id, task.digest);
    else await refuseInside(context, project, { checked, shown, attempt });
    if (take(folders.create(shown, draft.text))) return { id: draft.id, shown, task };
  }
}

const NOTHING = "nothing was written";

async function refuseInside(context: Context, project: Project, asked: AskedInside): Promise<void> {
  const problem = await insideProblem(context, project, asked);
  if (problem === null) return;
  throw new Refused([{ ...problem, hint: "a person writes it, or what this task gives asks for it" }], {
    consequence: NOTHING,
  });
}

/** Its task_id stands in quotes or not, as the template has it. */
function numbered(text: string, number: number): { readonly id: string; readonly text: string } {
  const [line = "", key = "", quote = "", first = "", end = ""] =
    /^(task_id:[ \t]*)(["']?)(\S*?)\2((?:[ \t]+#.*)?[ \t]*)\r?$/m.exec(text) ?? [];
  const id = number === 1 ? first : `${first}-${number}`;
  return { id, text: text.replace(line, () => `${key}${quote}${id}${quote}${end}`) };
}
