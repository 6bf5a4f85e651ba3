/** run --dry-run: the plan, resolved as far as it can be before anything has run, and what it will probably take. */
import { EXIT } from "../core/problem.ts";
import type { RunInputs } from "../server/started.ts";
import type { CheckedFile, Project } from "./application.ts";
import type { Context } from "./context.ts";
import { fanOutHere, fanOutQuestions } from "./fan-out.ts";
import { type Forecast, forecastHead, forecastOf, forecastPairs, NO_PAST, pastRuns } from "./forecast.ts";
import { jsonText } from "./json.ts";
import { neededSecrets, secretText } from "./needs.ts";
import { lateBudget, lateValue, plannedTasks, printPlan } from "./plan.ts";
import { clean } from "./print.ts";
import { problemDocument } from "./problems.ts";
import { printPairs } from "./table.ts";
import { workplaceNotes } from "./workplaces.ts";

const NOTE_MAX = 1000;

interface Dry {
  readonly selected: ReadonlySet<number> | null;
  readonly rehearse: boolean;
  readonly project: Project;
}

export async function dryRun(
  context: Context,
  checked: CheckedFile,
  { params, scope }: RunInputs,
  { selected, rehearse, project }: Dry,
): Promise<number> {
  const { out, globals, application } = context;
  const { workflow, warnings } = checked;
  const secrets = neededSecrets(workflow, application, project);
  const tasks = plannedTasks(workflow, scope, selected);
  const { settings, digest, name } = workflow;
  const maxParallel = lateValue(settings.maxParallel, scope);
  const slots = typeof maxParallel === "number" ? maxParallel : null;
  // A rehearsal makes no worktree.
  const notes = rehearse ? [] : await workplaceNotes(context, project, workflow, tasks);
  const forecast = forecastOf(tasks, pastOf(context, project, name), slots);
  const asksFirst = rehearse ? [] : fanOutQuestions(workflow, scope, fanOutHere(application, project));
  if (!globals.json) {
    printPlan(out, workflow, tasks, { params, scope, rehearse });
    for (const secret of secrets) out.line(out.paint("gray", `    secret ${clean(secretText(secret), 200)}`));
    for (const note of notes) out.line(`    ${out.paint("yellow", "note")} ${clean(note, NOTE_MAX)}`);
    for (const { isCertain, words } of asksFirst)
      out.line(`  ◇ asks a person first${isCertain ? ":" : ""} ${clean(words, NOTE_MAX)}`);
    if (!rehearse) printForecast(context, forecast);
    return EXIT.done;
  }
  const limits = {
    maxParallel,
    timeoutSeconds: lateValue(settings.timeoutSeconds, scope),
    budget: lateBudget(settings.budget, scope),
  };
  const plan = {
    workflow: name,
    digest,
    rehearse,
    params,
    ...limits,
    tasks,
    secrets,
    notes,
    asksFirst: asksFirst.map(({ words }) => words),
    forecast,
  };
  out.line(jsonText({ schemaVersion: 1, plan, warnings: warnings.map(problemDocument) }));
  return EXIT.done;
}

/** A journal that cannot be read keeps nobody from looking at a plan. */
function pastOf({ application }: Context, project: Project, workflow: string) {
  const reader = application.read(project);
  return reader.ok && reader.value !== null ? pastRuns(reader.value, workflow) : NO_PAST;
}

function printForecast({ out }: Context, forecast: Forecast): void {
  out.line(forecastHead(forecast));
  printPairs(out, forecastPairs(forecast));
}
