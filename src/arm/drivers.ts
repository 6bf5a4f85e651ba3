/** The drivers of this machine: everything this version has. */
import type { ErrorTable } from "../core/error-rule.ts";
import type { AgentsHere } from "../driver/agent/here.ts";
import type { Driver } from "../driver/driver.ts";
import { lateAgents } from "../driver/late-agents.ts";
import { lateWorkers, type WorkerDrivers } from "../driver/late-workers.ts";
import { withPatience } from "../driver/patience.ts";
import { quotas, underQuota } from "../driver/quota.ts";
import { makeRegistry, type Registry } from "../driver/registry.ts";
import { shellDriver } from "../driver/shell.ts";
import type { WorkersHere } from "../driver/worker/here.ts";
import type { Clock } from "../port/clock.ts";
import { trustedPath } from "../work/environment.ts";

export interface LocalDriverParts extends AgentsHere {
  readonly umask: number;
  readonly mainTask: WorkersHere["mainTask"];
  readonly isRole: (agent: string) => boolean;
  /** How the project tells the failures of its scripts apart. */
  readonly errors: ErrorTable;
  /** Puts a driver of agents under the budget of the day; null: there is none. */
  readonly day: ((driver: Driver) => Driver) | null;
}

export function localDrivers({ isRole, day, errors, ...here }: LocalDriverParts): Registry {
  return makeRegistry({
    agents: new Map([["shell", withPatience(shellDriver(here.starter, { errors }), here.clock)]]),
    roles: eachUnderQuota(lateAgents(here), here.clock, day),
    isRole,
    workers: withPatienceEach(
      lateWorkers({
        ...here,
        errors,
        path: trustedPath(here.environment.PATH ?? "", [here.project.root], here.files),
      }),
      here.clock,
    ),
  });
}

function withPatienceEach(workers: WorkerDrivers, clock: Clock): WorkerDrivers {
  return (name, worker) => {
    const driver = workers(name, worker);
    return driver === undefined ? undefined : withPatience(driver, clock);
  };
}

/**
 * All attempts of one driver on this machine draw on the same account; those of ACP agents, which may be anybody's, on
 * one for each agent.
 */
function eachUnderQuota(
  makers: ReadonlyMap<string, () => Driver>,
  clock: Clock,
  day: LocalDriverParts["day"],
): ReadonlyMap<string, () => Driver> {
  return new Map(
    [...makers].map(([name, make]) => {
      let driver: Driver | null = null;
      const once = () => {
        if (driver !== null) return driver;
        const limited = underQuota(withPatience(make(), clock), quotas(clock, name === "acp"));
        driver = day === null ? limited : day(limited);
        return driver;
      };
      return [name, once];
    }),
  );
}
