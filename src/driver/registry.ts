/** Which driver does which agent's attempts, and what is missing for the others (formats.md 4). */
import type { Problem } from "../core/problem.ts";
import type { Driver } from "./driver.ts";

export interface Registry {
  /** The driver of an agent; undefined when this machine or version has none. */
  driverOf(agent: string): Driver | undefined;
  /** Why an agent's task cannot be done here; null when it can. */
  missing(agent: string): Omit<Problem, "code"> | null;
}

/** Every agent by name; what is not named falls to `others` (a rehearsal), or is missing. */
export function makeRegistry(drivers: ReadonlyMap<string, Driver>, others: Driver | null): Registry {
  const driverOf = (agent: string) => (others === null ? drivers.get(agent) : others);
  return { driverOf, missing: (agent) => (driverOf(agent) === undefined ? missingDriver(agent) : null) };
}

function missingDriver(agent: string): Omit<Problem, "code"> {
  return {
    message: `nothing here can do tasks of agent "${agent}" yet: this version has shell, and --rehearse for all others`,
    hint: "decapod run … --rehearse plays the agents",
  };
}
