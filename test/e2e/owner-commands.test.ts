/** pause, resume and cancel: the same words, documents and codes whoever works on the run. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { goneProcess, until } from "../support/processes.ts";
import { type Folder, freshFolder, type Running } from "./decapod.ts";

const WAITS = `name: waits
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo x >> first.txt' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: 'echo $$ > pid; echo x >> second.txt; until [ -e go ] || [ ! -d .claude ]; do sleep 0.1; done' } }
  - { id: third, agent: shell, dependencies: [second], parameters: { run: 'echo x >> third.txt' } }
hooks:
  on_complete: [{ id: clean, agent: shell, parameters: { run: 'echo x >> clean.txt; until [ -e clean-go ] || [ ! -d .claude ]; do sleep 0.1; done' } }]
`;
/** Its attempt does not want to end. */
const STUBBORN = `name: stubborn
tasks:
  - { id: one, agent: shell, parameters: { run: "trap '' TERM; echo $$ > pid; while [ -d .claude ]; do sleep 0.1; done" } }
`;

const there = (folder: Folder, name: string) => existsSync(join(folder.path, name));
const numberIn = (folder: Folder, name: string) => Number(readFileSync(join(folder.path, name), "utf8"));
const nameIn = (text: string) => /\b(r-\w{4,})\b/.exec(text)?.[1] ?? "";

async function started(folder: Folder, workflow: string, ...words: string[]): Promise<Running> {
  const running = folder.start("run", workflow, "-v", ...words);
  await running.says("running");
  await until(() => there(folder, "pid"), "the task to run");
  return running;
}

/** The process that worked on it is killed: nobody owns the project. */
async function killed(running: Running): Promise<void> {
  running.child.kill("SIGKILL");
  await running.ended;
}

describe("a run that lives in another terminal", { concurrency: 2 }, () => {
  it("is cancelled from here, and both terminals say so", async () => {
    const folder = freshFolder({ waits: WAITS });
    folder.write("clean-go", "");
    const running = await started(folder, "waits");
    const name = nameIn(running.stderr());
    const cancelled = await folder.run("cancel", name, "--reason", "not needed");
    assert.equal(cancelled.code, 0, cancelled.stderr);
    assert.match(
      cancelled.stderr,
      new RegExp(`run cancelling by=${userInfo().username} reason="not needed"\n`),
    );
    assert.match(cancelled.stdout, /^– cancelled {2}waits r-\w+ {2}2 success, 2 cancelled/);
    const own = await running.ended;
    assert.deepEqual([own.code, own.stdout], [9, cancelled.stdout]);
    const again = await folder.run("cancel", name);
    assert.equal(again.code, 5);
    assert.match(again.stderr, /E_RUN_CLOSED run r-\w+ has ended: cancelled/);
    const shown = await folder.run("show", name);
    assert.match(shown.stdout, new RegExp(`^cancelled\\tby ${userInfo().username}: not needed$`, "m"));
    const { run } = JSON.parse((await folder.run("show", name, "--json")).stdout);
    const { by, reason } = run.cancelled;
    assert.deepEqual([by, reason], [userInfo().username, "not needed"]);
  });

  it("skips its hooks when it is cancelled twice, and is killed with --now", async () => {
    const folder = freshFolder({ waits: WAITS, stubborn: STUBBORN });
    const running = await started(folder, "waits");
    const first = folder.start("cancel", nameIn(running.stderr()));
    await until(() => there(folder, "clean.txt"), "the hook to run");
    const second = await folder.run("cancel", nameIn(running.stderr()));
    assert.equal(second.code, 0, second.stderr);
    assert.equal((await first.ended).code, 0);
    assert.equal((await running.ended).code, 9);
    const stubborn = folder.start("run", "stubborn", "-v");
    await stubborn.says("one running");
    await until(() => there(folder, "pid"), "the task to run");
    const now = await folder.run("cancel", nameIn(stubborn.stderr()), "--now");
    assert.equal(now.code, 0, now.stderr);
    assert.equal((await stubborn.ended).code, 9);
    await goneProcess(numberIn(folder, "pid"));
  });

  it("starts nothing more while it is paused, and goes on when it is resumed", async () => {
    const folder = freshFolder({ waits: WAITS });
    folder.write("clean-go", "");
    const running = await started(folder, "waits");
    const name = nameIn(running.stderr());
    const paused = await folder.run("pause", name);
    assert.deepEqual(
      [paused.code, paused.stdout],
      [0, `○ paused  waits ${name}  1 task goes on to the end\n`],
      paused.stderr,
    );
    await running.says("run paused");
    const twice = await folder.run("pause", name);
    assert.equal(twice.code, 5);
    assert.equal(
      twice.stderr,
      `error E_CONFLICT run ${name} is paused already\n  try: decapod resume ${name}\n`,
    );
    folder.write("go", "");
    await running.says("second success");
    const resumed = await folder.run("resume", name);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal((await running.ended).stdout, resumed.stdout);
    assert.ok(there(folder, "third.txt"));
  });
});

describe("a run that nobody works on", { concurrency: 2 }, () => {
  it("is paused and resumed by becoming the owner, in the same words", async () => {
    const folder = freshFolder({ waits: WAITS });
    folder.write("clean-go", "");
    const running = await started(folder, "waits");
    const name = nameIn(running.stderr());
    await killed(running);
    const paused = await folder.run("pause", name, "--json");
    assert.equal(paused.code, 0, paused.stderr);
    assert.equal(JSON.parse(paused.stdout).run.status, "paused");
    const status = await folder.run("status");
    assert.match(status.stdout, new RegExp(`^${name}\twaits\t○ paused\t.*\tdecapod resume ${name}$`, "m"));
    assert.match((await folder.run("health")).stdout, /✓ runs +1 run open, 1 of them paused$/m);
    const all = await folder.run("resume");
    assert.equal(all.stdout, "no run is interrupted\n");
    assert.match(all.stderr, new RegExp(`${name} is paused, and goes on with: decapod resume ${name}`));
    folder.write("go", "");
    const resumed = await folder.run("resume", name);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stdout, /^✓ success {2}waits/);
    assert.equal(
      readFileSync(join(folder.path, "second.txt"), "utf8"),
      "x\n",
      "it was found again, not made again",
    );
  });

  it("is cancelled by becoming the owner, in the same words, also beside an owner that does not work on it", async () => {
    const folder = freshFolder({ waits: WAITS });
    folder.write("clean-go", "");
    const lost = await started(folder, "waits");
    await killed(lost);
    const owner = folder.start("run", "waits", "-v");
    await owner.says("second running");
    const name = nameIn(lost.stderr());
    const watched = await folder.run("watch", name);
    assert.equal(watched.code, 8);
    assert.match(watched.stderr, new RegExp(`interrupted.*decapod resume ${name}`));
    const cancelled = await folder.run("cancel", name);
    assert.equal(cancelled.code, 0, cancelled.stderr);
    assert.match(cancelled.stdout, /^– cancelled {2}waits r-\w+ {2}2 success, 2 cancelled/);
    folder.write("go", "");
    assert.equal((await owner.ended).code, 0);
  });
});
