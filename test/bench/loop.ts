/** Row "loop": what a loop costs beside its agents, and the two commands that every invocation of any loop calls. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BARE_NODE_MS } from "../support/least.ts";
import { childProgram } from "../support/processes.ts";
import { type Bundle, environment, lifeMs, peakMb, withBundle } from "./program.ts";
import { bounded, type Line, reported, spread } from "./table.ts";

const INVOCATIONS = 10;
const REHEARSED = 1_000;
const CALLS = 3;
const CURSOR = { most: 40, floorThere: BARE_NODE_MS };

/** What this agent does takes no time worth speaking of; what it is takes a start of Node. */
const AGENT = (base: string) => `#!/bin/bash
[ "$1" = --version ] && exit
echo x >> '${base}/n'; N=$(wc -l < '${base}/n')
echo "part $(printf 'x%.0s' $(seq $N))" > .tasks/a/f$N
printf 'STATUS: continue\\nNEXT: Go on with part x%s\\nTASK: a\\n' "$N" > .tasks/MAIN_TASK
export PLAYED='{"kind":"succeed","output":"done"}'
exec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp
`;

export async function loopRows(rounds: number): Promise<readonly Line[]> {
  return withBundle(async (bundle) => {
    const seen = {
      bare: [] as number[],
      beside: [] as number[],
      read: [] as number[],
      update: [] as number[],
      few: [] as number[],
      many: [] as number[],
    };
    for (let round = 0; round < rounds; round += 1) {
      const { project, env } = loopProject(bundle, `loop-${round}`, 1);
      seen.bare.push(await lifeMs(bundle, ["-e", "0"], project));
      const bare = seen.bare.at(-1) ?? 0;
      const command = (...words: readonly string[]) => lifeMs(bundle, [bundle.main, ...words], project, env);
      await command("loop", "--agent", "worker", "--max", String(INVOCATIONS), "--quiet");
      seen.beside.push(...besideAgents(bundle, project));
      // Of both the first fills the compile cache, as any call before this one has.
      for (let time = 0; time <= CALLS; time += 1) {
        const next = `Go on with part ${round * CALLS + time}`;
        const [read, update] = [
          await command("main-task", "read"),
          await command("main-task", "update", "continue", next),
        ];
        if (time === 0) continue;
        seen.read.push(read - bare);
        seen.update.push(update - bare);
      }
    }
    const { project } = loopProject(bundle, "rehearsed", REHEARSED);
    for (const [found, max] of [
      [seen.few, REHEARSED / 10],
      [seen.many, REHEARSED],
    ] as const)
      found.push(await peakMb(bundle, ["loop", "--rehearse", "--max", String(max), "--quiet"], project));
    return linesOf(seen);
  });
}

function linesOf(seen: Readonly<Record<"bare" | "beside" | "read" | "update" | "few" | "many", number[]>>) {
  const floor = spread(seen.bare);
  const said = (what: string, ours: number[], most: number) => ({
    row: "loop",
    what,
    unit: "ms",
    floor,
    ours: spread(ours),
    target: `< ${most}`,
  });
  const beside = said("decapod beside the agent, an invocation; floor: node -e 0", seen.beside, 20);
  return [
    bounded(beside, { most: 20, floorThere: BARE_NODE_MS }),
    bounded(said("main-task read, beyond the start of Node", seen.read, 40), CURSOR),
    bounded(said("main-task update, beyond the start of Node", seen.update, 40), CURSOR),
    reported({
      row: "loop",
      what: "memory of 1,000 rehearsed invocations; floor: of 100",
      unit: "MB",
      floor: spread(seen.few),
      ours: spread(seen.many),
      target: "flat",
    }),
  ];
}

/** Tasks for so many invocations, and an agent that gets one thing done each time. */
function loopProject({ folder }: Bundle, name: string, tasks: number) {
  const base = join(folder, name);
  const project = join(base, "project");
  const bin = join(base, "bin");
  for (const one of [bin, join(project, ".claude"), join(project, ".tasks/a")])
    mkdirSync(one, { recursive: true });
  writeFileSync(join(bin, "worker"), AGENT(base));
  chmodSync(join(bin, "worker"), 0o755);
  writeFileSync(join(project, "decapod.yaml"), "agents: { worker: { driver: acp, command: worker } }\n");
  const id = (number: number) => (tasks === 1 ? "a" : `t${1_000 + number}`);
  for (let number = 0; number < tasks; number += 1)
    writeFileSync(join(project, `.tasks/[pending]_${id(number)}_task.md`), "# a task\n");
  writeFileSync(join(project, ".tasks/MAIN_TASK"), `STATUS: continue\nNEXT: Execute it\nTASK: ${id(0)}\n`);
  return { project, env: { PATH: `${bin}:${process.env.PATH}` } };
}

/** Of each invocation its time without that of the agent's attempt, ms. */
function besideAgents(bundle: Bundle, project: string): readonly number[] {
  const asked = (...words: readonly string[]) =>
    JSON.parse(
      execFileSync(process.execPath, [bundle.main, ...words, "--json"], {
        cwd: project,
        env: environment(bundle),
        encoding: "utf8",
      }),
    );
  const run = asked("runs").runs[0].id;
  const { invocations } = asked("show", run).run as {
    readonly invocations: readonly { readonly run: string; readonly durationSeconds: number }[];
  };
  // The first one loads what the others find there.
  return invocations.slice(1).map((one) => {
    const tasks = asked("show", one.run).run.tasks as readonly { id: string; durationSeconds: number }[];
    const act = tasks.find(({ id }) => id === "act")?.durationSeconds ?? 0;
    return (one.durationSeconds - act) * 1000;
  });
}
