/** decapod workflow: the workflows that can be named, and their schema for editors. */
import { EXIT } from "../../core/problem.ts";
import { packageFolder } from "../../port/package-folder.ts";
import { listWorkflows, readProject } from "../../spec/project.ts";
import { type Context, flagOption, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { take, usage } from "../refusal.ts";
import { printTable } from "../table.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const [what = ""] = words;
  if (what === "list") return list(context);
  if (what === "schema") return schema(context, flagOption(options, "yaml"));
  const { calledAs } = context.application;
  throw usage(
    `there is no "workflow ${clean(what, 40)}"`,
    `${calledAs} workflow list, ${calledAs} workflow schema`,
  );
}

function list(context: Context): number {
  const { application, globals, out } = context;
  const { root } = projectOf(context);
  const { files, cwd } = application;
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  const found = listWorkflows(project, files, packageFolder("examples"));
  const workflows = found.map(({ name, shown, from }) => ({ name, file: shown, from }));
  if (globals.json) out.line(jsonText({ schemaVersion: 1, workflows }));
  else {
    const rows = workflows.map(({ name, file, from }) => [{ text: name }, { text: from }, { text: file }]);
    printTable(out, { headers: ["WORKFLOW", "FROM", "FILE"], rows }, globals.wide);
    hint(context, `next: ${application.calledAs} run ${clean(workflows[0]?.name ?? "WORKFLOW")} --dry-run`);
  }
  return EXIT.done;
}

/** Printed from the same source that checks files. */
async function schema({ out }: Context, isYaml: boolean): Promise<number> {
  const { workflowJsonSchema, workflowSchemaYaml } = await import("../../spec/schema-json.ts");
  out.line(isYaml ? workflowSchemaYaml().trimEnd() : jsonText(workflowJsonSchema()));
  return EXIT.done;
}
