/** Most runs have no workers: they do not pay for them. */
import type { Worker } from "../core/worker.ts";
import { loadNow } from "../port/load-now.ts";
import type { Driver } from "./driver.ts";
import type { WorkersHere } from "./worker/here.ts";

export type WorkerDrivers = (name: string, worker: Worker) => Driver | undefined;

/** Each is made once for a manifest. */
export function lateWorkers(here: WorkersHere): WorkerDrivers {
  const made = new Map<string, Driver | undefined>();
  return (name, worker) => {
    const key = `${name} ${JSON.stringify(worker)}`;
    if (!made.has(key)) made.set(key, lateWorkerParts().workerDriver(name, worker, here));
    return made.get(key);
  };
}

export function lateWorkerParts(): typeof import("./workers-here.ts") {
  return loadNow<typeof import("./workers-here.ts")>(import.meta.url, "workers-here");
}
