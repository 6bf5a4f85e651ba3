/** Secrets of sub-workflows (formats.md 1.5): what a call names goes down, and nothing else. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";

const KEY = "parent-key-0123456789";
const OTHER = "not-for-the-child-0123";
const OWN = "own-key-of-the-child";

/** Calls `child` with some of its own secrets; the file says whether a task of its own began. */
function parent(call: string, child = "child"): string {
  return `name: parent
context: { secrets: { KEY: { file: key.txt }, OTHER: { file: other.txt } } }
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo begun > begun.txt' } }
  - { id: sub, agent: workflow, dependencies: [first], parameters: { name: ${child}${call} } }
`;
}

/** Writes what it was given where no redaction reaches. */
const CHILD = `name: child
context: { secrets: { OWN: { file: own.txt } } }
tasks:
  - id: group
    agent: group
    parameters:
      tasks:
        - id: use
          agent: shell
          env: { KEY: "\${secrets.KEY}", OWN: "\${secrets.OWN}" }
          parameters: { run: 'printf %s "$KEY $OWN" > seen.txt; echo "$KEY"; echo "\${OTHER:-none}"' }
`;

function withKeys(folder: Folder): Folder {
  folder.write("key.txt", KEY);
  folder.write("other.txt", OTHER);
  folder.write("own.txt", OWN);
  return folder;
}

function begun(folder: Folder): boolean {
  return readdirSync(folder.path).includes("begun.txt");
}

function told({ stderr }: Ended, ...words: readonly string[]): void {
  for (const word of words) assert.ok(stderr.includes(word), `${word} in ${stderr}`);
}

describe("secrets of a sub-workflow", () => {
  it("are its own file's and the ones its parent names, in groups too, and are redacted", async () => {
    const folder = withKeys(freshFolder({ parent: parent(", secrets: [KEY]"), child: CHILD }));
    const ended = await folder.run("run", "parent", "--json");
    assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    assert.equal(readFileSync(join(folder.path, "seen.txt"), "utf8"), `${KEY} ${OWN}`);
    const { tasks } = JSON.parse(ended.stdout).run;
    assert.deepEqual(tasks[1].output, { group: { use: "***\nnone" } });
  });

  it("that the parent declares and does not name are not there", async () => {
    for (const call of ["", ", secrets: [OTHER]"]) {
      const folder = withKeys(freshFolder({ parent: parent(call), child: CHILD }));
      const ended = await folder.run("run", "parent");
      assert.equal(ended.code, 3, ended.stderr);
      told(
        ended,
        'E_SECRET_UNKNOWN context.secrets declares no "KEY" (in .claude/workflows/child.yaml:10:26)',
        "--> .claude/workflows/parent.yaml:5:76",
      );
      assert.equal(begun(folder), false);
    }
  });

  it("go before what the file declares under the same name, so that it can be checked and run alone", async () => {
    const alone = CHILD.replace("OWN: {", "KEY: { file: own.txt }, OWN: {");
    const folder = withKeys(freshFolder({ parent: parent(", secrets: [KEY]"), child: alone }));
    assert.equal((await folder.run("validate", "child")).code, 0);
    assert.equal((await folder.run("run", "child")).code, 0);
    assert.equal(readFileSync(join(folder.path, "seen.txt"), "utf8"), `${OWN} ${OWN}`);
    assert.equal((await folder.run("run", "parent")).code, 0);
    assert.equal(readFileSync(join(folder.path, "seen.txt"), "utf8"), `${KEY} ${OWN}`);
  });

  it("stop the run before anything starts when one is missing, the parent's or the child's", async () => {
    for (const [file, who] of [
      ["key.txt", "the secret KEY is missing: the file key.txt cannot be read"],
      [
        "own.txt",
        "the secret OWN is missing: the file own.txt cannot be read (in child, which task sub runs)",
      ],
    ] as const) {
      const folder = withKeys(freshFolder({ parent: parent(", secrets: [KEY]"), child: CHILD }));
      rmSync(join(folder.path, file));
      const ended = await folder.run("run", "parent");
      assert.equal(ended.code, 3, ended.stderr);
      told(ended, "E_SECRET_MISSING", who);
      assert.equal(begun(folder), false);
    }
  });

  it("are refused by name when the file is checked", async () => {
    const folder = freshFolder({ parent: parent(", secrets: [KEY, KEI, PATH]"), child: CHILD });
    const ended = await folder.run("validate", "parent");
    assert.equal(ended.code, 3);
    assert.match(ended.stdout + ended.stderr, /E_SECRET_UNKNOWN context\.secrets declares no "KEI"/);
    assert.match(ended.stdout + ended.stderr, /try: KEY/);
    assert.match(ended.stdout + ended.stderr, /declares no "PATH"/);
  });

  it("go down two levels when each level names them", async () => {
    const middle = `name: middle
context: { secrets: { OWN: { file: own.txt } } }
tasks: [{ id: sub, agent: workflow, parameters: { name: child, secrets: [KEY] } }]
`;
    const workflows = { parent: parent(", secrets: [KEY]", "middle"), middle, child: CHILD };
    const folder = withKeys(freshFolder(workflows));
    assert.equal((await folder.run("run", "parent")).code, 0);
    assert.equal(readFileSync(join(folder.path, "seen.txt"), "utf8"), `${KEY} ${OWN}`);
  });

  it("are still there after a crash, and only their names stand in the journal", async () => {
    const waits = CHILD.replace("run: 'printf", "run: 'until [ -e go ]; do sleep 0.02; done; printf");
    const folder = withKeys(freshFolder({ parent: parent(", secrets: [KEY]"), child: waits }));
    const running = folder.start("run", "parent", "-v");
    await running.says("use running");
    running.child.kill("SIGKILL");
    await running.ended;
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(readFileSync(join(folder.path, "seen.txt"), "utf8"), `${KEY} ${OWN}`);
    const state = join(folder.path, ".claude/workflow-state");
    for (const entry of readdirSync(state, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const kept = readFileSync(join(entry.parentPath, entry.name), "latin1");
      for (const secret of [KEY, OWN, OTHER]) assert.ok(!kept.includes(secret), entry.name);
    }
  });
});
