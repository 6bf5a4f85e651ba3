/** An engine over a journal, and an arm with real processes, in a project of its own. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArmHost } from "../../src/arm/arm.ts";
import { makeLocalArm } from "../../src/arm/local.ts";
import type { Entry } from "../../src/core/event.ts";
import type { RunStatus } from "../../src/core/run.ts";
import type { Driver } from "../../src/driver/driver.ts";
import { makeRegistry } from "../../src/driver/registry.ts";
import { shellDriver } from "../../src/driver/shell.ts";
import { startSpawnHost } from "../../src/driver/spawn-host.ts";
import { Engine } from "../../src/host/embedded/engine.ts";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { WorkCache } from "../../src/work/cache.ts";
import { Outputs } from "../../src/work/outputs.ts";
import { nextRunId } from "../suites/host/bench.ts";
import { startOf } from "./decider.ts";
import { linkAnew } from "./host-rig.ts";
import { journalAt } from "./journal-source.ts";
import { SPAWN_HOST } from "./program.ts";
import { goodWorkflow, ROLES } from "./surroundings.ts";

export interface RealArmOptions {
  readonly slots?: number;
  readonly durability?: "durable" | "fast";
  /** Stands between arm and engine, to look at what passes. */
  readonly between?: (host: ArmHost) => ArmHost;
  /** In place of real processes. */
  readonly driver?: Driver;
  /** False: the driver gets folder, environment and brief as a real one does. */
  readonly rehearse?: boolean;
}

export class RealArm {
  readonly root = mkdtempSync(join(tmpdir(), "decapod-arm-"));
  readonly stateFolder = join(this.root, ".claude/workflow-state");
  readonly journal: Journal;
  readonly engine: Engine;
  readonly outputs: Outputs;
  readonly #end: () => Promise<void>;

  constructor(options: RealArmOptions = {}) {
    mkdirSync(this.stateFolder, { recursive: true });
    this.journal = journalAt(this.stateFolder, realClock, options.durability ?? "durable");
    this.outputs = new Outputs(realFiles, this.stateFolder);
    let tokens = 0;
    this.engine = new Engine({
      store: this.journal,
      clock: realClock,
      token: () => `token-${++tokens}`,
      lookup: this.outputs,
      link: linkAnew(),
      sources: { named: () => ({ ok: false, problems: [] }), inline: () => ({ ok: false, problems: [] }) },
      put: (value) => this.outputs.put(value),
    });
    this.#end = this.#work(options);
  }

  /** One run from its start to its end. */
  async run(text: string): Promise<{
    readonly run: string;
    readonly status: RunStatus | null;
    readonly entries: readonly Entry[];
  }> {
    const run = nextRunId();
    const { workflow, definition } = goodWorkflow(text, "arm.json");
    const started = await this.engine.start(run, definition, startOf(workflow));
    assert.ok(started.ok, JSON.stringify(started));
    const status = await this.engine.ended(run, { untilWaiting: false }, new AbortController().signal);
    return { run, status, entries: this.journal.entries(run) };
  }

  async close(): Promise<void> {
    await this.#end();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  #work({
    slots = 16,
    between = (host) => host,
    driver,
    rehearse = driver !== undefined,
  }: RealArmOptions): () => Promise<void> {
    const { stateFolder, root } = this;
    const spawnHost =
      driver === undefined
        ? startSpawnHost({
            exitLog: join(stateFolder, "exits.jsonl"),
            pipeFolder: join(stateFolder, "pipes"),
            ...SPAWN_HOST,
          })
        : null;
    const registry = makeRegistry({
      agents: new Map([["shell", shellDriver(spawnHost)]]),
      roles: new Map(),
      workers: () => undefined,
      isRole: (agent) => ROLES.includes(agent),
    });
    const arm = makeLocalArm({
      host: between(this.engine),
      files: realFiles,
      driverOf: ({ assignment }) => driver ?? registry.driverOf(assignment),
      isRehearsed: () => rehearse,
      stateFolder,
      cache: new WorkCache(realFiles, stateFolder, root),
      projectRoot: root,
      slots,
      environment: { PATH: process.env.PATH },
      environmentPass: [],
      isAgent: (agent) => ROLES.includes(agent),
      secretCommand: () => Promise.resolve({ ok: false, problems: [] }),
      put: (value) => this.outputs.put(value),
      onProgress: () => {},
      onRefused: (_, message) => assert.fail(message),
    });
    const working = arm.work();
    return async () => {
      arm.stop();
      await working;
      await this.engine.close();
      await spawnHost?.close();
    };
  }
}
