/** The drivers of this machine: everything this version has. */
import type { AgentsHere } from "../driver/agent/here.ts";
import type { Driver } from "../driver/driver.ts";
import { lateAgents } from "../driver/late-agents.ts";
import { quotas, underQuota } from "../driver/quota.ts";
import { makeRegistry, type Registry } from "../driver/registry.ts";
import { shellDriver } from "../driver/shell.ts";
import type { Clock } from "../port/clock.ts";

export interface LocalDriverParts extends AgentsHere {
  readonly isRole: (agent: string) => boolean;
}

export function localDrivers({ isRole, ...here }: LocalDriverParts): Registry {
  return makeRegistry({
    agents: new Map([["shell", shellDriver(here.starter)]]),
    roles: eachUnderQuota(lateAgents(here), here.clock),
    isRole,
  });
}

/**
 * All attempts of one driver on this machine draw on the same account; those of ACP agents, which may be anybody's, on
 * one for each agent.
 */
function eachUnderQuota(
  makers: ReadonlyMap<string, () => Driver>,
  clock: Clock,
): ReadonlyMap<string, () => Driver> {
  return new Map(
    [...makers].map(([name, make]) => {
      let driver: Driver | null = null;
      const once = () => {
        driver ??= underQuota(make(), quotas(clock, name === "acp"));
        return driver;
      };
      return [name, once];
    }),
  );
}
