/** decapod run: starts a run and stays with it to its end; where another process owns the project, it runs there. */
import { selectedTasks } from "../../server/select.ts";
import { type Context, flagOption, type Options, projectOf } from "../context.ts";
import { readInputs } from "../inputs.ts";
import { notInsideAttempt } from "../inside-attempt.ts";
import { printProblems } from "../problems.ts";
import { take } from "../refusal.ts";
import { startAnywhere } from "../start-anywhere.ts";
import { readAsked } from "../start-asked.ts";

const NOTHING = "nothing was started";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  if (context.globals.fields !== null) {
    const { checkRunFields } = await import("../run-document.ts");
    checkRunFields(context.globals.fields);
  }
  if (/\.md$/i.test(words[0] ?? "")) {
    const { runTaskFile } = await import("../taskfiles/run-task-file.ts");
    return runTaskFile(context, words, options);
  }
  if (options.todo !== undefined) return runWithTodo(context, words, options);
  const project = projectOf(context);
  const { application, globals } = context;
  const asked = readAsked(project, options);
  const isDry = flagOption(options, "dryRun");
  const checked = take(application.workflow(project, words[0] ?? ""), NOTHING);
  const inputs = readInputs(application, project, checked.workflow, options);
  if (!globals.json && !globals.quiet && checked.warnings.length > 0)
    printProblems(context.err, checked.warnings, checked.text);
  const selected = take(selectedTasks(checked.workflow, asked.options));
  if (isDry) {
    const { dryRun } = await import("../dry-run.ts");
    return dryRun(context, checked, inputs, { selected, rehearse: asked.options.rehearse, project });
  }
  if (!asked.options.rehearse) notInsideAttempt(context, project);
  return startAnywhere({ context, project, checked, inputs, asked });
}

/** The same, with a file beside it. */
async function runWithTodo(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { checkTodo, withTodo } = await import("../todo-file.ts");
  const { todo: _taken, ...rest } = options;
  const kept = withTodo(context, options);
  checkTodo(kept, { isDetached: flagOption(options, "detach"), isOne: true });
  return action(kept, words, rest);
}
