import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Folder, freshFolder } from "./decapod.ts";

/** The first task ends only once the test lets it, so that a kill always falls between the two. */
const WORKFLOW = `
name: pinned
context: { secrets: { KEY: { file: key.txt } } }
tasks:
  - { id: first, agent: shell, parameters: { run: 'touch started; until [ -e go ]; do sleep 0.02; done; echo first >> log.txt' } }
  - id: second
    agent: shell
    dependencies: [first]
    env: { KEY: "\${secrets.KEY}" }
    parameters: { run: 'printf "%s\\n" "\${#KEY}" >> log.txt' }
`;

async function killedInTheMiddle(folder: Folder): Promise<void> {
  const run = folder.start("run", "pinned");
  await run.says("run started");
  run.child.kill("SIGKILL");
  await run.ended;
}

describe("F54 what changes while a run is interrupted", () => {
  it("the workflow file: the run goes on with the definition it was started with, also when the file is gone", async () => {
    const folder = freshFolder({ pinned: WORKFLOW });
    folder.write("key.txt", "0123456789");
    await killedInTheMiddle(folder);
    rmSync(join(folder.path, ".claude/workflows/pinned.yaml"));
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(readFileSync(join(folder.path, "log.txt"), "utf8"), "first\n10\n");
  });

  it("a workflow that it calls: what runs is what was there when the run began, groups and grandchildren too", async () => {
    const task = (say: string) => `{ id: a, agent: shell, parameters: { run: 'echo ${say} >> log.txt' } }`;
    const call = "{ id: sub, agent: workflow, parameters: { name: inner } }";
    const group = `{ id: g, agent: group, dependencies: [first], parameters: { tasks: [${call.replace("inner", "middle")}] } }`;
    const folder = freshFolder({
      pinned: `name: pinned\ntasks:\n${WORKFLOW.split("\n")[4]}\n  - ${group}\n`,
      middle: `name: middle\ntasks:\n  - ${task("middle")}\n  - ${call}\n`,
      inner: `name: inner\ntasks:\n  - ${task("inner")}\n`,
    });
    await killedInTheMiddle(folder);
    folder.write(".claude/workflows/inner.yaml", `name: inner\ntasks:\n  - ${task("changed")}\n`);
    rmSync(join(folder.path, ".claude/workflows/middle.yaml"));
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    const log = readFileSync(join(folder.path, "log.txt"), "utf8");
    assert.deepEqual(log.split("\n").sort(), ["", "first", "inner", "middle"]);
  });

  it("a rotated key: the task that starts later gets the new one", async () => {
    const folder = freshFolder({ pinned: WORKFLOW });
    folder.write("key.txt", "0123456789");
    await killedInTheMiddle(folder);
    folder.write("key.txt", "0123456789abcdef");
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(readFileSync(join(folder.path, "log.txt"), "utf8"), /\n16\n$/);
  });

  it("a program that is gone: the task fails and says which one, the run ends", async () => {
    const text = WORKFLOW.replace(
      /parameters: \{ run: 'printf[^}]*\}" >> log.txt' \}/,
      "parameters: { command: [./tool] }",
    );
    const folder = freshFolder({ pinned: text });
    folder.write("key.txt", "0123456789");
    await killedInTheMiddle(folder);
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 1);
    assert.match(resumed.stdout, /\.\/tool/);
    assert.ok(existsSync(join(folder.path, "log.txt")));
  });
});
