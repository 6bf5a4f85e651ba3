/** A journal that another program holds, or that the system will not let anybody write: whole processes. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { environmentWith, type Folder, freshFolder, has, startIn } from "../e2e/decapod.ts";
import { noDisk, OwnDisk } from "../support/own-disk.ts";
import { noMounts, OwnMounts } from "../support/own-mounts.ts";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { makeRepository } from "../support/repository.ts";

const STATE = ".claude/workflow-state";
const CHAIN = `name: chain
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo first >> ran; until [ -e go ] || [ ! -d .claude ]; do sleep 0.05; done' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: 'echo second >> ran' } }
`;

const ranIn = (folder: Folder) => readFileSync(join(folder.path, "ran"), "utf8");

/** A database program that somebody left open in the middle of a change. */
const HOLDER = `
  const { DatabaseSync } = require("node:sqlite");
  const database = new DatabaseSync(process.argv[1]);
  database.exec("begin exclusive");
  process.stdout.write("held");
  process.stdin.on("end", () => database.exec("rollback")).resume();
`;

async function holding(folder: Folder, t: TestContext) {
  const child = spawn(process.execPath, ["-e", HOLDER, join(folder.path, STATE, "decapod.db")]);
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return { pid: child.pid, release: () => child.stdin.end() };
}

describe("F11 another program holds the journal", () => {
  it("for a moment: what was decided waits for it, and the run goes on", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    const run = folder.start("run", "chain", "-v");
    await run.says("first running");
    await folder.has("ran");
    const holder = await holding(folder, t);
    folder.write("go", "");
    const exits = join(folder.path, STATE, "exits.jsonl");
    await until(() => readFileSync(exits, "utf8").includes('"kind":"exit"'), "the end of the first");
    holder.release();
    const ended = await run.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ranIn(folder), "first\nsecond\n");
  });

  it("for good: after five seconds code 5 with the number of its process, looking goes on, and a resume takes what ended meanwhile", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    const run = folder.start("run", "chain", "-v");
    await run.says("first running");
    await folder.has("ran");
    const holder = await holding(folder, t);
    folder.write("go", "");
    const ended = await run.ended;
    assert.equal(ended.code, 5, ended.stderr);
    const who = process.platform === "linux" ? `process ${holder.pid} \\(` : "another process";
    assert.match(
      ended.stderr,
      new RegExp(`^error E_BUSY the journal in .* is in use by ${who}[^\\n]*\\n {2}try: close`, "m"),
    );
    const status = await folder.run("status", "--json");
    assert.equal(JSON.parse(status.stdout).runs[0].workflow, "chain", status.stderr);
    holder.release();
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(ranIn(folder), "first\nsecond\n", "each once");
  });
});

/** Everything that only looks. */
async function looked(
  decapod: (...words: readonly string[]) => Promise<{ code: number | null; stdout: string; stderr: string }>,
) {
  const list = await decapod("runs", "--json");
  assert.equal(list.code, 0, list.stderr);
  const run = JSON.parse(list.stdout).runs[0].id;
  for (const words of [["status"], ["show", run], ["logs", run], ["timeline", run]]) {
    const answer = await decapod(...words);
    assert.equal(answer.code, 0, `${words}: ${answer.stderr}`);
  }
}

describe("F9 a file system that has become read-only", { skip: noMounts }, () => {
  it("ends what would write with code 6 and what to do, lets everybody look, and loses nothing", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    const mounts = await OwnMounts.of(folder, t);
    const decapod = (...words: readonly string[]) => mounts.start(...PROGRAM, ...words).ended;
    mounts.mount(STATE, "64m");
    const run = mounts.start(...PROGRAM, "run", "chain", "-v");
    await run.says("first running");
    run.child.kill("SIGINT");
    assert.equal((await run.ended).code, 130);
    await mounts.doOnceFree("mount", "-o", "remount,ro", STATE);
    for (const words of [["resume"], ["run", "chain"]]) {
      const refused = await decapod(...words);
      assert.equal(refused.code, 6, refused.stderr);
      assert.match(
        refused.stderr,
        /^error E_READ_ONLY .*workflow-state cannot be written.*\n {2}try: make the folder writable; reading still works/m,
      );
    }
    await looked(decapod);
    const doctor = await decapod("doctor");
    assert.equal(doctor.code, 6, doctor.stderr);
    assert.match(doctor.stdout, /✗ permissions +\S+workflow-state is on a file system that is read-only$/m);
    mounts.do("mount", "-o", "remount,rw", STATE);
    folder.write("go", "");
    const resumed = await decapod("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(ranIn(folder), /^(first\n)+second\n$/);
  });
});

describe("F9 a file system that turns read-only under a run", { skip: noMounts || noDisk }, () => {
  it("ends the run's process with code 6 and what to do, lets everybody look, and loses nothing", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    const mounts = await OwnMounts.of(folder, t);
    const decapod = (...words: readonly string[]) => mounts.start(...PROGRAM, ...words).ended;
    const disk = new OwnDisk(mounts, STATE);
    const run = mounts.start(...PROGRAM, "run", "chain", "-v");
    await run.says("first running");
    await folder.has("ran");
    disk.break();
    folder.write("go", "");
    const ended = await run.ended;
    assert.equal(ended.code, 6, ended.stderr);
    assert.match(
      ended.stderr,
      /^error E_READ_ONLY .*workflow-state cannot be written.*\n {2}try: make the folder writable; reading still works/m,
    );
    const refused = await decapod("resume");
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(refused.stderr, /^error E_READ_ONLY /m);
    await looked(decapod);
    assert.equal(ranIn(folder), "first\n", "nothing more began");
    await disk.mend();
    const resumed = await decapod("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(ranIn(folder), /^(first\n)+second\n$/);
    const check = await decapod("db", "check");
    assert.equal(check.code, 0, check.stderr + check.stdout);
  });
});

/** Root may everything: it is asked to do without. */
const AS_ANYBODY =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
const mayEverything = AS_ANYBODY.length > 0 && !has("setpriv", "--version") && "root may everything here";

describe("F10 a folder that is closed to its user", { skip: mayEverything }, () => {
  const start = (folder: Folder, ...words: readonly string[]) =>
    startIn(folder.path, environmentWith(join(folder.path, "../home")), [...AS_ANYBODY, ...PROGRAM, ...words])
      .ended;

  it("of what attempts leave behind: the attempt fails with path and owner, and works once it is open again", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    folder.write("go", "");
    assert.equal((await start(folder, "run", "chain")).code, 0);
    const runs = join(folder.path, STATE, "runs");
    chmodSync(runs, 0);
    t.after(() => chmodSync(runs, 0o700));
    const ended = await start(folder, "run", "chain");
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /first failed .*EACCES, .*workflow-state\/runs belongs to you with mode 000/);
    chmodSync(runs, 0o700);
    assert.equal((await start(folder, "run", "chain")).code, 0);
  });

  it("of the project's state: code 6 with path and owner, nothing runs, and all is there once it is open again", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    folder.write("go", "");
    assert.equal((await start(folder, "run", "chain")).code, 0);
    const state = join(folder.path, STATE);
    chmodSync(state, 0);
    t.after(() => existsSync(state) && chmodSync(state, 0o700));
    const doctor = await start(folder, "doctor");
    assert.equal(doctor.code, 6, doctor.stderr);
    assert.match(
      doctor.stdout,
      /✗ permissions +\S+workflow-state cannot be written: \S+ belongs to you with mode 000$/m,
    );
    for (const words of [["run", "chain"], ["status"], ["runs"]]) {
      const refused = await start(folder, ...words);
      assert.equal(refused.code, 6, refused.stderr);
      assert.match(refused.stderr, /error E_(READ_ONLY|IO) .*workflow-state.*/);
      assert.match(refused.stderr, /belongs to .*\n {2}try: /);
    }
    const health = await start(folder, "health");
    assert.equal(health.code, 6, health.stderr);
    assert.match(health.stdout, /✗ journal +\S+workflow-state cannot be used \(no permission\)/);
    assert.match(health.stdout, /✓ memory/);
    chmodSync(state, 0o700);
    assert.equal(JSON.parse((await start(folder, "runs", "--json")).stdout).runs.length, 1);
  });

  it("of the journal's file alone: db check says what may not be read, and calls nothing damaged", async (t) => {
    const folder = freshFolder({ chain: CHAIN });
    folder.write("go", "");
    assert.equal((await start(folder, "run", "chain")).code, 0);
    const database = join(folder.path, STATE, "decapod.db");
    chmodSync(database, 0);
    t.after(() => chmodSync(database, 0o600));
    const { code, stdout, stderr } = await start(folder, "db", "check");
    assert.equal(code, 6, stderr);
    assert.match(stderr, /^error E_IO the journal in \S+workflow-state cannot be opened\n {2}try: /);
    assert.doesNotMatch(stdout + stderr, /damaged|restore/);
    assert.equal((await start(folder, "health")).code, 6);
    assert.equal((await start(folder, "db", "restore", "--latest")).code, 6, "it may be whole");
    chmodSync(database, 0o600);
    assert.equal((await start(folder, "db", "check")).code, 0);
  });

  it("of one workflow: the others are found, checked and put in order, and it is told why this one is not", async (t) => {
    const folder = freshFolder({ chain: CHAIN, closed: CHAIN, wrong: "name: wrong\n" });
    const closed = join(folder.path, ".claude/workflows/closed.yaml");
    chmodSync(closed, 0);
    t.after(() => chmodSync(closed, 0o600));
    const told = /E_IO \S+closed\.yaml cannot be used \(no permission\)/;
    const all = await start(folder, "validate");
    assert.match(all.stdout, /^✓ valid .*chain/m);
    assert.match(all.stderr, told);
    assert.match(all.stderr, /"tasks" is missing/);
    assert.equal(all.code, 3);
    const list = await start(folder, "workflow", "list");
    assert.match(list.stdout, /^closed\t.*\tcannot be read: decapod validate says why$/m);
    assert.match(list.stdout, /^chain\t/m);
    const ordered = await start(folder, "workflow", "fmt", "--check");
    assert.match(ordered.stderr, told);
    assert.match(ordered.stdout, /chain\.yaml/);
    assert.equal((await start(folder, "run", "nothing")).code, 10);
  });

  it("of a folder in PATH: it is passed over, by runs in worktrees, doctor and health", async (t) => {
    const folder = freshFolder({
      apart:
        "name: apart\ntasks:\n  - { id: a, agent: shell, workspace: worktree, parameters: { run: echo x > y } }\n",
    });
    makeRepository(folder.path, { "a.txt": "one\n" });
    const closed = join(folder.path, "../closed");
    mkdirSync(join(closed, "bin"), { recursive: true });
    chmodSync(closed, 0);
    t.after(() => chmodSync(closed, 0o700));
    const home = environmentWith(join(folder.path, "../home"));
    const environment = { ...home, PATH: `${join(closed, "bin")}:${home.PATH}` };
    for (const words of [["run", "apart"], ["doctor"], ["health"]]) {
      const ended = await startIn(folder.path, environment, [...AS_ANYBODY, ...PROGRAM, ...words]).ended;
      assert.equal(ended.code, 0, `${words}: ${ended.stdout}${ended.stderr}`);
    }
  });
});
