/** Two terminals at one project: the owner's socket, and those who watch. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runIdOfKey } from "../../src/work/key-run.ts";
import { freshFolder } from "./decapod.ts";

/** The second task waits for a file, so that it runs exactly as long as a test wants. */
const WAITS = `name: waits
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo x >> first.txt' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: 'until [ -e go ] || [ ! -d .claude ]; do sleep 0.1; done' } }
  - { id: third, agent: shell, dependencies: [second], parameters: { run: 'echo x >> third.txt' } }
`;
const ASKS = `name: asks
tasks:
  - { id: long, agent: shell, parameters: { run: 'until [ -e go ] || [ ! -d .claude ]; do sleep 0.1; done' } }
  - { id: gate, agent: approval, parameters: { message: "Ship it?" } }
`;

/** Without the clock in front. */
const linesOf = (text: string) => text.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d /, ""));

describe("a second terminal", { concurrency: 2 }, () => {
  it("watches a run from where it is to its end, with its lines, summary and exit code", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "-v");
    await running.says("second running");
    const watching = folder.start("watch");
    await watching.says("run watched");
    folder.write("go", "");
    const [ran, watched] = await Promise.all([running.ended, watching.ended]);
    assert.equal(watched.code, 0, watched.stderr);
    assert.equal(watched.stdout, ran.stdout);
    const since = linesOf(ran.stderr).findIndex((line) => line.includes("second success"));
    const seen = linesOf(watched.stderr).findIndex((line) => line.includes("second success"));
    const quiet = (lines: readonly string[]) => lines.filter((line) => !/ (queued|running)$/.test(line));
    assert.deepEqual(quiet(linesOf(watched.stderr).slice(seen)), quiet(linesOf(ran.stderr).slice(since)));
  });

  it("gets with --jsonl the lines that run --jsonl printed, from the first on, whenever it begins", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "--jsonl", "--key", "one");
    await running.prints('"second","attempt":1');
    const run = runIdOfKey("one");
    const watching = folder.start("watch", run, "--jsonl");
    await watching.prints('"second","attempt":1');
    folder.write("go", "");
    const [ran, watched] = await Promise.all([running.ended, watching.ended]);
    assert.equal(watched.code, 0, watched.stderr);
    assert.equal(watched.stdout, ran.stdout);
    const late = await folder.run("watch", run, "--jsonl");
    assert.equal(late.stdout, ran.stdout);
  });

  it("stops at the first open question with --until-wait, while other tasks go on", async () => {
    const folder = freshFolder({ asks: ASKS });
    const running = folder.start("run", "asks", "--wait", "-v");
    await running.says("gate waiting approval");
    const watched = await folder.run("watch", "--until-wait");
    assert.equal(watched.code, 8, watched.stderr);
    assert.match(watched.stderr, /needs you {2}approval a-\w{4} {2}gate/);
    running.child.kill("SIGINT");
    await running.ended;
  });

  it("says that the run is interrupted when its owner is killed, and names resume", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "-v");
    await running.says("second running");
    const watching = folder.start("watch");
    await watching.says("run watched");
    running.child.kill("SIGKILL");
    const watched = await watching.ended;
    assert.equal(watched.code, 8, watched.stderr);
    assert.match(watched.stderr, /◌ interrupted.*go on: decapod resume r-\w{4}\n$/);
    folder.write("go", "");
    assert.equal((await folder.run("resume")).code, 0);
  });

  it("leaves with ctrl-C, and the run goes on", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "-v");
    await running.says("second running");
    const watching = folder.start("watch");
    await watching.says("run watched");
    watching.child.kill("SIGINT");
    const left = await watching.ended;
    assert.equal(left.code, 130, left.stderr);
    assert.match(left.stderr, /watching ended {2}run r-\w{4} goes on: decapod watch r-\w{4}\n$/);
    folder.write("go", "");
    assert.equal((await running.ended).code, 0);
  });
});

describe("O8 the socket", { concurrency: true }, () => {
  it("lies 0600 in a folder of 0700, and stands beside the owner's number, boot and start time", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "-v");
    await running.says("second running");
    const watching = folder.start("watch");
    await watching.says("run watched");
    const state = join(folder.path, ".claude/workflow-state");
    const record = JSON.parse(readFileSync(join(state, "owner.json"), "utf8"));
    const socket = lstatSync(record.socket);
    assert.ok(socket.isSocket());
    assert.equal(socket.mode & 0o777, 0o600);
    assert.equal(lstatSync(join(record.socket, "..")).mode & 0o777, 0o700);
    assert.equal(lstatSync(join(state, "owner.json")).mode & 0o777, 0o600);
    assert.equal(record.pid, running.child.pid);
    for (const name of ["boot", "startTime"]) assert.match(record[name], /\w/);
    folder.write("go", "");
    await Promise.all([running.ended, watching.ended]);
    assert.equal(lstatSync(record.socket, { throwIfNoEntry: false }), undefined);
  });
});

/** Another program that listens where the owner's socket would be. */
const TAKER = `
  require("node:net").createServer((socket) => socket.on("error", () => {})).listen(process.argv[1], () => process.stdout.write("taken"));
`;

describe("F64 the place of the socket is taken", () => {
  it("by another program: it keeps it, and the owner is reached elsewhere; by a dead one: it is taken over", async (t) => {
    const folder = freshFolder({ waits: WAITS });
    const state = join(folder.path, ".claude/workflow-state");
    const path = join(state, "owner.sock");
    mkdirSync(state, { recursive: true });
    const taker = spawn(process.execPath, ["-e", TAKER, path]);
    t.after(() => taker.kill("SIGKILL"));
    await once(taker.stdout, "data");
    const pauseAndResume = async (place: (socket: string) => void) => {
      const running = folder.start("run", "waits", "-v");
      await running.says("second running");
      const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
      const paused = await folder.run("pause", id);
      assert.equal(paused.code, 0, paused.stderr);
      place(JSON.parse(readFileSync(join(state, "owner.json"), "utf8")).socket);
      const resumed = folder.start("resume", id);
      await resumed.says("run resumed");
      folder.write("go", "");
      assert.deepEqual([(await running.ended).code, (await resumed.ended).code], [0, 0]);
      rmSync(join(folder.path, "go"));
    };
    await pauseAndResume((socket) => assert.notEqual(socket, path));
    assert.ok(lstatSync(path).isSocket(), "still the other program's");
    taker.kill("SIGKILL");
    await once(taker, "exit");
    assert.ok(lstatSync(path).isSocket(), "left behind");
    await pauseAndResume((socket) => assert.equal(socket, path));
  });
});
