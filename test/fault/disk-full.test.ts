/** A disk that fills while whole processes work on it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { freshFolder } from "../e2e/decapod.ts";
import { noMounts, OwnMounts } from "../support/own-mounts.ts";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";

const STATE = ".claude/workflow-state";
const RESERVE_BYTES = 8 * 1024 * 1024;

/** The first one ends when a file is there; each says in a file how often it ran. */
const CHAIN = `name: chain
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo first >> ran; until [ -e go ] || [ ! -d .claude ]; do sleep 0.05; done' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: 'echo second >> ran' } }
  - { id: third, agent: shell, dependencies: [second], parameters: { run: 'echo third >> ran' } }
`;

async function project(t: TestContext, workflows: Readonly<Record<string, string>>) {
  const folder = freshFolder(workflows);
  const mounts = await OwnMounts.of(folder, t);
  const ran = () => readFileSync(join(folder.path, "ran"), "utf8");
  const decapod = (...words: readonly string[]) => mounts.start(...PROGRAM, ...words);
  const free = (inside: string) => rmSync(mounts.seen(inside));
  return { folder, mounts, ran, decapod, free };
}

describe("F6 the disk fills", { skip: noMounts }, () => {
  it("with a reserve: what runs is brought to its end, nothing new starts, and it goes on by itself once there is room", async (t) => {
    const { folder, mounts, ran, decapod, free } = await project(t, { chain: CHAIN });
    mounts.mount(STATE, "48m");
    const run = decapod("run", "chain", "-v");
    const reserve = mounts.seen(`${STATE}/decapod.reserve`);
    await until(() => existsSync(reserve) && statSync(reserve).size === RESERVE_BYTES, "the reserve");
    mounts.fill(`${STATE}/filled`);
    folder.write("go", "");
    await run.says("E_DISK_FULL");
    await run.says("third queued");
    assert.match(
      run.stderr(),
      /E_DISK_FULL the disk of .* is full; .*: free at least 32 MiB: nothing new starts/,
    );
    assert.match(run.stderr(), /first success/);
    const status = await decapod("status", "--json").ended;
    assert.equal(JSON.parse(status.stdout).runs[0].status, "running", "who looks is answered");
    assert.doesNotMatch(run.stderr(), /third running/);
    free(`${STATE}/filled`);
    await run.says("there is room on the disk again");
    const ended = await run.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ran(), "first\nsecond\nthird\n");
  });

  it("without one: what was decided waits, ctrl-C ends with code 6 and what to do, and a resume goes on once there is room", async (t) => {
    const { folder, mounts, ran, decapod, free } = await project(t, { chain: CHAIN });
    mounts.mount(STATE, "1m");
    const run = decapod("run", "chain", "-v");
    await run.says("first running");
    await folder.has("ran");
    mounts.fill(`${STATE}/filled`);
    folder.write("go", "");
    await run.says("E_DISK_FULL no space left for the journal");
    run.child.kill("SIGINT");
    const stopped = await run.ended;
    assert.equal(stopped.code, 6, stopped.stderr);
    assert.match(
      stopped.stderr,
      /error E_DISK_FULL [^\n]*\n {2}try: free at least 32 MiB; nothing that was acknowledged is lost/,
    );
    mounts.fill(`${STATE}/again`);
    const refused = await decapod("resume").ended;
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(refused.stderr, /^error E_DISK_FULL/m);
    for (const name of ["filled", "again"]) free(`${STATE}/${name}`);
    const ended = await decapod("resume").ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ran(), "first\nsecond\nthird\n", "each once, also the one whose end found no room");
  });

  it("before anything begins: code 6, what to do, and nothing runs", async (t) => {
    const { folder, mounts, decapod } = await project(t, { chain: CHAIN });
    mounts.mount(STATE, "1m");
    mounts.fill(`${STATE}/filled`);
    const ended = await decapod("run", "chain").ended;
    assert.equal(ended.code, 6);
    assert.match(
      ended.stderr,
      /^error E_DISK_FULL no space left for the journal in [^\n]*\n {2}try: free at least/m,
    );
    assert.equal(existsSync(join(folder.path, "ran")), false);
  });
});

const LOUD = `name: loud
settings: { on_failure: continue }
tasks:
  - { id: loud, agent: shell, parameters: { run: 'head -c 900000 /dev/zero | tr "\\0" x' } }
  - { id: beside, agent: shell, dependencies: [loud], trigger_rule: all_done, parameters: { run: 'echo beside >> ran' } }
`;

const OWN_FOLDER = `name: own
settings: { on_failure: continue }
tasks:
  - { id: writes, agent: shell, parameters: { run: 'head -c 900000 /dev/zero > small/file' } }
  - { id: beside, agent: shell, parameters: { run: 'echo beside >> ran' } }
`;

const CACHED = `name: cached
tasks:
  - id: made
    agent: shell
    parameters: { run: 'echo made >> ran; head -c 200000 /dev/zero > big' }
    cache: { key: one, paths: [big] }
`;

describe("F7 a quota is spent", { skip: noMounts }, () => {
  it("where logs lie: the task whose output is lost fails with the reason, others go on", async (t) => {
    const { mounts, ran, decapod } = await project(t, { loud: LOUD });
    mounts.mount(`${STATE}/runs`, "32k");
    const ended = await decapod("run", "loud", "-v").ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(
      ended.stderr,
      /loud failed .*what it printed could not be kept \(ENOSPC\), so its output is not known/,
    );
    assert.match(ended.stderr, /beside success/);
    assert.equal(ran(), "beside\n");
  });

  it("where a task writes: that task fails in its own words, others go on", async (t) => {
    const { mounts, ran, decapod } = await project(t, { own: OWN_FOLDER });
    mounts.mount("small", "64k");
    const ended = await decapod("run", "own", "-v").ended;
    assert.equal(ended.code, 1, ended.stderr);
    assert.match(ended.stderr, /writes failed .*No space left on device/);
    assert.match(ended.stderr, /beside success/);
    assert.equal(ran(), "beside\n");
  });

  it("where the cache lies: the task succeeds all the same, and is made again next time", async (t) => {
    const { mounts, ran, decapod } = await project(t, { cached: CACHED });
    mounts.mount(`${STATE}/cache`, "64k");
    for (const times of [1, 2]) {
      const ended = await decapod("run", "cached", "-v").ended;
      assert.equal(ended.code, 0, ended.stderr);
      assert.equal(ran(), "made\n".repeat(times));
    }
  });
});
