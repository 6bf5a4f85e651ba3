// `decapod task new` as the guide says it, with the real workers' own checks.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshFolder } from "./decapod.ts";

const TEMPLATES = join(import.meta.dirname, "../../templates");
const GUIDE = readFileSync(join(TEMPLATES, "task-system-guide.md"), "utf8");

/** The commands of the guide, as a shell would take them apart. */
const COMMANDS = [...GUIDE.matchAll(/^ *decapod (task new .*)$/gm)].map(([, line = ""]) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? ""),
);

describe("the templates of task files", () => {
  it("T0-15: are each filled by a command of the guide", () => {
    const names = readdirSync(join(TEMPLATES, "tasks")).map((name) => name.replace(/\.md$/, ""));
    assert.deepEqual(COMMANDS.map(([, , name]) => name).sort(), names.sort());
  });

  it("two that are written at once get names of their own", async () => {
    const project = freshFolder();
    const words = ["task", "new", "coder", "--describe", "Mend links"];
    const all = await Promise.all([1, 2, 3].map(() => project.run(...words)));
    for (const { code, stderr } of all) assert.equal(code, 0, stderr);
    assert.equal(readdirSync(join(project.path, "tasks/pending")).length, 3);
  });

  for (const words of COMMANDS)
    it(`T0-15, T1-11: ${words[2]} is accepted by its worker`, async () => {
      const project = freshFolder();
      const said = await project.run(...words);
      assert.equal(said.code, 0, said.stderr);
      const lint = await project.run("task", "lint");
      assert.equal(lint.code, 0, lint.stderr);
      assert.equal(readdirSync(join(project.path, "tasks/pending")).length, 1);
    });
});
