/** A real agent program under its driver, on a stand-in of its API: what the suite of all drivers needs of one. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AgentPorts } from "../../src/driver/agent/agent.ts";
import type { Product } from "../../src/driver/agent/product.ts";
import { type Environment, findProgram, type Program } from "../../src/driver/agent/program.ts";
import type { Driver, Outcome, Work } from "../../src/driver/driver.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { capture } from "../../src/port/spawn.ts";
import { type DriverSetting, type DriverTask, driverSuite } from "../suites/driver.suite.ts";
import { plainWork } from "../support/plain-work.ts";
import { idIn, processRoom } from "../support/processes.ts";

export const SECRET_TEXT = "hunter2-hunter2";
const MODULES = join(import.meta.dirname, "node_modules");

const TRIPLES: Readonly<Record<string, string>> = {
  x64: "x86_64-unknown-linux-musl",
  arm64: "aarch64-unknown-linux-musl",
};
/** Below node_modules. */
export const CODEX_PROGRAM = `@openai/codex-${process.platform}-${process.arch}/vendor/${TRIPLES[process.arch]}/bin/codex`;
export const GEMINI_PROGRAM = "@google/gemini-cli/bundle/gemini.js";

export interface RealAgent {
  readonly product: Product;
  /** Below node_modules. */
  readonly program: string;
  /** Starts the stand-in, with what the model says and does for a task. `taken` waits for so many bytes of its output. */
  readonly stub: (
    task: DriverTask,
    taken: Taken,
  ) => Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Of the person, for a stand-in at this address. */
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  readonly make: (parts: RealParts) => Driver;
  readonly options: Work["options"];
  /** With which it ends when its API refuses. */
  readonly failureCode?: number;
}

export type Taken = (bytes: number) => Promise<void>;

export interface RealParts extends AgentPorts {
  readonly program: Program;
  readonly environment: Environment;
  readonly workspace: string;
}

export function programOf({ program }: Pick<RealAgent, "program">): string {
  return join(MODULES, program);
}

/** Given to `skip`: the reason with the command that takes it away, or false. */
export function missing(agent: Pick<RealAgent, "product" | "program">): string | false {
  if (existsSync(programOf(agent))) return false;
  const { command, known } = agent.product;
  return `${command} ${known[0]?.to} is not installed for tests: node scripts/ensure.mjs test/agents`;
}

/** For so many answers of a stand-in that are given when all of them were asked for: they are waited for at once. */
export function meeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    come += 1;
    if (come === count) resolve();
    return promise;
  };
}

export function realSuite(agent: RealAgent, skip: string | false = false): void {
  driverSuite(agent.product.driver, (t) => setUp(t, agent), missing(agent) || skip);
}

/** Measures what an attempt prints. */
function meter(): { readonly reached: Taken; of(steps: Steps): Steps } {
  let printed = 0;
  const waiting = new Map<() => void, number>();
  return {
    reached: (bytes) =>
      printed >= bytes ? Promise.resolve() : new Promise((resolve) => waiting.set(resolve, bytes)),
    async *of(steps) {
      try {
        for (let step = await steps.next(); ; step = await steps.next()) {
          if (step.done === true) return step.value;
          if (step.value.kind === "output") printed = step.value.bytes;
          for (const [resolve, bytes] of waiting) if (printed >= bytes) resolve();
          yield step.value;
        }
      } finally {
        await steps.return({} as Outcome);
      }
    },
  };
}

type Steps = ReturnType<Driver["run"]>;

/** A stub of its own for each attempt, begun when the attempt is. */
function setUp(t: TestContext, agent: RealAgent): DriverSetting {
  const room = processRoom(t, { graceMs: 5_000 });
  const [workspace, folder] = ["workspace", "attempt"].map((name) => join(room.folder, name)) as [
    string,
    string,
  ];
  for (const path of [workspace, folder, join(folder, "tmp")]) mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(folder, "brief.md"), "Do it.\n");
  const person: Record<string, string> = { HOME: room.folder, PATH: process.env.PATH ?? "" };
  const { product } = agent;
  const found = {
    product,
    files: realFiles,
    environment: person,
    projectRoot: workspace,
    versions: [],
    capture,
  };
  const driver = agent.make({
    starter: room.host,
    files: realFiles,
    clock: realClock,
    program: findProgram({ ...found, program: programOf(agent) }),
    environment: person,
    workspace,
  });
  const tasks = new Map<string, DriverTask>();
  return {
    failureCode: agent.failureCode ?? 1,
    driver: {
      ...driver,
      async *run(work, signal) {
        const output = meter();
        const stub = await agent.stub(tasks.get(work.attempt) ?? { kind: "hang" }, output.reached);
        Object.assign(person, agent.environment(stub.url));
        try {
          return yield* output.of(driver.run(work, signal));
        } finally {
          await stub.close();
        }
      },
    },
    work: (task, more = {}) => {
      const name = idIn(room.folder, `task${tasks.size + 1}`);
      tasks.set(name, task);
      const environment = {
        PATH: process.env.PATH ?? "",
        HOME: folder,
        TMPDIR: join(folder, "tmp"),
        DECAPOD_ATTEMPT: name,
        SECRET: SECRET_TEXT,
      };
      const { options } = agent;
      return plainWork({ attempt: name, environment, workspace, folder, options, brief: "Do it.", ...more });
    },
  };
}
