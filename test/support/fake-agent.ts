// A program that plays an agent, in a room of its own: found by PATH, asked for its version, started as the real one is.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AgentPorts } from "../../src/driver/agent/agent.ts";
import type { Product } from "../../src/driver/agent/product.ts";
import { type Environment, findProgram, type Program } from "../../src/driver/agent/program.ts";
import type { Driver, Work } from "../../src/driver/driver.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import { capture } from "../../src/port/spawn.ts";
import type { DriverSetting, DriverTask } from "../suites/driver.suite.ts";
import { plainWork } from "./plain-work.ts";
import { childProgram, idIn, type ProcessRoom } from "./processes.ts";
import { sharedRoom } from "./shared-room.ts";

export interface FakeAgent {
  readonly driver: Driver;
  readonly work: Work;
  /** The attempt's folder. */
  readonly folder: string;
  readonly project: string;
  readonly room: ProcessRoom;
}

/** What the driver under test is made of. */
export interface FakeParts extends AgentPorts {
  readonly program: Program;
  readonly environment: Environment;
  readonly project: string;
}

export interface Played {
  readonly product: Pick<Product, "command" | "versionWords" | "known">;
  readonly make: (parts: FakeParts) => Driver;
  /** Of the person, beside PATH and HOME. */
  readonly environment: Environment;
  readonly graceMs?: number;
}

export const SECRET_TEXT = "hunter2-hunter2";

/** An agent that does this, after it has told its version. */
export function fakeAgent(t: TestContext, played: Played, script: string): FakeAgent {
  const room = sharedRoom(t);
  const [project, bin, folder] = ["project", "bin", "attempt"].map((name) => join(room.folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [project, bin, folder]) mkdirSync(path, { mode: 0o700 });
  const { command, versionWords, known } = played.product;
  const version = `${versionWords}${known[0]?.to ?? ""}`;
  writeFileSync(
    join(bin, command),
    `#!/bin/bash\n[ "$1" = --version ] && echo "${version}" && exit\n${script}\n`,
  );
  chmodSync(join(bin, command), 0o755);
  writeFileSync(join(folder, "brief.md"), "Do the work.\n");
  const environment = { PATH: `${bin}:/usr/bin:/bin`, HOME: room.folder, ...played.environment };
  const product = played.product as Product;
  const found = { product, files: realFiles, environment, projectRoot: project, versions: [], capture };
  const driver = played.make({
    starter: room.host,
    files: realFiles,
    clock: realClock,
    program: findProgram({ ...found, program: null }),
    environment,
    project,
    ...(played.graceMs !== undefined && { graceMs: played.graceMs }),
  });
  const name = idIn(room.folder, "task");
  const work = plainWork({
    attempt: name,
    parameters: { task: "x" },
    environment: {
      PATH: "/usr/bin:/bin",
      DECAPOD_ATTEMPT: name,
      PLACE: room.folder,
      SECRET: SECRET_TEXT,
    },
    workspace: project,
    folder,
    brief: "Do the work.\n",
  });
  return { driver, work, folder, project, room };
}

/** For the suite of all drivers: a program that speaks `protocol` and does what its task says. */
export function playedSetting(t: TestContext, played: Played, protocol: string): DriverSetting {
  const program = childProgram("played-agent.mjs");
  const script = `exec '${process.execPath}' '${program}' ${protocol} "$@"`;
  const { driver, work, room } = fakeAgent(t, played, script);
  let count = 0;
  return {
    driver,
    work: (task: DriverTask, more = {}) => {
      const attempt = idIn(room.folder, `task${++count}`);
      const environment = {
        ...work.environment,
        DECAPOD_ATTEMPT: attempt,
        PLAYED: JSON.stringify(task),
        ORPHAN: childProgram("orphan.sh"),
      };
      return { ...work, attempt, environment, ...more };
    },
  };
}
