/** Row "tasks": how soon `tasks watch` begins a task file when it is at rest, and how long many at once hold its loop. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BARE_NODE_MS } from "../support/least.ts";
import { until } from "../support/processes.ts";
import { type Bundle, environment, lifeMs, withBundle } from "./program.ts";
import { bounded, type Line, spread } from "./table.ts";

const AT_REST = 5;
const AT_ONCE = 1_000;
const SAY =
  "name: say\ntasks:\n  - { id: say, agent: shell, parameters: { run: 'date +%s%N >> ran.txt' } }\n";
const NOTHING = "name: nothing\ntasks:\n  - { id: end, agent: finish, parameters: { status: success } }\n";
const LONG_MS = 600_000;

export async function taskRows(rounds: number): Promise<readonly Line[]> {
  return withBundle(async (bundle) => {
    const [bare, soon, held]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      const project = projectOf(bundle, `tasks-${round}`);
      bare.push(await lifeMs(bundle, ["-e", "0"], project));
      const watch = await watching(bundle, project);
      for (let at = 0; at <= AT_REST; at += 1) {
        const ms = await oneAtRest(project, `rest-${at}`);
        // The first one loads what the others find there.
        if (at > 0) soon.push(ms);
      }
      held.push(await manyAtOnce(project, watch));
    }
    const shared = { row: "tasks", unit: "ms", floor: spread(bare) };
    return [
      bounded(
        {
          ...shared,
          what: "task file moved in → its script at work, at rest; floor: node -e 0",
          ours: spread(soon),
          target: "< 100",
        },
        { most: 100, floorThere: BARE_NODE_MS },
      ),
      bounded(
        {
          ...shared,
          what: `loop held at most, ${AT_ONCE.toLocaleString("en")} task files moved in at once; floor: node -e 0`,
          ours: spread(held),
          target: "≤ 50",
        },
        { most: 50, floorThere: BARE_NODE_MS },
      ),
    ];
  });
}

function projectOf({ folder }: Bundle, name: string): string {
  const project = join(folder, name);
  for (const one of [".claude/workflows", "tasks/pending"])
    mkdirSync(join(project, one), { recursive: true });
  writeFileSync(join(project, ".claude/workflows/say.yaml"), SAY);
  writeFileSync(join(project, ".claude/workflows/nothing.yaml"), NOTHING);
  return project;
}

interface Watch {
  readonly child: ChildProcess;
  /** Where it writes for how long its loop was held. */
  readonly holds: string;
}

async function watching(bundle: Bundle, project: string): Promise<Watch> {
  const holds = join(project, "holds");
  const words = ["--import", join(import.meta.dirname, "loop-holds.ts"), bundle.main, "tasks", "watch"];
  const child = spawn(process.execPath, [...words, "--durability", "fast"], {
    cwd: project,
    env: environment(bundle, { HOLDS_FILE: holds }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until(() => said.includes("following tasks/pending"), "it follows", LONG_MS);
  return { child, holds };
}

/** As a careful writer does it: under another name, with a time before that of the move. */
function drop(project: string, id: string, workflow: string): void {
  const half = join(project, "tasks/pending", `.${id}`);
  const aSecondAgo = Date.now() / 1000 - 1;
  writeFileSync(half, `---\ntask_id: ${id}\ntask_type: build\nworkflow: ${workflow}\n---\n\nDo it.\n`);
  utimesSync(half, aSecondAgo, aSecondAgo);
  renameSync(half, join(project, "tasks/pending", `${id}.md`));
}

const completed = (project: string) => {
  try {
    return readdirSync(join(project, "tasks/completed"));
  } catch {
    return [];
  }
};

/** In ms. */
async function oneAtRest(project: string, id: string): Promise<number> {
  const movedAt = Date.now();
  drop(project, id, "say");
  await until(() => completed(project).includes(`${id}.md`), `${id} is done`, LONG_MS);
  const last = readFileSync(join(project, "ran.txt"), "utf8").trim().split("\n").at(-1);
  return Number(last) / 1e6 - movedAt;
}

/** The longest that its loop was held, in ms. */
async function manyAtOnce(project: string, { child, holds }: Watch): Promise<number> {
  const before = completed(project).length;
  child.kill("SIGUSR2");
  for (let at = 0; at < AT_ONCE; at += 1) drop(project, `t${at}`, "nothing");
  await until(() => completed(project).length === before + AT_ONCE, "all are done", LONG_MS);
  child.kill("SIGINT");
  await once(child, "exit");
  return Number(readFileSync(holds, "utf8"));
}
