/** How many task files of agents wait in `pending` for a person to let them through. */
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { agentFilesOf, foldersOf } from "./here.ts";

export async function heldBack(context: Context, project: Project, reader: Reader): Promise<number> {
  const folders = foldersOf(context, project);
  const agentFiles = agentFilesOf(context, project, reader);
  await agentFiles.lookBack(folders, () => reader.owned);
  let waiting = 0;
  for (const file of folders.list("pending"))
    if ((await agentFiles.heldBack(folders, file)) !== null) waiting += 1;
  return waiting;
}
