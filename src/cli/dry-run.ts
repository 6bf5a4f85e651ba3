/** run --dry-run: the plan, resolved as far as it can be before anything has run, and what it will probably take. */
import { EXIT } from "../core/problem.ts";
import type { RunInputs } from "../server/started.ts";
import type { CheckedFile, Project } from "./application.ts";
import type { Context } from "./context.ts";
import { type Forecast, forecastHead, forecastOf, forecastPairs, NO_PAST, pastRuns } from "./forecast.ts";
import { jsonText } from "./json.ts";
import { neededSecrets, secretText } from "./needs.ts";
import { lateBudget, lateValue, plannedTasks, printPlan } from "./plan.ts";
import { clean } from "./print.ts";
import { problemDocument } from "./problems.ts";
import { printPairs } from "./table.ts";

interface Dry {
  readonly selected: ReadonlySet<number> | null;
  readonly rehearse: boolean;
  readonly project: Project;
}

export function dryRun(
  context: Context,
  checked: CheckedFile,
  { params, scope }: RunInputs,
  { selected, rehearse, project }: Dry,
): number {
  const { out, globals, application } = context;
  const { workflow, warnings } = checked;
  const secrets = neededSecrets(workflow, application, project);
  const tasks = plannedTasks(workflow, scope, selected);
  const { settings, digest, name } = workflow;
  const maxParallel = lateValue(settings.maxParallel, scope);
  const slots = typeof maxParallel === "number" ? maxParallel : null;
  const forecast = forecastOf(tasks, pastOf(context, project, name), slots);
  if (!globals.json) {
    printPlan(out, workflow, tasks, { params, scope, rehearse });
    for (const secret of secrets) out.line(out.paint("gray", `    secret ${clean(secretText(secret), 200)}`));
    if (!rehearse) printForecast(context, forecast);
    return EXIT.done;
  }
  const limits = {
    maxParallel,
    timeoutSeconds: lateValue(settings.timeoutSeconds, scope),
    budget: lateBudget(settings.budget, scope),
  };
  const plan = { workflow: name, digest, rehearse, params, ...limits, tasks, secrets, forecast };
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
