/** A new task file in tasks/pending, checked before it is there. */
import { checkTask } from "../../exchange/taskfile/check-task.ts";
import { FOLDERS, idOf } from "../../exchange/taskfile/task-folders.ts";
import { fileOfId, keyOfId } from "../../exchange/taskfile/task-id.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { take } from "../refusal.ts";
import { foldersOf } from "./here.ts";

/** Two tasks of one minute get numbers, also where both are written at once. */
export function writeTaskFile(context: Context, project: Project, text: string) {
  const folders = foldersOf(context, project);
  const taken = new Set(FOLDERS.flatMap((folder) => folders.list(folder)).map((file) => keyOfId(idOf(file))));
  for (let number = 1; ; number += 1) {
    const draft = numbered(text, number);
    if (taken.has(keyOfId(draft.id))) continue;
    const { shown } = folders.at("pending", fileOfId(draft.id));
    const { task } = take(
      checkTask(shown, Buffer.from(draft.text), context.application.surroundings(project)),
      "nothing was written",
    );
    if (take(folders.create(shown, draft.text))) return { id: draft.id, shown, task };
  }
}

/** Its task_id stands in quotes or not, as the template has it. */
function numbered(text: string, number: number): { readonly id: string; readonly text: string } {
  const [line = "", key = "", quote = "", first = "", end = ""] =
    /^(task_id:[ \t]*)(["']?)(\S*?)\2((?:[ \t]+#.*)?[ \t]*)\r?$/m.exec(text) ?? [];
  const id = number === 1 ? first : `${first}-${number}`;
  return { id, text: text.replace(line, () => `${key}${quote}${id}${quote}${end}`) };
}
