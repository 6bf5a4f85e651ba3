/** Whether a task file asks for production: by what it says itself, or by what is done for it. */
import { isMap, type Json, type JsonMap } from "../../core/json.ts";
import type { Problem } from "../../core/problem.ts";
import { isProductionName, namesProduction } from "../../core/production-name.ts";
import { eachTask } from "../../spec/check.ts";
import { isDeployName } from "../../spec/link-gate.ts";
import { pinnedWorkers } from "../../spec/pin-roles.ts";
import type { Surroundings } from "../../spec/surroundings.ts";
import type { CheckedTask } from "./check-task.ts";

/** Of a file that an agent wrote. No agent may deploy to production, so nothing that it asks for may. */
export function productionProblem(
  { task, definition }: CheckedTask,
  surroundings: Pick<Surroundings, "isProduction">,
): Problem | null {
  const isAsked =
    Object.values(task.params).some(isProductionName) ||
    reachesProduction(JSON.parse(definition), surroundings);
  if (!isAsked) return null;
  return {
    code: "E_NOT_ALLOWED",
    message: `${task.id} asks for production, and an agent wrote it`,
    hint: `a person lets it through: decapod task move ${task.id} pending`,
  };
}

/** The workflows that it calls are part of it. */
function reachesProduction(definition: JsonMap, surroundings: Pick<Surroundings, "isProduction">): boolean {
  const workers = pinnedWorkers(definition);
  let isReached = false;
  eachTask(definition, [], 0, ({ agent, parameters }) => {
    const given = isMap(parameters) ? parameters : {};
    const isDeploy = isDeployName(String(agent), workers);
    isReached ||= namesProduction(String(agent), given.environment);
    isReached ||= isDeploy && surroundings.isProduction?.(given) === true;
  });
  const called: readonly Json[] = isMap(definition.workflows) ? Object.values(definition.workflows) : [];
  return isReached || called.some((one) => isMap(one) && reachesProduction(one, surroundings));
}
