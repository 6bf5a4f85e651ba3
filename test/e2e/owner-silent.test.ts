/** An owner that is stopped, held up, or sleeps together with everything else. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import { realProcessTable, treeOf } from "../../src/port/process-table.ts";
import { pickCounts } from "../support/journal.ts";
import { until } from "../support/processes.ts";
import { type Folder, freshFolder } from "./decapod.ts";

/** Four at once, which end when a file is there. */
const many = (timeout: string) => `name: many
settings: { timeout: ${timeout}, max_parallel: 4 }
tasks:
${["a", "b", "c", "d"].map((id) => `  - { id: ${id}, agent: shell, timeout: ${timeout}, parameters: { run: 'echo x >> ${id}.txt; until [ -e go ] || [ ! -d .claude ]; do sleep 0.1; done' } }`).join("\n")}
  - { id: last, agent: shell, dependencies: [a, b, c, d], parameters: { run: 'true' } }
`;
const MANY = many("5m");

/** How long all of it is stopped. Above a moment it is more than the tasks and the run have time for. */
const STOPPED_MS = pickCounts({ commit: 0, ci: 45_000, soak: 600_000 });
const PATIENCE = STOPPED_MS === 45_000 ? "40s" : "5m";

/** The spawn hosts are nobody's children: they are known by the folder their pipes lie in. */
function allOf(folder: Folder, pids: readonly number[]): readonly number[] {
  const rows = realProcessTable.rows();
  const hosts = realFiles
    .list(join(folder.path, ".claude/workflow-state/pipes"))
    .flatMap(({ name }) => Number(/^pipes-(\d+)$/.exec(name)?.[1] ?? 0) || []);
  const tasks = realProcessTable.pids().filter((pid) => {
    const attempt = realProcessTable.variable(pid, "DECAPOD_OUTPUT");
    return attempt?.startsWith(folder.path) === true;
  });
  return [
    ...new Set([...pids, ...hosts, ...tasks].flatMap((pid) => treeOf(rows, pid).map((row) => row.pid))),
  ];
}

describe("F12 an owner that is stopped", () => {
  it("is named with its number, host and time, code 5, by every command that would ask it; then answers again", async () => {
    const folder = freshFolder({ many: MANY });
    const owner = folder.start("run", "many", "-v");
    await owner.says("d running");
    const run = JSON.parse((await folder.run("runs", "--json=id")).stdout).runs[0].id;
    owner.child.kill("SIGSTOP");
    for (const words of [
      ["run", "many"],
      ["cancel", run],
      ["watch", run],
    ]) {
      const refused = await folder.run(...words);
      assert.equal(refused.code, 5, refused.stderr);
      const who = `E_LOCKED process ${owner.child.pid} on .*, since .* UTC, owns this project and does not answer`;
      assert.match(refused.stderr, new RegExp(`${who}[\\s\\S]*kill -9 ${owner.child.pid}`));
    }
    assert.equal((await folder.run("status")).code, 0, "looking needs nobody");
    owner.child.kill("SIGCONT");
    const paused = await folder.run("pause", run);
    assert.equal(paused.code, 0, paused.stderr);
    const resumed = folder.start("resume", run);
    await resumed.says("run resumed");
    folder.write("go", "");
    assert.deepEqual([(await owner.ended).code, (await resumed.ended).code], [0, 0]);
  });
});

describe("F67 an owner that is held up", () => {
  it("loses nobody who watches, and takes the results that came meanwhile, each once", async () => {
    const folder = freshFolder({ many: MANY });
    const owner = folder.start("run", "many", "-v");
    await owner.says("d running");
    const watching = folder.start("watch", "-v");
    await watching.says("run watched");
    owner.child.kill("SIGSTOP");
    folder.write("go", "");
    const exits = join(folder.path, ".claude/workflow-state/exits.jsonl");
    const ended = () => readFileSync(exits, "utf8").match(/"kind":"exit"/g)?.length ?? 0;
    await until(() => ended() === 4, "the four exits");
    owner.child.kill("SIGCONT");
    assert.equal((await owner.ended).code, 0);
    const watched = await watching.ended;
    assert.equal(watched.code, 0, watched.stderr);
    for (const id of ["a", "b", "c", "d"]) {
      assert.equal(watched.stderr.match(new RegExp(`${id} success`, "g"))?.length, 1);
      assert.equal(readFileSync(join(folder.path, `${id}.txt`), "utf8"), "x\n");
    }
  });
});

describe("F23 a machine that sleeps", () => {
  it("wakes with nothing failed: the same attempts go on, who watches still sees it, others can ask", async () => {
    const folder = freshFolder({ many: many(PATIENCE) }, 240_000 + STOPPED_MS);
    const owner = folder.start("run", "many", "-v");
    await owner.says("d running");
    const watching = folder.start("watch");
    await watching.says("run watched");
    const found = allOf(folder, [owner.child.pid ?? -1, watching.child.pid ?? -1]);
    // A task's short sleep may be over by now.
    const all = found.filter((pid) => isStopped(pid));
    assert.ok(all.length >= 6, `${all.length} processes`);
    await until(() => all.every(standsStill), "all to be stopped");
    const begun = performance.now();
    await until(
      () => performance.now() - begun >= STOPPED_MS,
      "the end of the sleep",
      2 * STOPPED_MS + 1_000,
    );
    for (const pid of all) process.kill(pid, "SIGCONT");
    const status = await folder.run("status", "--json");
    assert.equal(JSON.parse(status.stdout).runs[0].status, "running");
    folder.write("go", "");
    const [ran, watched] = await Promise.all([owner.ended, watching.ended]);
    assert.deepEqual([ran.code, watched.code], [0, 0], ran.stderr + watched.stderr);
    assert.doesNotMatch(ran.stderr, /failed|retry|lost/);
    for (const id of ["a", "b", "c", "d"])
      assert.equal(readFileSync(join(folder.path, `${id}.txt`), "utf8"), "x\n", id);
  });
});

function isStopped(pid: number): boolean {
  try {
    return process.kill(pid, "SIGSTOP");
  } catch {
    return false;
  }
}

/** Stopped, gone, or ended: whoever ended beside a parent that is stopped stays a zombie, which takes every signal. */
function standsStill(pid: number): boolean {
  const text = realFiles.readTextIf(`/proc/${pid}/stat`) ?? ") T";
  return /^[TZX]/.test(text.slice(text.lastIndexOf(")") + 2));
}
