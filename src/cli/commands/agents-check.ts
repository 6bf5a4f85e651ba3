/** decapod agents check: what is wrong with roles, all of it at once; without a name those of the project. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { type KnownRole, knownRoles } from "../roles.ts";
import { count } from "../text.ts";
import { meantRole } from "./agents-show.ts";

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out, err } = context;
  const [name] = words;
  const roles =
    name === undefined
      ? knownRoles(application, projectOf(context)).filter(({ from }) => from !== "built-in")
      : [meantRole(context, name)];
  const problems = roles.flatMap((role) => role.problems);
  if (globals.json) out.line(jsonText({ schemaVersion: 1, agents: roles.map(checkedDocument) }));
  else {
    for (const role of roles) print(context, role);
    if (roles.length === 0)
      hint(
        context,
        `this project has no roles of its own; those of decapod: ${application.calledAs} agents list`,
      );
    if (problems.length > 0) {
      const wrong = roles.filter((role) => role.problems.length > 0);
      err.line(`${count(problems.length, "problem")} in ${count(wrong.length, "role")}`);
    }
  }
  return problems.length > 0 ? EXIT.invalid : EXIT.done;
}

function print({ out, err }: Context, { names, file, text, read, problems, warnings }: KnownRole): void {
  if (warnings.length > 0) printProblems(err, warnings, text);
  if (problems.length > 0) return printProblems(err, problems, text);
  const where = file === null ? "" : `  ${clean(file, 1000)}`;
  const ignored =
    read.ignored.length === 0 ? "" : `  (no effect here: ${clean(read.ignored.join(", "), 400)})`;
  out.line(`${out.paint("green", "✓ fine")}  ${clean(names[0] ?? "")}${where}${ignored}`);
}

function checkedDocument({ names, file, read, problems, warnings }: KnownRole): object {
  return {
    name: names[0] ?? "",
    file,
    ok: problems.length === 0,
    problems: problems.map(problemDocument),
    warnings: warnings.map(problemDocument),
    ignored: read.ignored,
  };
}
