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

describe("a deploy to an environment that the project has no target for", () => {
  const TASK =
    "---\ntask_id: a\ntask_type: deploy\nparams:\n  source: public\n  environment: stagign\n---\n\nDo it.\n";
  const FLOW =
    "name: p\ntasks:\n  - id: a\n    agent: deploy\n    parameters:\n      source: public\n      environment: stagign\n";

  it("E_ARG: is found when the file is read, where it stands, with the target that was meant", async () => {
    const project = freshFolder({ p: FLOW });
    project.write("tasks/pending/a.md", TASK);
    project.write(
      "decapod.yaml",
      "targets: { staging: { bucket: www-staging }, live: { bucket: www-live } }\n",
    );
    const [lint, validate] = [await project.run("task", "lint"), await project.run("validate", "p")];
    assert.deepEqual([lint.code, validate.code], [3, 3]);
    assert.match(lint.stderr, /E_ARG environment "stagign" has no target in decapod\.yaml\n.*a\.md:6:16\n/);
    assert.match(lint.stderr, /try: staging/);
    assert.match(validate.stderr, /E_ARG environment "stagign" has no target .*p\.yaml:7:20\)/);
  });

  it("W_NO_TARGET, E_REQUIRED: where it has none at all it can be read, and no run of it begins", async () => {
    const project = freshFolder({ p: FLOW });
    project.write("tasks/pending/a.md", TASK);
    const [lint, validate] = [await project.run("task", "lint"), await project.run("validate", "p")];
    assert.deepEqual([lint.code, validate.code], [0, 0]);
    assert.match(
      lint.stderr,
      /W_NO_TARGET environment stagign has no target in decapod\.yaml.*\n.*a\.md:6:16\n/,
    );
    assert.match(validate.stderr, /W_NO_TARGET .*\n.*p\.yaml:7:20/);
    const run = await project.run("run", "p");
    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, /E_REQUIRED task a: environment stagign has no target in decapod\.yaml/);
    assert.equal((await project.run("run", "p", "--rehearse")).code, 0);
  });
});
