/** Does the tasks of workers (formats.md 5): by a part of decapod, or by the program that a manifest names. */
import { failure } from "../core/outcome.ts";
import type { Worker } from "../core/worker.ts";
import { lateContent } from "./content/late-content.ts";
import { deployDriver } from "./deploy/deploy.ts";
import type { Driver } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";
import { hugoDriver } from "./hugo/hugo.ts";
import { mainTaskDriver } from "./maintask/main-task.ts";
import type { BuiltInWorkers, WorkersHere } from "./worker/here.ts";
import { parameterTrouble } from "./worker/parameters.ts";
import { programDriver } from "./worker/program.ts";

export { checkDeploy } from "./deploy/parameters.ts";
export { checkHugo } from "./hugo/arguments.ts";
export { mainTaskProblems } from "./maintask/main-task.ts";

const BUILT_IN: BuiltInWorkers = new Map<string, (here: WorkersHere) => Driver>([
  ["content-edit", lateContent],
  ["hugo-build", hugoDriver],
  ["main-task", mainTaskDriver],
  ["deploy", (here) => deployDriver({ ...here, targets: here.project.settings.targets })],
]);

/** undefined: this version has nothing that does it. */
export function workerDriver(name: string, worker: Worker, here: WorkersHere): Driver | undefined {
  const driver = worker.command === null ? BUILT_IN.get(name)?.(here) : programDriver(name, worker, here);
  return driver === undefined ? undefined : withParameters(driver, worker);
}

/** What expressions gave is looked at before anything is done with it. */
function withParameters(driver: Driver, worker: Worker): Driver {
  return {
    ...driver,
    run: async function* (work, signal) {
      const trouble = parameterTrouble(worker, work.parameters);
      if (trouble === null) return yield* driver.run(work, signal);
      return { ...EMPTY_OUTCOME, status: "failed", failure: failure("config_error", `E_ARG ${trouble}`) };
    },
  };
}
