/** decapod verify, after real runs. */
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Folder, freshFolder } from "./decapod.ts";

const task = (id: string, run: string, more = "description: x") =>
  `  - { id: ${id}, agent: shell, parameters: { run: ${JSON.stringify(run)} }, ${more} }\n`;

async function started(tasks: string, code = 0): Promise<{ readonly folder: Folder; readonly id: string }> {
  const folder = freshFolder({ w: `name: w\ntasks:\n${tasks}` });
  const ended = await folder.run("run", "w", "--json");
  assert.equal(ended.code, code, ended.stderr);
  return { folder, id: JSON.parse(ended.stdout).run.id };
}

async function verified(folder: Folder, ...words: readonly string[]) {
  const { code, stdout, stderr } = await folder.run("verify", ...words);
  const rows = stdout.split("\n").slice(0, -1);
  return { code, rows: rows.map((row) => row.split("\t").join(" | ")), stderr };
}

const schema = "output_schema: { type: object, required: [n] }";
const BIG = `printf '{"n":1,"text":"%020000d"}' 0 > $DECAPOD_OUTPUT`;

describe("decapod verify", () => {
  it("says of every success whether its checks hold, and writes nothing", async () => {
    const { folder, id } = await started(
      task("small", "echo n=2 > $DECAPOD_OUTPUT", "expected_outputs: [n], success_criteria: [n > 1]") +
        task(
          "each",
          "echo n=$N > $DECAPOD_OUTPUT",
          `foreach: { items: [1, 2], key: '\${item}' }, env: { N: '\${item}' }, success_criteria: [n == item]`,
        ) +
        task("plain", "echo hello"),
    );
    const before = await folder.run("db", "export", "--all");
    const { code, rows } = await verified(folder, id);
    assert.deepEqual(
      [code, ...rows.sort()],
      [
        0,
        "– unchecked | each | no attempt of its own",
        "– unchecked | plain | it has no checks",
        "✓ holds | each[1] | its check holds",
        "✓ holds | each[2] | its check holds",
        "✓ holds | small | all 2 checks hold",
      ],
    );
    assert.equal((await folder.run("db", "export", "--all")).stdout, before.stdout);
    assert.deepEqual((await verified(folder, id, "each[2]")).rows, ["✓ holds | each[2] | its check holds"]);
    const { verify } = JSON.parse((await folder.run("verify", id, "small", "--json")).stdout);
    assert.deepEqual(verify, {
      run: id,
      ok: true,
      tasks: [
        {
          task: "small",
          state: "holds",
          attempt: 1,
          checks: [
            { check: "n present", passed: true, actual: true },
            { check: "n > 1", passed: true, actual: 2 },
          ],
          why: [],
        },
      ],
    });
    const unknown = await verified(folder, id, "nobody");
    assert.deepEqual([unknown.code, /has no task "nobody"/.test(unknown.stderr)], [3, true], unknown.stderr);
  });

  it("fails what lies there no more, or is another by now: an output that was kept apart", async () => {
    const { folder, id } = await started(task("big", BIG, `${schema}, success_criteria: [n == 1]`));
    assert.deepEqual((await verified(folder, id)).rows, ["✓ holds | big | all 2 checks hold"]);
    const outputs = join(folder.path, ".claude/workflow-state/outputs");
    const [name = ""] = readdirSync(outputs);
    writeFileSync(join(outputs, name), '{"n":1}');
    const gone = "✗ fails | big | its output is gone, or is another by now";
    assert.deepEqual(await verified(folder, id), { code: 1, rows: [gone], stderr: "" });
    rmSync(join(outputs, name));
    assert.deepEqual((await verified(folder, id)).rows, [gone]);
  });

  it("is stale once a task before it gave something else, and fails by what that gave", async () => {
    const after = (id: string, criterion: string) =>
      task(id, "true", `dependencies: [first], trigger_rule: all_done, success_criteria: ["${criterion}"]`);
    const { folder, id } = await started(
      `${task("first", "[ -e go ]; echo n=1 > $DECAPOD_OUTPUT")}${after("any", "exit_code == 0")}` +
        after("saw", "first.status == 'failed'"),
      1,
    );
    assert.equal((await verified(folder, id)).code, 0);
    folder.write("go", "");
    assert.equal((await folder.run("retry", id, "first")).code, 0);
    const { code, rows } = await verified(folder, id);
    assert.deepEqual(
      [code, ...rows],
      [
        1,
        "– unchecked | first | it has no checks",
        "◌ stale | any | first gave something else since",
        `✗ fails | saw | first.status == 'failed' (is "success")`,
      ],
    );
  });

  it("has nothing to check where nothing succeeded", async () => {
    const { folder, id } = await started(task("bad", "exit 1"), 1);
    const { code, rows, stderr } = await verified(folder, id);
    assert.deepEqual([code, rows, /no task of run r-\w+ has succeeded/.test(stderr)], [0, [], true]);
  });
});
