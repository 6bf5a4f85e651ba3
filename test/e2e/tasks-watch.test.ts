// `decapod tasks watch`: what comes into pending is done, once, in order, whatever lies there beside it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { SCALE } from "../support/scale.ts";
import { type Folder, freshFolder, type Running } from "./decapod.ts";
import { end } from "./interrupted.ts";

const QUICK =
  "name: quick\ntasks:\n  - { id: say, agent: shell, parameters: { run: 'date +%s%N >> ran.txt' } }\n";
/** Takes no process. */
const NOTHING = "name: nothing\ntasks:\n  - { id: end, agent: finish, parameters: { status: success } }\n";
const SLOW =
  "name: slow\ntasks:\n  - { id: a, agent: shell, parameters: { run: 'echo > ran.txt; until test -e go; do sleep 0.05; done' } }\n";

const task = (id: string, more = "workflow: quick\n") =>
  `---\ntask_id: ${id}\ntask_type: build\n${more}---\n\n## Task Description\nDo it.\n`;

function folder(): Folder {
  const made = freshFolder({ quick: QUICK, nothing: NOTHING, slow: SLOW });
  mkdirSync(join(made.path, "tasks/pending"), { recursive: true });
  return made;
}

/**
 * As a careful writer does it: under another name, then moved. The times of some disks are too coarse to tell the one from
 * the other, and then it would have to rest for a while, one file and not the next.
 */
function drop({ path }: Folder, id: string, text = task(id)): void {
  const half = join(path, "tasks/pending", `.${id}.tmp`);
  writeFileSync(half, text);
  const aSecondAgo = Date.now() / 1000 - 1;
  utimesSync(half, aSecondAgo, aSecondAgo);
  renameSync(half, join(path, "tasks/pending", `${id}.md`));
}

const lies = ({ path }: Folder, name: string) => existsSync(join(path, "tasks", name));
const settled = (project: Folder, name: string) => until(() => lies(project, name), `${name} is there`);

async function watching(project: Folder, ...words: readonly string[]): Promise<Running> {
  const running = project.start("tasks", "watch", ...words);
  await running.says("following tasks/pending");
  return running;
}

describe("tasks watch", () => {
  it("T1-46: does what lies there and what comes, and a person's move back is a wish to do it again", async () => {
    const project = folder();
    drop(project, "early");
    const running = await watching(project);
    drop(project, "late");
    await settled(project, "completed/early.md");
    await settled(project, "completed/late.md");
    renameSync(join(project.path, "tasks/completed/late.md"), join(project.path, "tasks/pending/late.md"));
    await until(
      () => readFileSync(join(project.path, "ran.txt"), "utf8").trim().split("\n").length === 3,
      "it ran again",
    );
    await settled(project, "completed/late.md");
    await end(running);
    assert.ok(existsSync(join(project.path, "results/latest/late.result.md")));
  });

  it("a file whose ending is written in capitals is done like any other", async () => {
    const project = folder();
    const running = await watching(project);
    project.write("tasks/pending/.half", task("a"));
    renameSync(join(project.path, "tasks/pending/.half"), join(project.path, "tasks/pending/a.MD"));
    await settled(project, "completed/a.md");
    assert.deepEqual(readdirSync(join(project.path, "tasks/pending")), []);
    await end(running);
    assert.match((await project.run("task", "show", "a.MD")).stdout, /tasks\/completed\/a\.md/);
  });

  it("begins the most urgent first, and what depends on another after that has succeeded", async () => {
    const project = folder();
    drop(project, "a", task("a", "workflow: quick\ndepends_on: [c]\n"));
    drop(project, "b", task("b", "workflow: quick\n"));
    drop(project, "c", task("c", "workflow: quick\npriority: 5\n"));
    const running = await watching(project, "--slots", "1");
    for (const id of ["a", "b", "c"]) await settled(project, `completed/${id}.md`);
    const said = await end(running);
    const order = [...said.matchAll(/run started workflow=(\w)/g)].map(([, id]) => id);
    assert.deepEqual([order[0], order.length], ["c", 3]);
  });

  it("W_WAITS: says what waits for a task that failed, or that nobody knows, each once", async () => {
    const project = folder();
    drop(project, "bad", task("bad", "workflow: nowhere\n"));
    drop(project, "x", task("x", "workflow: quick\ndepends_on: [bad, none]\n"));
    const running = await watching(project);
    await settled(project, "failed/bad.md");
    await running.says("W_WAITS x waits for bad, which failed");
    await running.says("W_WAITS x waits for none, and there is no such task");
    drop(project, "none");
    await settled(project, "completed/none.md");
    assert.ok(lies(project, "pending/x.md"));
    assert.equal((await end(running)).match(/W_WAITS/g)?.length, 2);
  });

  it("E_CYCLE: tasks that wait for each other have all failed", async () => {
    const project = folder();
    drop(project, "x", task("x", "workflow: quick\ndepends_on: y\n"));
    drop(project, "y", task("y", "workflow: quick\ndepends_on: z\n"));
    drop(project, "z", task("z", "workflow: quick\ndepends_on: x\n"));
    const running = await watching(project);
    for (const id of ["x", "y", "z"]) await settled(project, `failed/${id}.md`);
    const said = await end(running);
    for (const circle of ["x → y → z → x", "y → z → x → y", "z → x → y → z"])
      assert.ok(said.includes(`E_CYCLE ${circle}: these task files wait for each other`), circle);
  });

  it("P4: what is no plain file is refused at once and never read, and holds nothing up", async () => {
    const project = folder();
    const pending = (name: string) => join(project.path, "tasks/pending", name);
    project.write("secret.md", task("link"));
    symlinkSync("../../secret.md", pending("link.md"));
    linkSync(join(project.path, "secret.md"), pending("hard.md"));
    mkdirSync(pending("folder.md"));
    execFileSync("mkfifo", [pending("pipe.md")]);
    const listening = createServer().listen(pending("socket.md"));
    await once(listening, "listening");
    // Only the administrator can make one.
    const hasDevice = spawnSync("mknod", [pending("device.md"), "c", "1", "5"]).status === 0;
    const names = ["link", "hard", "folder", "pipe", "socket", ...(hasDevice ? ["device"] : [])];
    const running = await watching(project);
    drop(project, "good");
    await settled(project, "completed/good.md");
    for (const name of names) await running.says(`tasks/pending/${name}.md is a`);
    await end(running);
    for (const name of names) assert.ok(existsSync(pending(`${name}.md`)) || name === "link");
    listening.close();
    assert.ok(!existsSync(join(project.path, "tasks/failed/link.md")));
  });

  it("a folder under the name of a task is told once, and the others are done; once it is away, so is that task", async () => {
    const project = folder();
    mkdirSync(join(project.path, "tasks/completed/a.md"), { recursive: true });
    mkdirSync(join(project.path, "tasks/failed/bad.md"), { recursive: true });
    const running = await watching(project);
    drop(project, "bad", task("bad", "workflow: nowhere\n"));
    drop(project, "a");
    await running.says("tasks/completed/a.md is a folder");
    await running.says("tasks/failed/bad.md is a folder");
    drop(project, "good");
    await settled(project, "completed/good.md");
    renameSync(join(project.path, "tasks/completed/a.md"), join(project.path, "aside"));
    await settled(project, "completed/a.md");
    const said = await end(running);
    assert.equal(said.match(/a\.md is a folder/g)?.length, 1);
    assert.equal(readFileSync(join(project.path, "ran.txt"), "utf8").trim().split("\n").length, 2);
  });

  it("P5: E_OUTSIDE_ROOT: results and files are not put through a link that leads out of the project", async () => {
    const project = folder();
    mkdirSync(join(project.path, "../elsewhere"), { recursive: true });
    symlinkSync("../elsewhere", join(project.path, "results"));
    const running = await watching(project);
    drop(project, "a");
    await running.says("E_OUTSIDE_ROOT results leads out of the project");
    await end(running);
    assert.deepEqual(readdirSync(join(project.path, "../elsewhere")), []);
  });

  it("P7: a giant is refused by its size", async () => {
    const project = folder();
    const half = join(project.path, "tasks/pending/.giant");
    writeFileSync(half, task("giant"));
    truncateSync(half, 5 * 1024 ** 3);
    renameSync(half, join(project.path, "tasks/pending/giant.md"));
    const running = await watching(project);
    await settled(project, "failed/giant.md");
    assert.match(await end(running), /E_TOO_LARGE/);
  });

  it("P10, F38: E_FOREIGN_STATE_CHANGE: what is moved or deleted while it is done is put back, and said", async () => {
    const project = folder();
    drop(project, "s", task("s", "workflow: slow\n"));
    const running = await watching(project);
    await project.has("ran.txt");
    await settled(project, "in-progress/s.md");
    mkdirSync(join(project.path, "tasks/completed"), { recursive: true });
    renameSync(join(project.path, "tasks/in-progress/s.md"), join(project.path, "tasks/completed/s.md"));
    await running.says("was moved by somebody else");
    await settled(project, "in-progress/s.md");
    const [{ id = "" } = {}] = JSON.parse((await project.run("runs", "--json=id")).stdout).runs;
    rmSync(join(project.path, "tasks/in-progress/s.md"));
    await running.says(`try: decapod cancel ${id} ends it`);
    await settled(project, "in-progress/s.md");
    project.write("go", "");
    await settled(project, "completed/s.md");
    await end(running);
  });

  it("P10: a bad file under the name of a task that is being done waits beside it, and is told once", async () => {
    const project = folder();
    drop(project, "s", task("s", "workflow: slow\n"));
    const running = await watching(project);
    await project.has("ran.txt");
    await settled(project, "in-progress/s.md");
    drop(project, "s", "no front matter\n");
    await running.says("E_FRONT_MATTER");
    drop(project, "other");
    await settled(project, "completed/other.md");
    assert.ok(!existsSync(join(project.path, "results/latest/s.result.md")));
    project.write("go", "");
    await settled(project, "completed/s.md");
    assert.equal((await end(running)).match(/E_FRONT_MATTER/g)?.length, 1);
    assert.ok(lies(project, "pending/s.md"));
    assert.ok(!lies(project, "failed/s.md"));
    assert.match(readFileSync(join(project.path, "results/latest/s.result.md"), "utf8"), /status: success/);
  });

  it("F43: W_STRAY_FILE: copies of other programs are passed over with a word", async () => {
    const project = folder();
    project.write("tasks/pending/x (1).md", task("x"));
    project.write("tasks/pending/.x.md.icloud", "");
    const running = await watching(project);
    await running.says("W_STRAY_FILE tasks/pending/x (1).md is passed over: a second copy");
    await end(running);
    assert.ok(lies(project, "pending/x (1).md"));
  });

  it("F37: half a file is not begun, however long its writer takes", async () => {
    const project = folder();
    const whole = task("h");
    project.write("tasks/pending/h.md", whole.slice(0, whole.indexOf("## Task")));
    const running = await watching(project);
    drop(project, "other");
    await settled(project, "completed/other.md");
    assert.ok(lies(project, "pending/h.md"));
    project.write("tasks/pending/h.md", whole.slice(0, -3));
    drop(project, "third");
    await settled(project, "completed/third.md");
    assert.ok(lies(project, "pending/h.md"), "its last line has no end");
    project.write("tasks/pending/h.md", whole);
    await settled(project, "completed/h.md");
    await end(running);
    assert.equal(readFileSync(join(project.path, "tasks/completed/h.md"), "utf8"), whole);
  });

  it("F3: killed in the middle of many, the next one does the rest, each once", async () => {
    const project = folder();
    for (let at = 0; at < 12; at += 1) drop(project, `t${at}`);
    const running = await watching(project, "--slots", "2");
    await until(
      () => lies(project, "completed") && readdirSync(join(project.path, "tasks/completed")).length > 2,
      "some are done",
    );
    running.child.kill("SIGKILL");
    await running.ended;
    const next = await watching(project);
    for (let at = 0; at < 12; at += 1) await settled(project, `completed/t${at}.md`);
    await end(next);
    const { stdout } = await project.run("runs", "--label", "task-file", "--limit", "100", "--json");
    assert.equal(stdout.match(/"workflow": "t\d+"/g)?.length, 12);
  });

  it("F3: what a killed one had begun is gone on with, and is seen to", async () => {
    const project = folder();
    drop(project, "s", task("s", "workflow: slow\n"));
    const running = await watching(project);
    await project.has("ran.txt");
    running.child.kill("SIGKILL");
    await running.ended;
    const next = await watching(project);
    await next.says("run resumed workflow=s");
    project.write("go", "");
    await settled(project, "completed/s.md");
    await next.says("run success");
    await end(next);
  });

  it("F17: a journal that cannot be written any more ends it, with the reason, and nothing begins meanwhile", async () => {
    const project = folder();
    const running = await watching(project);
    drop(project, "before");
    await settled(project, "completed/before.md");
    for (const name of ["decapod.db", "decapod.db-wal", "decapod.db-shm"])
      rmSync(join(project.path, ".claude/workflow-state", name), { force: true });
    drop(project, "after");
    const { code, stderr } = await running.ended;
    assert.match(stderr, /error E_JOURNAL .*journal/);
    assert.equal(code, 7);
    assert.ok(!lies(project, "completed/after.md"));
  });

  const files = SCALE === "soak" ? 10_000 : SCALE === "ci" ? 1_000 : 150;
  it(`F42, F39: of ${files} files dropped at once none is missed, and each is done once`, async (t) => {
    const project = folder();
    const running = await watching(project, "--durability", "fast");
    const began = performance.now();
    for (let at = 0; at < files; at += 1) drop(project, `t${at}`, task(`t${at}`, "workflow: nothing\n"));
    const dropped = performance.now();
    const done = () =>
      lies(project, "completed") && readdirSync(join(project.path, "tasks/completed")).length === files;
    await until(done, "all are done", 900_000);
    t.diagnostic(
      `dropped in ${Math.round(dropped - began)} ms, all done after ${Math.round(performance.now() - began)} ms`,
    );
    const said = await end(running);
    const started = [...said.matchAll(/run started workflow=(t\d+)/g)].map(([, id]) => id);
    assert.deepEqual([started.length, new Set(started).size], [files, files]);
    assert.equal(readdirSync(join(project.path, "tasks/pending")).length, 0);
  });

  it(`F42: ${files} files that lie there begin in the order of their priority, then of their names`, async () => {
    const project = folder();
    const priorities = new Map(Array.from({ length: files }, (_, at) => [`t${at}`, (at * 7) % 5]));
    for (const [id, priority] of priorities)
      drop(project, id, task(id, `workflow: nothing\npriority: ${priority}\n`));
    const running = await watching(project, "--durability", "fast");
    const done = () =>
      lies(project, "completed") && readdirSync(join(project.path, "tasks/completed")).length === files;
    await until(done, "all are done", 900_000);
    const started = [...(await end(running)).matchAll(/run started workflow=(t\d+)/g)].map(
      ([, id = ""]) => id,
    );
    const urgency = (id: string) => priorities.get(id) ?? 0;
    const wanted = [...priorities.keys()].sort(
      (left, right) => urgency(right) - urgency(left) || (left < right ? -1 : 1),
    );
    assert.deepEqual(started, wanted);
  });

  it("at rest a file that is moved in is begun in a moment", async (t) => {
    const project = folder();
    const running = await watching(project);
    drop(project, "warm");
    await settled(project, "completed/warm.md");
    const at = Date.now();
    drop(project, "timed");
    await settled(project, "completed/timed.md");
    await end(running);
    const [, last = ""] = readFileSync(join(project.path, "ran.txt"), "utf8").trim().split("\n");
    t.diagnostic(`from moved in to its script at work: ${Math.round(Number(last) / 1e6 - at)} ms`);
    assert.ok(Number(last) / 1e6 - at < 4_000, "a hint began it, not the look at everything");
  });
});
