/** A second `run` beside an owner, `run --detach`, and owners that follow one another. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { goneProcess, until } from "../support/processes.ts";
import { type Folder, freshFolder } from "./decapod.ts";

/** The second task waits for a file of the run's own name, so that it runs exactly as long as a test wants. */
const WAITS = `name: waits
params: { who: { default: one } }
tasks:
  - { id: first, agent: shell, env: { WHO: "\${who}" }, parameters: { run: 'echo x >> "first-$WHO.txt"' } }
  - { id: second, agent: shell, dependencies: [first], env: { WHO: "\${who}" }, parameters: { run: 'echo x >> "second-$WHO.txt"; until [ -e "go-$WHO" ] || [ ! -d .claude ]; do sleep 0.1; done' } }
  - { id: third, agent: shell, dependencies: [second], parameters: { run: 'true' } }
outputs: { who: "\${who}" }
`;
const FAILS = `name: fails
tasks: [{ id: one, agent: shell, parameters: { run: 'exit 3' } }]
`;
const NEEDS = `name: needs
context: { secrets: { token: { env: NOBODY_HAS_THIS } } }
tasks: [{ id: one, agent: shell, env: { TOKEN: "\${secrets.token}" }, parameters: { run: 'true' } }]
`;

const linesOf = (text: string) => text.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d r-\w+ /, ""));
const recordOf = (folder: Folder) =>
  JSON.parse(readFileSync(join(folder.path, ".claude/workflow-state/owner.json"), "utf8"));
const times = (folder: Folder, name: string) => readFileSync(join(folder.path, name), "utf8").length / 2;

describe("a second run beside an owner", { concurrency: 2 }, () => {
  it("runs there, and is told here with the same lines, summary and exit code", async () => {
    const folder = freshFolder({ waits: WAITS, fails: FAILS });
    const first = folder.start("run", "waits", "-v");
    await first.says("second running");
    const second = folder.start("run", "waits", "-v", "-i", "who=two");
    await second.says("second running");
    assert.match(second.stderr(), new RegExp(`process ${first.child.pid} owns this project`));
    const failed = await folder.run("run", "fails");
    assert.equal(failed.code, 1, failed.stderr);
    assert.match(failed.stdout, /^✗ failed {2}fails r-\w+/);
    folder.write("go-two", "");
    const ended = await second.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^✓ success {2}waits r-\w+ {2}3 success.*\n {2}who: two\n$/);
    folder.write("go-one", "");
    const own = await first.ended;
    const told = (text: string) =>
      linesOf(text)
        .slice(0, -2)
        .map((line) => line.replace(/[\d.]+s\b/, "1s").replace("who=two", "who=one"));
    assert.deepEqual(told(ended.stderr).slice(1), told(own.stderr));
    assert.equal(times(folder, "second-two.txt"), 1);
  });

  it("is refused with the problems, frames and codes of a run of its own", async () => {
    const folder = freshFolder({ waits: WAITS, needs: NEEDS });
    const calls = [
      ["run", "needs"],
      ["run", "waits", "-i", "nobody=1"],
    ];
    const alone = [];
    for (const words of calls) alone.push(await folder.run(...words));
    const owner = folder.start("run", "waits", "-v");
    await owner.says("second running");
    for (const [at, words] of calls.entries()) assert.deepEqual(await folder.run(...words), alone[at]);
    folder.write("go-one", "");
    assert.equal((await owner.ended).code, 0);
  });

  it("gives with --json the one document that a run of its own gives", async () => {
    const folder = freshFolder({ waits: WAITS });
    const owner = folder.start("run", "waits", "-v");
    await owner.says("second running");
    folder.write("go-two", "");
    const { code, stdout, stderr } = await folder.run("run", "waits", "-i", "who=two", "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const { run } = JSON.parse(stdout);
    assert.deepEqual([run.status, run.params, run.outputs], ["success", { who: "two" }, { who: "two" }]);
    folder.write("go-one", "");
    await owner.ended;
  });

  it("follows the run of its key, and starts it once", async () => {
    const folder = freshFolder({ waits: WAITS });
    const owner = folder.start("run", "waits", "-v", "--key", "once");
    await owner.says("second running");
    const second = folder.start("run", "waits", "--key", "once");
    await second.says("run resumed");
    folder.write("go-one", "");
    const [one, two] = await Promise.all([owner.ended, second.ended]);
    assert.deepEqual([one.code, two.code, two.stdout], [0, 0, one.stdout]);
    assert.equal(times(folder, "first-one.txt"), 1);
  });
});

describe("an owner in the background", { concurrency: 2 }, () => {
  it("is started by --detach, returns the run's name once it is durable, and ends with its runs", async () => {
    const folder = freshFolder({ waits: WAITS });
    const detached = await folder.run("run", "waits", "--detach", "--json");
    assert.equal(detached.code, 0, detached.stderr);
    const { run } = JSON.parse(detached.stdout);
    assert.equal(run.status, "running");
    const { pid } = recordOf(folder);
    const second = await folder.run("run", "waits", "--detach", "-i", "who=two");
    assert.match(
      second.stdout,
      new RegExp(`^● running {2}waits r-\\w+ {2}in the background, by process ${pid}\n$`),
    );
    const watching = folder.start("watch", run.id);
    await watching.says("run watched");
    for (const name of ["go-one", "go-two"]) folder.write(name, "");
    assert.equal((await watching.ended).code, 0);
    await goneProcess(pid);
    const log = readFileSync(join(folder.path, ".claude/workflow-state/owner.log"), "utf8");
    assert.equal(log.match(/run success/g)?.length, 2, log);
    assert.equal((await folder.run("resume")).stdout, "no run is interrupted\n");
  });

  it("takes over what others handed over when the first terminal has finished; nothing is done twice", async () => {
    const folder = freshFolder({ waits: WAITS });
    const first = folder.start("run", "waits", "-v");
    await first.says("second running");
    const second = folder.start("run", "waits", "-v", "-i", "who=two");
    await second.says("second running");
    folder.write("go-one", "");
    const own = await first.ended;
    assert.equal(own.code, 0, own.stderr);
    assert.match(own.stderr, /1 other run goes on in the background \(process \d+\)/);
    await until(() => ![-1, first.child.pid].includes(ownerOf(folder)), "the next owner");
    folder.write("go-two", "");
    const ended = await second.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /second success[\s\S]*third success/);
    assert.equal(times(folder, "second-two.txt"), 1);
  });

  it("takes over the detached child of a run whose command has ended, and what it does is not interrupted", async () => {
    const child = WAITS.replace("name: waits", "name: child");
    const parent =
      "name: parent\ntasks:\n  - { id: call, agent: workflow, parameters: { name: child, detached: true } }\n";
    const folder = freshFolder({ child, parent });
    const first = folder.start("run", "parent");
    const own = await first.ended;
    assert.equal(own.code, 0, own.stderr);
    assert.match(own.stderr, /1 other run goes on in the background/);
    await until(() => ![-1, first.child.pid].includes(ownerOf(folder)), "the next owner");
    const { runs } = JSON.parse((await folder.run("status", "--json")).stdout);
    const [{ id }] = runs.filter(({ workflow }: { workflow: string }) => workflow === "child");
    const watching = folder.start("watch", id);
    await watching.says("run watched");
    folder.write("go-one", "");
    const watched = await watching.ended;
    assert.equal(watched.code, 0, watched.stderr);
    assert.doesNotMatch(watched.stderr, /interrupted|lost/);
    assert.equal(times(folder, "second-one.txt"), 1);
  });

  it("F65 goes on with the runs of others when ctrl-C ends the first terminal's own", async () => {
    const folder = freshFolder({ waits: WAITS });
    const first = folder.start("run", "waits", "-v");
    await first.says("second running");
    const second = folder.start("run", "waits", "-v", "-i", "who=two");
    await second.says("second running");
    first.child.kill("SIGINT");
    const own = await first.ended;
    assert.equal(own.code, 130, own.stderr);
    assert.match(own.stderr, /◌ interrupted {2}go on: decapod resume r-\w+\n$/);
    folder.write("go-two", "");
    assert.equal((await second.ended).code, 0);
    assert.equal(times(folder, "second-two.txt"), 1);
    folder.write("go-one", "");
    assert.equal((await folder.run("resume")).code, 0);
    assert.equal(times(folder, "second-one.txt"), 2);
  });
});

function ownerOf(folder: Folder): number {
  try {
    const { pid, socket } = recordOf(folder);
    return socket === null ? -1 : pid;
  } catch {
    return -1;
  }
}
