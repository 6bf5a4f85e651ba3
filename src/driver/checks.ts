/** Each driver's own check of what a task gives it, for whoever reads workflows and runs nothing. */
import type { DriverCheck } from "../spec/surroundings.ts";
import { checkContent } from "./content/late-content.ts";
import { lateWorkerParts } from "./late-workers.ts";
import { shellDriver } from "./shell.ts";

export const CHECKS: ReadonlyMap<string, DriverCheck> = new Map<string, DriverCheck>([
  ["shell", (parameters) => shellDriver(null).check(parameters)],
  ["content-edit", checkContent],
  ["hugo-build", (parameters) => lateWorkerParts().checkHugo(parameters)],
  ["main-task", (parameters) => lateWorkerParts().mainTaskProblems(parameters)],
  ["deploy", (parameters, targets) => lateWorkerParts().checkDeploy(parameters, targets)],
]);
