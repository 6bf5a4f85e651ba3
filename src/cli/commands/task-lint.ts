/** decapod task lint: what is wrong with task files, without doing any of them. */
import { relative, resolve } from "node:path";
import { exitOfAll } from "../../core/codes.ts";
import type { Problem } from "../../core/problem.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { printProblems } from "../problems.ts";
import { refused } from "../refusal.ts";
import { foldersOf, type LookedAt, lookAt } from "../taskfiles/here.ts";
import { count, shellWord } from "../text.ts";

interface Linted extends LookedAt {
  readonly shown: string;
}

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { globals, out, err, application } = context;
  const project = projectOf(context);
  const linted =
    words.length > 0 ? words.map((word) => named(context, project, word)) : pending(context, project);
  const problems = linted.flatMap(problemsOf);
  if (globals.json) out.line(jsonText({ schemaVersion: 1, files: linted.map(document) }));
  else for (const one of linted) print(context, one);
  if (problems.length > 0 && !globals.json)
    err.line(
      `${count(problems.length, "problem")} in ${count(linted.filter((one) => !one.checked.ok).length, "file")}`,
    );
  const [first] = linted;
  if (problems.length === 0 && first !== undefined)
    hint(context, `next: ${application.calledAs} work ${shellWord(first.shown)}`);
  return exitOfAll(problems);
}

/** Wherever it lies, so that a file can be looked at before it is put into pending. */
function named(context: Context, project: Project, word: string): Linted {
  const path = resolve(context.application.cwd, word);
  const inside = relative(project.root, path);
  const shown = inside.startsWith("..") ? path : inside;
  return { shown, ...lookAt(context, project, path, shown) };
}

function pending(context: Context, project: Project): readonly Linted[] {
  const folders = foldersOf(context, project);
  const found = folders.list("pending");
  if (found.length === 0)
    throw refused(
      "E_NOT_FOUND",
      "there are no task files in tasks/pending",
      `${context.application.calledAs} task new TYPE`,
    );
  return found.map((file) => ({
    shown: file.shown,
    ...lookAt(context, project, folders.path(file), file.shown),
  }));
}

function problemsOf({ checked }: Linted): readonly Problem[] {
  return checked.ok ? [] : checked.problems;
}

function print({ out, err }: Context, { shown, text, checked }: Linted): void {
  if (!checked.ok) return printProblems(err, checked.problems, text);
  if (checked.value.warnings.length > 0) printProblems(err, checked.value.warnings, text);
  const { type, workflow } = checked.value.task;
  out.line(
    `${out.paint("green", "✓ valid")}  ${clean(shown)}  ${clean(workflow === null ? type : `workflow ${workflow}`)}`,
  );
}

function document(linted: Linted): object {
  const { shown, checked } = linted;
  const problems = problemsOf(linted).map(({ code, message, hint: tip, at }) => {
    const place = { line: at?.line ?? null, column: at?.column ?? null };
    return { code, message: clean(message), hint: tip === undefined ? null : clean(tip, 400), ...place };
  });
  return { file: shown, ok: checked.ok, problems };
}
