/** What an attempt may not ask of its own project by command. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { realFiles } from "../../src/port/files.ts";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, startIn } from "./decapod.ts";

const GREET =
  "name: greet\ntasks:\n  - { id: say, agent: shell, parameters: { run: echo hello >> greeted } }\n";
const FAILS = "name: fails\ntasks:\n  - { id: no, agent: shell, parameters: { run: exit 3 } }\n";

const TASK_FILE = "---\ntask_id: g1\ntask_type: greeting\nworkflow: greet\n---\nGreet.\n";

const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

/** Each call with its exit code and what it said, one file a call. */
function calling(calls: readonly string[]): string {
  const lines = calls.map(
    (call, index) =>
      `        ${quoted(PROGRAM)} ${call} > said-${index} 2>&1; echo "code $?" >> said-${index}`,
  );
  return `name: calls
tasks:
  - id: one
    agent: shell
    parameters:
      run: |
        set +e
${lines.join("\n")}
`;
}

async function saidInside(folder: Folder, ...calls: readonly string[]): Promise<readonly string[]> {
  folder.write(".claude/workflows/calls.yaml", calling(calls));
  const { code, stderr } = await folder.run("run", "calls");
  assert.equal(code, 0, stderr);
  return calls.map((_, index) => readFileSync(join(folder.path, `said-${index}`), "utf8"));
}

const greetings = (folder: Folder) => readFileSync(join(folder.path, "greeted"), "utf8");

describe("inside an attempt", () => {
  it("no run of its own project is started, retried, resumed or looped, also behind an emptied environment", async () => {
    const folder = freshFolder({ greet: GREET, fails: FAILS });
    assert.equal((await folder.run("run", "fails")).code, 1);
    const [failed] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    const said = await saidInside(
      folder,
      "run greet",
      "run greet --detach",
      `retry ${failed.id}`,
      "resume",
      "loop",
      `--version; env -u DECAPOD_ATTEMPT ${quoted(PROGRAM)} run greet`,
    );
    for (const text of said) {
      assert.match(text, /E_NOT_ALLOWED this was asked from inside the attempt \w+\/one\/1:/);
      assert.match(text, /agent: workflow/);
      assert.match(text, /^code 4$/m);
    }
    const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
    assert.deepEqual(runs.map(({ workflow }: { readonly workflow: string }) => workflow).sort(), [
      "calls",
      "fails",
    ]);
  });

  it("a rehearsal, a plan and what only looks are free", async () => {
    const folder = freshFolder({ greet: GREET });
    const said = await saidInside(folder, "run greet --rehearse", "run greet --dry-run", "runs", "validate");
    for (const text of said) assert.match(text, /^code 0$/m);
  });

  it("what outlived its run is free, though its environment still says the name", async () => {
    const folder = freshFolder({ greet: GREET });
    await saidInside(folder, "runs");
    const [over] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    // Of the first attempt what is left is still looked for, and ended.
    const home = environmentWith(join(folder.path, "../home"));
    const inherited = { ...home, DECAPOD_ATTEMPT: `${over.id}/one/9` };
    const { code, stderr } = await startIn(folder.path, inherited, [...PROGRAM, "run", "greet"]).ended;
    assert.equal(code, 0, stderr);
    assert.equal(greetings(folder), "hello\n");
  });

  it("a task file is done and waited for where a slot is free", async () => {
    const folder = freshFolder({ greet: GREET });
    folder.write("tasks/pending/g1.md", TASK_FILE);
    const [said] = await saidInside(folder, "work g1");
    assert.match(said ?? "", /^code 0$/m);
    assert.equal(greetings(folder), "hello\n");
  });

  it("a task file is begun and not waited for by who holds the last slot", async () => {
    const folder = freshFolder({ greet: GREET });
    folder.write("tasks/pending/g1.md", TASK_FILE);
    folder.write(".claude/workflows/calls.yaml", calling(["work g1"]));
    const { code, stderr } = await folder.run("run", "calls", "--slots", "1");
    assert.equal(code, 0, stderr);
    const said = readFileSync(join(folder.path, "said-0"), "utf8");
    assert.match(said, /^code 8$/m);
    assert.match(
      said,
      /not waited for: every slot is taken, one of them by who asked; then \S+ task show g1/,
    );
    const done = join(folder.path, "tasks/completed/g1.md");
    await until(() => realFiles.exists(done), "it is done all the same");
    assert.equal(greetings(folder), "hello\n");
  });

  it("a run of another project is free", async () => {
    const [mine, other] = [freshFolder(), freshFolder({ greet: GREET })];
    const [said] = await saidInside(mine, `--project ${other.path} run greet`);
    assert.match(said ?? "", /^code 0$/m);
    assert.equal(greetings(other), "hello\n");
  });
});
