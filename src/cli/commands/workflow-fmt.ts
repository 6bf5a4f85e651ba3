/** decapod workflow fmt: workflow files in one layout, or with --check which of them are not. */
import { basename } from "node:path";
import { exitOfAll } from "../../core/codes.ts";
import { EXIT, type Problem } from "../../core/problem.ts";
import type { Files } from "../../port/files.ts";
import { formatWorkflow } from "../../spec/format.ts";
import { findWorkflow, listWorkflows, readProject } from "../../spec/project.ts";
import { type Context, flagOption, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { writingProblem } from "../new-files.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { Refused, refused, take } from "../refusal.ts";
import { unlessRefused } from "../refused-by-system.ts";
import { count } from "../text.ts";

interface Named {
  readonly path: string;
  /** As it was typed, or as lists show it. */
  readonly file: string;
}

interface Formatted {
  readonly file: string;
  readonly isChanged: boolean;
  readonly problems: readonly Problem[];
  /** For source frames. */
  readonly text: string;
}

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out, err } = context;
  const isCheck = flagOption(options, "check");
  const formatted = filesOf(context, words).map((file) => format(application.files, file, isCheck));
  const problems = formatted.flatMap((one) => one.problems);
  const changed = formatted.filter(({ isChanged }) => isChanged);
  if (globals.json) {
    const files = formatted.map(({ file, isChanged, problems: found }) => ({
      file,
      changed: isChanged,
      problems: found.map(problemDocument),
    }));
    out.line(jsonText({ schemaVersion: 1, files }));
  } else {
    for (const { problems: found, text } of formatted) if (found.length > 0) printProblems(err, found, text);
    for (const { file } of changed) out.line(clean(file, 1000));
    const all = count(formatted.length, "file");
    const done = isCheck ? "would be changed" : "changed";
    hint(context, changed.length === 0 ? `${all}, none ${done}` : `${changed.length} of ${all} ${done}`);
    if (isCheck && changed.length > 0)
      hint(
        context,
        `next: ${[application.calledAs, "workflow fmt", ...words.map((word) => clean(word))].join(" ")}`,
      );
  }
  return exitOfAll(problems) || (isCheck && changed.length > 0 ? EXIT.runFailed : EXIT.done);
}

/** Those that were named, or all of the project's own. What comes with decapod is not the person's to change. */
function filesOf(context: Context, words: readonly string[]): readonly Named[] {
  const { files, cwd, calledAs, builtInFolders } = context.application;
  const { root } = projectOf(context);
  const project = take(readProject({ files, asked: root, currentFolder: cwd, home: null }));
  if (words.length > 0) {
    return words.map((name) => {
      const found = take(findWorkflow(project, files, { name, folder: cwd, builtInFolders }));
      const { path, from, shown } = found;
      if (from !== "built-in") return { path, file: from === "path" ? name : shown };
      throw refused(
        "E_NOT_ALLOWED",
        `${clean(name)} comes with decapod`,
        `${calledAs} workflow new NAME --template ${clean(name)}`,
      );
    });
  }
  const own = listWorkflows(project, files, []).map(({ path, shown }) => ({ path, file: shown }));
  if (own.length > 0) return own;
  throw refused("E_NOT_FOUND", "this project has no workflows", `${calledAs} workflow fmt FILE`);
}

function format(files: Files, { path, file }: Named, isCheck: boolean): Formatted {
  const read = unlessRefused(() => files.readBytes(path));
  if (!read.ok) return { file, isChanged: false, problems: read.problems, text: "" };
  const bytes = read.value;
  const text = Buffer.from(bytes).toString("utf8");
  const formatted = formatWorkflow(file, bytes);
  if (!formatted.ok) return { file, isChanged: false, problems: formatted.problems, text };
  const isChanged = formatted.value !== text;
  if (isChanged && !isCheck) write(files, path, formatted.value);
  return { file, isChanged, problems: [], text };
}

/** Whole or not at all, with the modes it had; a link stays one, and what it leads to is written. */
function write(files: Files, path: string, text: string): void {
  try {
    const file = files.realPath(path);
    const mode = files.stat(file)?.mode ?? 0o600;
    files.writeAtomic(file, text, mode);
    files.setMode(file, mode);
  } catch (thrown) {
    throw new Refused([writingProblem(thrown, path, files)], {
      consequence: `${basename(path)} is as it was`,
    });
  }
}
