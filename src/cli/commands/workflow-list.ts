/** decapod workflow list: the workflows that can be named. */
import { EXIT } from "../../core/problem.ts";
import { listWorkflows, readProject } from "../../spec/project.ts";
import { type Context, hint, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printTable } from "../table.ts";

export async function action(context: Context): Promise<number> {
  const { application, globals, out } = context;
  const { root } = projectOf(context);
  const { files, cwd } = application;
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  const found = listWorkflows(project, files, application.builtInFolders);
  const workflows = found.map(({ name, shown, from }) => ({ name, file: shown, from }));
  if (globals.json) out.line(jsonText({ schemaVersion: 1, workflows }));
  else {
    const rows = workflows.map(({ name, file, from }) => [{ text: name }, { text: from }, { text: file }]);
    printTable(out, { headers: ["WORKFLOW", "FROM", "FILE"], rows }, globals.wide);
    hint(context, `next: ${application.calledAs} run ${clean(workflows[0]?.name ?? "WORKFLOW")} --dry-run`);
  }
  return EXIT.done;
}
