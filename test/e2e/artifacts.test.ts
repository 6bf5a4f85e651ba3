/** What git does not carry, from tasks that have no worktree of their own to those that have one. */
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeRepository } from "../support/repository.ts";
import { type Folder, freshFolder } from "./decapod.ts";

function task(id: string, run: string, fields = ""): string {
  const more = fields === "" ? "" : `, ${fields}`;
  return `  - { id: ${id}, agent: shell, parameters: { run: "${run}" }${more} }\n`;
}

function project(tasks: string): Folder {
  const folder = freshFolder({ w: `name: w\ntasks:\n${tasks}` });
  makeRepository(folder.path, { "a.txt": "1\n", ".gitignore": ".claude/\nout/\n" });
  return folder;
}

async function outputsOf(folder: Folder): Promise<Readonly<Record<string, unknown>>> {
  const ended = await folder.run("run", "w", "--json");
  assert.equal(ended.code, 0, ended.stderr + ended.stdout);
  const tasks: readonly { readonly id: string; readonly output: unknown }[] = JSON.parse(ended.stdout).run
    .tasks;
  return Object.fromEntries(tasks.map(({ id, output }) => [id, output]));
}

function kept({ path }: Folder): readonly string[] {
  return readdirSync(join(path, ".claude/workflow-state/runs"), { recursive: true, encoding: "utf8" });
}

const BUILD = "mkdir -p out/site; echo built > out/site/a.html; ln -s /etc/hostname out/link";
const LOOK = "cat out/site/a.html; ls out";
const APART = "workspace: worktree";

describe("artifacts", () => {
  it("G10: of a task in the project itself are found where a dependant has a worktree, and no link is followed", async () => {
    const folder = project(
      task("build", BUILD, "artifacts: [out]") + task("check", LOOK, `${APART}, dependencies: [build]`),
    );
    assert.equal((await outputsOf(folder)).check, "built\nsite");
  });

  it("of a task in the project itself are found also when a cache has put them back", async () => {
    const folder = project(
      task("build", BUILD, "artifacts: [out], cache: { key: k, paths: [out] }") +
        task("check", LOOK, `${APART}, dependencies: [build]`),
    );
    await outputsOf(folder);
    rmSync(join(folder.path, "out"), { recursive: true });
    assert.equal((await outputsOf(folder)).check, "built\nsite");
  });

  it("of a task in the project itself are copied for nobody where no dependant has a worktree", async () => {
    const folder = project(
      task("build", BUILD, "artifacts: [out]") + task("check", "ls out", "dependencies: [build]"),
    );
    await outputsOf(folder);
    assert.equal(
      kept(folder).some((name) => name.endsWith("/carried")),
      false,
    );
  });

  it("of the items of a task in the project itself are all found, and each file is kept once", async () => {
    const folder = project(
      task(
        "build",
        "mkdir -p out; echo $N > out/$N",
        'artifacts: [out], foreach: { items: [x, y, z], max_parallel: 1 }, env: { N: "${item}" }',
      ) + task("check", "ls out", `${APART}, dependencies: [build]`),
    );
    assert.equal((await outputsOf(folder)).check, "x\ny\nz");
    assert.equal(kept(folder).filter((name) => name.endsWith("/carried/out/x")).length, 1);
  });

  it("of all items are found when a cache has put them back, also in a group before the worktree", async () => {
    const map = 'foreach: { items: [x, y] }, env: { N: "${item}" }, artifacts: ["out/${item}"]';
    const build = `{ id: build, agent: shell, ${map}, cache: { key: k, paths: [out] }, parameters: { run: "mkdir -p out; echo $N > out/$N" } }`;
    for (const tasks of [
      `  - ${build}\n${task("check", "ls out", `${APART}, dependencies: [build]`)}`,
      `  - { id: all, agent: group, parameters: { tasks: [${build}] } }\n${task("check", "ls out", `${APART}, dependencies: [all]`)}`,
    ]) {
      const folder = project(tasks);
      assert.equal((await outputsOf(folder)).check, "x\ny");
      rmSync(join(folder.path, "out"), { recursive: true });
      assert.equal((await outputsOf(folder)).check, "x\ny", "nothing was made");
    }
  });

  it("are those of the try that succeeded, also when that made none of them", async () => {
    const once = "[ -e again ] && rm -r out && exit 0; touch again; mkdir out; echo half > out/a; exit 1";
    const folder = project(
      task("build", once, "artifacts: [out], retry: { max_attempts: 2, delay: 0 }") +
        task("check", "ls", `${APART}, dependencies: [build]`),
    );
    assert.equal((await outputsOf(folder)).check, "a.txt");
  });

  it("of the tasks in a group are found by what comes after the group: of its last pass, and of each item", async () => {
    const inner = (text: string, where = "workspace: shared") =>
      `[{ id: build-${text}, agent: shell, ${where}, artifacts: [out], env: { N: "\${${text}}" }, parameters: { run: "mkdir -p out; echo \${N} > out/\${N}" } }]`;
    const folder = project(
      `  - { id: rounds, agent: group, repeat: { max: 2, until: "\${iteration == 2}" }, parameters: { tasks: ${inner("iteration", APART)} } }
  - { id: items, agent: group, foreach: { items: [x, y] }, parameters: { tasks: ${inner("item")} } }
${task("check", "ls out", `${APART}, dependencies: [rounds, items]`)}`,
    );
    assert.equal((await outputsOf(folder)).check, "2\nx\ny");
  });
});
