/** Row 11: from a seen exit to the start of what depended on it, while ten workers print ten lines a second each. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArmHost } from "../../src/arm/arm.ts";
import { RealArm } from "../support/real-arm.ts";
import { directMicros } from "./spawn.ts";
import { bounded, type Line, percentile, spread } from "./table.ts";

const BUSY = 10;
const STEPS = 300;

/** Starting a process and seeing its end from a small Node, on the machine for which the bound was set, ms. */
const SPAWN_MS = 1.47;

export async function latencyRow(rounds: number): Promise<Line> {
  const [worst, spawned]: [number[], number[]] = [[], []];
  const folder = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  for (let round = 0; round < rounds; round++) {
    spawned.push((await directMicros(1, folder)) / 1000);
    worst.push(percentile(await oneRound(), 0.99));
  }
  rmSync(folder, { recursive: true, force: true });
  const what = `exit seen → dependant started, p99 of ${STEPS}, ${BUSY} busy workers; floor: a direct spawn`;
  const line = { row: "11", what, unit: "ms", floor: spread(spawned), ours: spread(worst), target: "≤ 5" };
  return bounded(line, { most: 20, floorThere: SPAWN_MS });
}

/** Ten that print until the chain beside them is through. */
function workflowText(): string {
  const print = 'while [ ! -e done ]; do echo "still at work"; sleep 0.1; done';
  const busy = Array.from({ length: BUSY }, (_, place) => ({
    id: `busy${place}`,
    agent: "shell",
    parameters: { run: print },
  }));
  const chain = Array.from({ length: STEPS }, (_, place) => ({
    id: `step${place}`,
    agent: "shell",
    parameters: { run: place === STEPS - 1 ? "touch done" : "true" },
    ...(place === 0 ? {} : { dependencies: [`step${place - 1}`] }),
  }));
  return JSON.stringify({ name: "busy", settings: { max_parallel: 16 }, tasks: [...busy, ...chain] });
}

async function oneRound(): Promise<readonly number[]> {
  const latencies: number[] = [];
  const arm = new RealArm({ between: (host) => watched(host, latencies) });
  const { status } = await arm.run(workflowText());
  await arm.close();
  if (status !== "success") throw new Error(`the run ended as ${status}`);
  return latencies;
}

/** Times between a result that is handed in and the claim that gives out the task after it. */
function watched(host: ArmHost, latencies: number[]): ArmHost {
  const ended = new Map<string, number>();
  return {
    result: (lease, outcome) => {
      ended.set(lease.assignment.task, performance.now());
      return host.result(lease, outcome);
    },
    cacheHit: (lease, output) => host.cacheHit(lease, output),
    claim: async (offer, signal) => {
      const leases = await host.claim(offer, signal);
      for (const { assignment } of leases) {
        const before = ended.get(`step${Number(assignment.task.slice(4)) - 1}`);
        if (before !== undefined) latencies.push(performance.now() - before);
      }
      return leases;
    },
  };
}
