/** Where a caller of tools may point at. */
import { resolve } from "node:path";
import { isInside } from "../../spec/user-folder.ts";
import { type Context, projectOf } from "../context.ts";
import { clean } from "../print.ts";
import { refused } from "../refusal.ts";

/** A name is looked for where workflows lie; a path, also by way of links, must stay in the project. */
export function insideProject(context: Context, workflow: string): void {
  const { files, cwd } = context.application;
  const isName = !workflow.includes("/") && !files.exists(resolve(cwd, workflow));
  if (isName || isInside(projectOf(context).root, resolve(cwd, workflow), files)) return;
  throw refused(
    "E_OUTSIDE_ROOT",
    `workflow: ${clean(workflow, 200)} lies outside the project`,
    "copy it into it",
  );
}
