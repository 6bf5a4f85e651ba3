/** Each driver's own check of what a task gives it, for whoever reads workflows and runs nothing. */
import type { JsonMap } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import { shellDriver } from "./shell.ts";

export const CHECKS: ReadonlyMap<string, (parameters: JsonMap) => readonly Problem[]> = new Map([
  ["shell", (parameters: JsonMap) => shellDriver(null).check(parameters)],
]);
