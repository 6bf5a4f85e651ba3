/** A real agent program under its driver, on a stand-in of its API: what the suite of all drivers needs of one. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { AgentPorts } from "../../src/driver/agent/agent.ts";
import type { Product } from "../../src/driver/agent/product.ts";
import { type Environment, findProgram, type Program } from "../../src/driver/agent/program.ts";
import type { Driver, Work } from "../../src/driver/driver.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { capture } from "../../src/port/spawn.ts";
import { type DriverSetting, type DriverTask, driverSuite } from "../suites/driver.suite.ts";
import { idIn, processRoom } from "../support/processes.ts";

export const SECRET_TEXT = "hunter2-hunter2";
const MODULES = join(import.meta.dirname, "node_modules");

export interface RealAgent {
  readonly product: Product;
  /** Below node_modules. */
  readonly program: string;
  /** Starts the stand-in, with what the model says and does for a task. */
  readonly stub: (task: DriverTask) => Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Of the person, for a stand-in at this address. */
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  readonly make: (parts: RealParts) => Driver;
  readonly options: Work["options"];
  /** With which it ends when its API refuses. */
  readonly failureCode?: number;
}

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

/** For a program that takes seconds to start. Given to `skip`. */
export const NOT_WITH_EVERY_COMMIT =
  (process.env.DECAPOD_TEST_SCALE ?? "commit") === "commit" ? "DECAPOD_TEST_SCALE=ci tries it" : false;

export function realSuite(agent: RealAgent): void {
  const { driver: name } = agent.product;
  const skip = missing(agent);
  if (skip === false) driverSuite(name, (t) => setUp(t, agent));
  else describe(`${name}: what every driver does`, () => void it("is not tried here", { skip }, () => {}));
}

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
        const stub = await agent.stub(tasks.get(work.attempt) ?? { kind: "hang" });
        Object.assign(person, agent.environment(stub.url));
        try {
          return yield* driver.run(work, signal);
        } finally {
          await stub.close();
        }
      },
    },
    work: (task, more = {}) => {
      const name = idIn(room.folder, `task${tasks.size + 1}`);
      tasks.set(name, task);
      return { ...plainWork(name, workspace, folder), options: agent.options, ...more };
    },
  };
}

function plainWork(attempt: string, workspace: string, folder: string): Work {
  return {
    attempt,
    run: "01RUN",
    task: "task",
    number: 1,
    agent: "coder",
    agentRole: null,
    parameters: {},
    options: {},
    environment: {
      PATH: process.env.PATH ?? "",
      HOME: folder,
      TMPDIR: join(folder, "tmp"),
      DECAPOD_ATTEMPT: attempt,
      SECRET: SECRET_TEXT,
    },
    secrets: {},
    workspace,
    folder,
    timeoutMs: null,
    idleTimeoutMs: null,
    budget: { usd: null, tokens: null },
    outputSchema: null,
    brief: "Do it.",
    reattach: false,
  };
}
