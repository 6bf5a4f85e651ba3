/** decapod workflow list: the workflows that can be named. */
import { EXIT } from "../../core/problem.ts";
import { listWorkflows, readProject } from "../../spec/project.ts";
import { readWritten, type Written } from "../../spec/written.ts";
import { type Context, hint, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take } from "../refusal.ts";
import { printTable } from "../table.ts";

export async function action(context: Context): Promise<number> {
  const { application, globals, out } = context;
  const { root } = projectOf(context);
  const { files, cwd, builtInFolders, calledAs } = application;
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  const workflows = listWorkflows(project, files, builtInFolders).map(({ name, path, shown, from }) => {
    return { name, from, file: shown, written: readWritten(files, path) };
  });
  if (globals.json) {
    const shown = workflows.map(({ written, ...one }) => ({
      ...one,
      description: written?.description ?? null,
    }));
    out.line(jsonText({ schemaVersion: 1, workflows: shown }));
  } else {
    const isFull = globals.wide || !out.isTerminal;
    const rows = workflows.map(({ name, from, file, written }) => [
      { text: name },
      { text: from },
      ...(isFull ? [{ text: file }] : []),
      { text: whatOf(written) },
    ]);
    const headers = ["WORKFLOW", "FROM", ...(isFull ? ["FILE"] : []), "WHAT"];
    printTable(out, { headers, rows }, globals.wide);
    hint(context, `next: ${calledAs} workflow show ${clean(workflows[0]?.name ?? "WORKFLOW")}`);
  }
  return EXIT.done;
}

/** Of one without a description, what it does can be seen from its tasks. */
function whatOf(written: Written | null): string {
  if (written === null) return "cannot be read: decapod validate says why";
  return written.description ?? written.tasks.join(", ");
}
