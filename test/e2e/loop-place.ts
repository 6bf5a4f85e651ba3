/** A project with a loop and an agent that does what a script says: one invocation, one run of the script. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { childProgram, temporaryFolder } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { type Ended, environmentWith, type Running, startIn } from "./decapod.ts";

export interface LoopPlace {
  readonly base: string;
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  start(...words: readonly string[]): Running;
  run(...words: readonly string[]): Promise<Ended>;
  write(name: string, text: string): void;
  read(name: string): string;
  /** How often the agent was called. */
  invocations(): number;
}

/**
 * `does`: bash, in the project; BASE stands for a folder beside it, $N for the number of the invocation, `decapod` is the
 * program, and `hand STATUS NEXT [TASK]` writes MAIN_TASK itself.
 */
export function loopPlace(t: TestContext, does: string): LoopPlace {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  for (const folder of ["home", "bin", "project/.claude"]) mkdirSync(join(base, folder), { recursive: true });
  const executable = { mode: 0o755 };
  const quoted = PROGRAM.map((word) => `'${word}'`).join(" ");
  writeFileSync(join(base, "bin/decapod"), `#!/bin/bash\nexec ${quoted} "$@"\n`, executable);
  const answer = JSON.stringify({ kind: "succeed", output: "done" });
  const agent = `#!/bin/bash
[ "$1" = --version ] && exit
echo x >> '${base}/invocations'
N=$(wc -l < '${base}/invocations')
hand() { { echo "STATUS: $1"; echo "NEXT: $2"; [ -n "$3" ] && echo "TASK: $3"; } > .tasks/MAIN_TASK; }
${does.replaceAll("BASE", base)}
export PLAYED='${answer}'
exec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp
`;
  writeFileSync(join(base, "bin/worker"), agent, executable);
  writeFileSync(join(project, "decapod.yaml"), "agents: { worker: { driver: acp, command: worker } }\n");
  const environment = { ...environmentWith(join(base, "home")), PATH: `${join(base, "bin")}:/usr/bin:/bin` };
  const start = (...words: readonly string[]) => startIn(project, environment, [...PROGRAM, ...words]);
  return {
    base,
    project,
    environment,
    start,
    run: (...words) => start(...words).ended,
    write: (name, text) => {
      mkdirSync(join(project, name, ".."), { recursive: true });
      writeFileSync(join(project, name), text);
    },
    read: (name) => readFileSync(join(project, name), "utf8"),
    invocations: () =>
      existsSync(join(base, "invocations"))
        ? readFileSync(join(base, "invocations"), "utf8").trim().split("\n").length
        : 0,
  };
}

export function cursor(status: string, next: string, task?: string): string {
  return `STATUS: ${status}\nNEXT: ${next}\n${task === undefined ? "" : `TASK: ${task}\n`}`;
}
