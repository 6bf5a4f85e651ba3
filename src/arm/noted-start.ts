/** What a run that starts on this machine notes of it, so that it goes on as it began wherever it is taken up. */
import type { RunStarted } from "../core/event.ts";
import { fanOutCap, withFanOut } from "../core/fan-out.ts";
import type { Workflow } from "../core/workflow.ts";
import type { Store } from "../host/embedded/store.ts";
import { loadNow } from "../port/load-now.ts";
import { userFilePath } from "../spec/user-folder.ts";
import type { LocalEngineOptions } from "./local-engine-options.ts";

type Here = Pick<LocalEngineOptions, "project" | "user" | "environment">;

export function notedStart(
  started: RunStarted,
  { project, user, environment }: Here,
  workflow: Workflow,
  store: Store,
): RunStarted {
  const personFile = userFilePath(environment);
  const said = { project: project.settings.fanOut, person: user.fanOut, personFile };
  const isMapped = workflow.roles.size > 0 && workflow.tasks.some(({ map }) => map !== null);
  return {
    ...started,
    measures: true,
    ...withFanOut(started.limits, said),
    ...(isMapped && !started.rehearse && latePastCosts().pastCosts(store, workflow, fanOutCap(said).cap)),
  };
}

/** Most runs have no mapped agents. */
function latePastCosts() {
  return loadNow<typeof import("./past-costs.ts")>(import.meta.url, "past-costs");
}
