/** decapod validate: checks workflow files, all problems of all files at once. */
import { resolve } from "node:path";
import { exitOfAll } from "../../core/codes.ts";
import type { Problem } from "../../core/problem.ts";
import { listWorkflows, readProject } from "../../spec/project.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { type NeededSecret, neededSecrets, secretText } from "../needs.ts";
import { clean } from "../print.ts";
import { printProblems } from "../problems.ts";
import { refused, take } from "../refusal.ts";
import { unlessRefused } from "../refused-by-system.ts";
import { count } from "../text.ts";

const FRAME_BYTES_MAX = 8 * 1024 * 1024;

interface Validated {
  readonly file: string;
  readonly text: string | null;
  readonly name: string | null;
  readonly tasks: number;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly secrets: readonly NeededSecret[];
}

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { globals, out, application } = context;
  const project = projectOf(context);
  const names = words.length > 0 ? words : ownWorkflows(context, project);
  const files = names.map((name) => validate(context, project, name));
  const problems = files.flatMap((file) => file.problems);
  if (globals.json) out.line(jsonText({ schemaVersion: 1, files: files.map(fileDocument) }));
  else {
    for (const file of files) print(context, file);
    if (problems.length > 0)
      context.err.line(
        `${count(problems.length, "problem")} in ${count(files.filter((file) => file.problems.length > 0).length, "file")}`,
      );
    else if (files.length > 0) {
      // What was typed is found again; a file outside the workflow folders is not found by its name.
      const runnable = words[0] ?? files[0]?.name ?? "WORKFLOW";
      hint(context, `next: ${application.calledAs} run ${clean(runnable)} --dry-run`);
    }
  }
  return exitOfAll(problems);
}

function ownWorkflows({ application }: Context, project: Project): readonly string[] {
  const found = take(
    readProject({
      files: application.files,
      asked: project.root,
      currentFolder: application.cwd,
      home: null,
    }),
  );
  const own = listWorkflows(found, application.files, []);
  if (own.length > 0) return own.map(({ path }) => path);
  throw refused(
    "E_NOT_FOUND",
    "this project has no workflows in .claude/workflows",
    `${application.calledAs} validate FILE`,
  );
}

function validate(context: Context, project: Project, name: string): Validated {
  const looked = unlessRefused(() => lookAt(context, project, name));
  return looked.ok ? looked.value : notValid(name, looked.problems, null);
}

function lookAt({ application }: Context, project: Project, name: string): Validated {
  const checked = application.workflow(project, name);
  if (checked.ok) {
    const { text, workflow, warnings } = checked.value;
    const secrets = neededSecrets(workflow, application, project);
    return { file: name, text, name: workflow.name, tasks: workflow.size, problems: [], warnings, secrets };
  }
  const path = resolve(application.cwd, name);
  const stat = application.files.statTarget(path);
  const isShown = stat?.kind === "file" && stat.size <= FRAME_BYTES_MAX;
  return notValid(name, checked.problems, isShown ? application.files.readTextIf(path) : null);
}

function notValid(file: string, problems: readonly Problem[], text: string | null): Validated {
  return { file, text, name: null, tasks: 0, problems, warnings: [], secrets: [] };
}

function print({ out, err }: Context, validated: Validated): void {
  const { file, text, name, tasks, problems, warnings, secrets } = validated;
  if (warnings.length > 0) printProblems(err, warnings, text);
  if (problems.length > 0) return printProblems(err, problems, text);
  out.line(`${out.paint("green", "✓ valid")}  ${clean(file)}  ${clean(name ?? "")}, ${count(tasks, "task")}`);
  // Another machine may have what this one lacks, so it is no problem of the file.
  for (const secret of secrets) out.line(out.paint("gray", `  secret ${clean(secretText(secret), 200)}`));
}

function fileDocument({ file, problems, secrets }: Validated): object {
  const shown = problems.map(({ code, message, hint: tip, at }) => {
    return {
      code,
      message: clean(message),
      hint: tip === undefined ? null : clean(tip, 400),
      line: at?.line ?? null,
      column: at?.column ?? null,
    };
  });
  return { file, ok: problems.length === 0, problems: shown, secrets };
}
