/** Which driver does which agent's attempts, and what is missing for the others (formats.md 4). */
import { own } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import { nearest } from "../spec/nearest.ts";
import type { AskedOfDriver, Driver } from "./driver.ts";
import type { WorkerDrivers } from "./late-workers.ts";

export interface Registry {
  /** The driver of an agent; undefined when this machine or version has none. */
  driverOf(asked: Asked): Driver | undefined;
  /** Lets the drivers of these find out what `refuses` needs to know. */
  prepare(asked: readonly Asked[]): Promise<void>;
  /** Why an agent's tasks cannot be done here; none when they can. */
  refuses(asked: AskedOfDriver): readonly Problem[];
}

export type Asked = Pick<AskedOfDriver, "agent" | "agentRole" | "worker" | "options">;

export interface Drivers {
  /** Built-in agents that a driver of their own does. */
  readonly agents: ReadonlyMap<string, Driver>;
  /** Drivers of roles, by the name under which a task or a role asks for one; made when first asked for. */
  readonly roles: ReadonlyMap<string, () => Driver>;
  readonly isRole: (agent: string) => boolean;
  /** Those of workers, by their manifests. */
  readonly workers: WorkerDrivers;
}

const DEFAULT_DRIVER = "claude-code";

export function makeRegistry({ agents, roles, isRole, workers }: Drivers): Registry {
  const driverOf = ({ agent, worker, ...asked }: Asked) => {
    if (worker !== undefined) return workers(agent, worker);
    return agents.get(agent) ?? (isRole(agent) ? roles.get(driverName(asked))?.() : undefined);
  };
  return {
    driverOf,
    prepare: async (asked) => {
      const drivers = new Set(asked.map(driverOf));
      await Promise.all([...drivers].map((driver) => driver?.prepare?.()));
    },
    refuses: (asked) => {
      const driver = driverOf(asked);
      if (driver !== undefined) return driver.refuse?.(asked) ?? [];
      return [
        isRole(asked.agent) ? missingDriver(driverName(asked), [...roles.keys()]) : missingAgent(asked.agent),
      ];
    },
  };
}

function driverName({ options, agentRole }: Pick<Asked, "options" | "agentRole">): string {
  const written = own(options, "driver");
  return typeof written === "string" ? written : (agentRole?.driver ?? DEFAULT_DRIVER);
}

function missingDriver(name: string, known: readonly string[]): Problem {
  const near = nearest(name, known);
  return {
    code: "E_DRIVER_MISSING",
    message: `this version has no driver "${name}" for agents`,
    hint: near ?? `driver: ${known.join(", ")}; or --rehearse plays the agents`,
  };
}

function missingAgent(agent: string): Problem {
  return {
    code: "E_DRIVER_MISSING",
    message: `nothing here can do tasks of agent "${agent}" yet: this version has shell, workers and roles, and --rehearse for all others`,
    hint: "decapod run … --rehearse plays the agents",
  };
}
