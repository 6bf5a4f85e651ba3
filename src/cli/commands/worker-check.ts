/** decapod worker check: what is wrong with workers, all of it at once; without a name those of the project. */
import { EXIT } from "../../core/problem.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { type KnownWorker, knownWorkers, meantWorker, strayWorkers } from "../workers.ts";

export async function action(context: Context, words: readonly string[], _options: Options): Promise<number> {
  const { application, globals, out } = context;
  const project = projectOf(context);
  const [name] = words;
  const workers =
    name === undefined
      ? knownWorkers(application, project).filter(({ from }) => from === "project")
      : [meantWorker(application, project, name)];
  const stray = name === undefined ? strayWorkers(application, project) : [];
  if (globals.json)
    out.line(
      jsonText({ schemaVersion: 1, workers: workers.map(documentOf), stray: stray.map(problemDocument) }),
    );
  else {
    for (const one of workers) print(context, one);
    if (stray.length > 0) printProblems(context.err, stray, null);
  }
  if (!globals.json && workers.length + stray.length === 0)
    hint(
      context,
      `this project has no workers of its own; begin with: ${application.calledAs} worker new NAME`,
    );
  if (stray.length > 0 || workers.some(({ problems }) => problems.length > 0)) return EXIT.invalid;
  return workers.some(({ missing }) => missing.length > 0) ? EXIT.environment : EXIT.done;
}

function print({ out, err }: Context, { name, file, text, problems, missing }: KnownWorker): void {
  const all = [...problems, ...missing];
  if (all.length > 0) return printProblems(err, all, text);
  out.line(`${out.paint("green", "✓ fine")}  ${clean(name)}  ${clean(file, 1000)}`);
}

function documentOf({ name, file, problems, missing }: KnownWorker): object {
  const all = [...problems, ...missing];
  return { name, file, ok: all.length === 0, problems: all.map(problemDocument) };
}
