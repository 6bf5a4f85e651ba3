/** Most runs have no agents: they do not pay for the drivers of those. */
import { loadNow } from "../port/load-now.ts";
import { DRIVEN_AGENTS, type DrivenAgent } from "../spec/user-settings.ts";
import type { AgentsHere } from "./agent/here.ts";
import type { Driver } from "./driver.ts";

type AgentDriver = DrivenAgent | "acp";
const DRIVERS: readonly AgentDriver[] = [...DRIVEN_AGENTS, "acp"];

/** By the name under which a task or a role asks for one; made when first asked for. */
export function lateAgents(here: AgentsHere): ReadonlyMap<string, () => Driver> {
  const made = new Map<AgentDriver, Driver>();
  const driverOf = (name: AgentDriver) => {
    const driver = made.get(name) ?? load(name, here);
    made.set(name, driver);
    return driver;
  };
  return new Map(DRIVERS.map((name) => [name, () => driverOf(name)]));
}

function load(name: AgentDriver, here: AgentsHere): Driver {
  return loadNow<typeof import("./agents-here.ts")>(import.meta.url, "agents-here").driverHere(name, here);
}
