/** A file with the tasks of a run as a todo list, which follows the run. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { freshFolder } from "./decapod.ts";

const FLOW = `name: flow
tasks:
  - { id: first, agent: shell, parameters: { run: 'true' } }
  - { id: hold, agent: shell, dependencies: [first], parameters: { run: 'until [ -e go ] || [ ! -d .claude ]; do sleep 0.1; done' } }
  - { id: each, agent: shell, dependencies: [hold], foreach: { items: ["a*b", c] }, parameters: { run: 'true' } }
  - { id: never, agent: shell, dependencies: [each], condition: "\${false}", parameters: { run: 'true' } }
  - { id: fails, agent: shell, dependencies: [each], parameters: { run: 'exit 3' } }
`;

describe("run --todo", { concurrency: 2 }, () => {
  it("keeps the list while the run goes on, and as it ended", async () => {
    const folder = freshFolder({ flow: FLOW });
    const file = join(folder.path, "TODO.md");
    const running = folder.start("run", "flow", "--todo", "TODO.md");
    const text = () => (existsSync(file) ? readFileSync(file, "utf8") : "");
    await until(() => text().includes("hold (running)"), "the list shows what runs");
    assert.match(
      text(),
      /^# flow r-\w{4}: running, 1 of 5 done\n\n- \[x\] first\n- \[ \] hold \(running\)\n- \[ \] each\n/m,
    );
    folder.write("go", "");
    const { code } = await running.ended;
    assert.equal(code, 1);
    const lines = text().split("\n");
    assert.match(lines[1] ?? "", /^# flow r-\w{4}: failed, 5 of 5 done$/);
    assert.deepEqual(lines.slice(3, 8), [
      "- [x] first",
      "- [x] hold",
      "- [x] each",
      "  - [x] each\\[0\\]",
      "  - [x] each\\[1\\]",
    ]);
    assert.equal(lines[8], "- [x] never (skipped: condition)");
    assert.match(lines[9] ?? "", /^- \[ \] fails \(failed: unknown: .*exit.* 3.*\)$/);
    // Another run writes over what is ours.
    assert.equal((await folder.run("run", "flow", "--todo", "TODO.md")).code, 1);
  });

  it("is kept beside the process that does the run too, and by nobody for a run in the background", async () => {
    const folder = freshFolder({ flow: FLOW });
    const detached = await folder.run("run", "flow", "--detach", "--todo", "TODO.md");
    assert.equal(detached.code, 2);
    assert.match(detached.stderr, /nobody here to keep the todo list/);
    assert.equal((await folder.run("run", "flow", "--detach")).code, 0);
    const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    assert.equal((await folder.run("watch", "--todo", "TODO.md")).code, 2);
    const watching = folder.start("watch", id, "--todo", "TODO.md");
    await watching.says("run watched");
    folder.write("go", "");
    assert.equal((await watching.ended).code, 1);
    assert.match(readFileSync(join(folder.path, "TODO.md"), "utf8"), /: failed, 5 of 5 done$/m);
  });

  it("never writes over a file of a person, and starts nothing then", async () => {
    const folder = freshFolder({ flow: FLOW });
    folder.write("notes.md", "- [ ] buy milk\n");
    const { code, stderr } = await folder.run("run", "flow", "--todo", "notes.md");
    assert.equal(code, 5);
    assert.match(stderr, /E_CONFLICT notes\.md is there already, and decapod did not write it/);
    assert.equal(readFileSync(join(folder.path, "notes.md"), "utf8"), "- [ ] buy milk\n");
    assert.equal((await folder.run("run", "flow", "--todo", "none/TODO.md")).code, 10);
    assert.equal(existsSync(join(folder.path, ".claude/workflow-state")), false);
  });
});
