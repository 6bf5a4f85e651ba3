/** Row 11: from a seen exit to the start of what depended on it, while ten workers print ten lines a second each. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArmHost } from "../../src/arm/arm.ts";
import { makeLocalArm } from "../../src/arm/local.ts";
import { makeRegistry } from "../../src/driver/registry.ts";
import { shellDriver } from "../../src/driver/shell.ts";
import { startSpawnHost } from "../../src/driver/spawn-host.ts";
import { realFiles } from "../../src/port/files.ts";
import { startOf } from "../support/decider.ts";
import { goodWorkflow } from "../support/surroundings.ts";
import { engineAt } from "./engine.ts";
import { bounded, type Line, percentile, spread } from "./table.ts";

const BUSY = 10;
const STEPS = 100;
const RUN = "01jxt21q2ppppppppppppppppp";

export async function latencyRow(rounds: number): Promise<Line> {
  const worst: number[] = [];
  for (let round = 0; round < rounds; round++) worst.push(percentile(await oneRound(), 0.99));
  const what = `exit seen → dependant started, p99 of ${STEPS}, ${BUSY} busy workers`;
  return bounded({ row: "11", what, unit: "ms", floor: null, ours: spread(worst), target: "≤ 5" }, 20);
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
  const projectRoot = mkdtempSync(join(tmpdir(), "decapod-bench-"));
  const stateFolder = join(projectRoot, ".claude/workflow-state");
  mkdirSync(stateFolder, { recursive: true });
  const { engine, outputs } = engineAt(stateFolder, "durable");
  const spawnHost = startSpawnHost({
    exitLog: join(stateFolder, "exits.jsonl"),
    pipeFolder: join(stateFolder, "pipes"),
  });
  const latencies: number[] = [];
  const arm = makeLocalArm({
    host: watched(engine, latencies),
    files: realFiles,
    registry: makeRegistry(new Map([["shell", shellDriver(spawnHost)]]), null),
    stateFolder,
    projectRoot,
    slots: 16,
    environment: { PATH: process.env.PATH },
    environmentPass: [],
    isAgent: () => false,
    rehearse: false,
    secretCommand: () => Promise.resolve({ ok: false, problems: [] }),
    put: (value) => outputs.put(value),
    onProgress: () => {},
    onRefused: () => {},
  });
  const working = arm.work();
  const { workflow, definition } = goodWorkflow(workflowText(), "bench.json");
  await engine.start(RUN, definition, startOf(workflow));
  const status = await engine.ended(RUN, { untilWaiting: false }, new AbortController().signal);
  arm.stop();
  await working;
  await engine.close();
  await spawnHost.close();
  rmSync(projectRoot, { recursive: true, force: true, maxRetries: 5 });
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
