// I3: what agents write into tasks/pending is done within limits, and never with more rights than they have themselves.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { childProgram, temporaryFolder, until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { SCALE } from "../support/scale.ts";
import { type Ended, environmentWith, type Running, startIn } from "./decapod.ts";
import { end } from "./interrupted.ts";

const ASKS =
  "name: asks\nparams: { environment: { type: string, default: dev } }\ntasks:\n  - { id: end, agent: finish, parameters: { status: success } }\n";
const task = (id: string, more: string) => `---\ntask_id: ${id}\n${more}---\n\nDo it.\n`;
const PRODUCTION = "task_type: x\nworkflow: asks\nparams: { environment: production }\n";

interface Place {
  readonly project: string;
  write(name: string, text: string): void;
  /** Into pending, as a careful writer does it. */
  drop(id: string, more: string): void;
  run(...words: readonly string[]): Promise<Ended>;
  watching(...words: readonly string[]): Promise<Running>;
  ids(folder: string): readonly string[];
}

/** A project with an agent, `writer`, that does this in it. `BASE` is a folder of the test's own. */
function place(t: TestContext, does: string, limits = ""): Place {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  for (const folder of ["home", "bin", "project/tasks/pending", "project/.claude/workflows"])
    mkdirSync(join(base, folder), { recursive: true });
  const answer = JSON.stringify({ kind: "succeed", output: "I wrote them." });
  const agent = `#!/bin/bash\n[ "$1" = --version ] && exit\ncd '${project}'\n${does.replaceAll("BASE", base)}\nexport PLAYED='${answer}'\nexec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp\n`;
  writeFileSync(join(base, "bin/writer"), agent, { mode: 0o755 });
  writeFileSync(
    join(base, "bin/decapod"),
    `#!/bin/bash\nexec ${PROGRAM.map((word) => `'${word}'`).join(" ")} "$@"\n`,
    { mode: 0o755 },
  );
  const write = (name: string, text: string) => writeFileSync(join(project, name), text);
  write("decapod.yaml", `agents: { writer: { driver: acp, command: writer } }\n${limits}`);
  write(".claude/workflows/asks.yaml", ASKS);
  const environment = { ...environmentWith(join(base, "home")), PATH: `${join(base, "bin")}:/usr/bin:/bin` };
  const start = (...words: readonly string[]) => startIn(project, environment, [...PROGRAM, ...words]);
  return {
    project,
    write,
    drop: (id, more) => {
      write(`tasks/pending/.${id}`, task(id, more));
      const aSecondAgo = Date.now() / 1000 - 1;
      utimesSync(join(project, `tasks/pending/.${id}`), aSecondAgo, aSecondAgo);
      renameSync(join(project, `tasks/pending/.${id}`), join(project, `tasks/pending/${id}.md`));
    },
    run: (...words) => start(...words).ended,
    watching: async (...words) => {
      const running = start("tasks", "watch", ...words);
      await running.says("following tasks/pending");
      return running;
    },
    ids: (folder) =>
      existsSync(join(project, "tasks", folder))
        ? readdirSync(join(project, "tasks", folder)).filter((name) => !name.startsWith("."))
        : [],
  };
}

/** Writes `count` task files for the agent itself, each under a name of its own. */
const spawns = (count: string) => `
mine="w-$$-$RANDOM"
for at in $(seq ${count}); do
  printf -- '---\\ntask_id: %s\\ntask_type: writer\\n---\\n\\nWrite two more.\\n' "$mine-$at" > tasks/pending/.$mine-$at
done
find tasks/pending -name ".$mine-*" -exec touch -d '1 second ago' {} +
for at in $(seq ${count}); do mv tasks/pending/.$mine-$at tasks/pending/$mine-$at.md; done`;

describe("task files that agents write", () => {
  const isWhole = SCALE === "soak";
  const { written, most, depth } = isWhole
    ? { written: 5_000, most: 50, depth: 3 }
    : { written: 5, most: 3, depth: 2 };
  const done = 1 + (isWhole ? 50 + 100 + 200 : 3 + 6);
  const left = written - most + 2 * (isWhole ? 200 : 6);

  it(`I3: E_TASK_QUOTA: of ${written} that write two more each ${most} are done and ${depth} deep, none is lost, and a person lets them through`, async (t) => {
    const limits = isWhole ? "" : "limits: { task_files_of_run: 3, task_file_depth: 2 }\n";
    const does = `count=2; mkdir BASE/first 2>/dev/null && count=${written}${spawns('"$count"')}`;
    const { drop, watching, ids, run } = place(t, does, limits);
    drop("seed", "task_type: writer\n");
    const running = await watching("--slots", "1");
    for (let some = 1; some < done; some += 10)
      await until(() => ids("completed").length >= some, `${some} are done`);
    await until(
      () => ids("completed").length === done && ids("pending").length === left,
      "all are done that may be",
    );
    await running.says("of the task files that the agents of one run write");
    await running.says("task files that agents write lead to others");
    assert.deepEqual(ids("failed"), []);
    const listed: { tasks: { id: string; state: string; problem: string | null }[] } = JSON.parse(
      (await run("task", "list", "--json")).stdout,
    );
    const waiting = listed.tasks.filter(({ state }) => state === "pending");
    assert.deepEqual([...new Set(waiting.map(({ problem }) => problem))], ["E_TASK_QUOTA"]);
    const [one] = waiting;
    assert.match((await run("task", "list")).stdout, /E_TASK_QUOTA: decapod task move w-\S+ pending/);
    const health = await run("health");
    assert.match(
      health.stdout,
      new RegExp(`task files +${left.toLocaleString("en")} task files of agents .*E_TASK_QUOTA`),
    );
    await run("task", "move", one?.id ?? "", "pending");
    await until(() => ids("completed").includes(`${one?.id}.md`), "it is done");
    const said = await end(running);
    assert.ok((said.match(/E_TASK_QUOTA/g) ?? []).length <= done, "told once for each run");
  });

  it("I3: what was written before anybody followed the folder is counted as well, and what people write never is", async (t) => {
    const { drop, watching, ids, run, write } = place(
      t,
      `count=0; mkdir BASE/first 2>/dev/null && count=5${spawns('"$count"')}`,
      "limits: { task_files_of_run: 2 }\n",
    );
    write(
      ".claude/workflows/once.yaml",
      "name: once\ntasks:\n  - { id: a, agent: writer, parameters: { task: x } }\n",
    );
    assert.equal((await run("run", "once")).code, 0);
    assert.equal(ids("pending").length, 5);
    for (let at = 0; at < 9; at += 1) drop(`p${at}`, "task_type: x\nworkflow: asks\n");
    const running = await watching("--slots", "1");
    await until(() => ids("completed").length >= 9 + 2 && ids("pending").length === 3, "done");
    await end(running);
  });

  it("I3: E_NOT_ALLOWED: production is refused to an agent's task, and a person lets it through", async (t) => {
    const writes = `printf -- '${task("to-production", PRODUCTION).replaceAll("\n", "\\n")}' > tasks/pending/to-production.md`;
    const { drop, watching, ids, run, project } = place(t, writes);
    drop("mine", PRODUCTION);
    drop("seed", "task_type: writer\n");
    const running = await watching();
    await until(() => ids("failed").length === 1, "it is refused");
    await running.says("E_NOT_ALLOWED to-production asks for production, and an agent wrote it");
    assert.match(
      readFileSync(join(project, "results/latest/to-production.result.md"), "utf8"),
      /E_NOT_ALLOWED|asks for production/,
    );
    assert.equal((await run("task", "move", "to-production", "pending")).code, 0);
    await until(() => ids("completed").length === 3, "all are done");
    await end(running);
  });

  it("I3: an attempt that calls task new is the parent of the file, and neither that nor work reaches production", async (t) => {
    const calls = [
      "decapod task new asks --set environment=dev",
      "decapod task new asks --set environment=production; echo new $? >> BASE/exits",
      "decapod work mine; echo work $? >> BASE/exits",
    ];
    const made = place(t, calls.join("\n"));
    mkdirSync(join(made.project, "tasks/templates"));
    made.write(
      "tasks/templates/asks.md",
      task("asks-{timestamp}", "task_type: x\nworkflow: asks\nparams: { environment: '{environment}' }\n"),
    );
    made.drop("mine", PRODUCTION);
    made.write(
      ".claude/workflows/once.yaml",
      "name: once\ntasks:\n  - { id: a, agent: writer, parameters: { task: x } }\n",
    );
    const ended = await made.run("run", "once");
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(readFileSync(join(made.project, "../exits"), "utf8"), "new 4\nwork 4\n");
    const [written = "", ...others] = made.ids("pending").filter((name) => name !== "mine.md");
    assert.deepEqual(others, []);
    const text = readFileSync(join(made.project, "tasks/pending", written), "utf8");
    assert.match(text, /^---\nparent: "\w{26}\/a\/1"\n/);
    const worked = await made.run("work", written);
    assert.equal(worked.code, 0, worked.stderr);
  });
});
