/** A push to a branch whose CI deploys meets the gate before production, by real git in real attempts. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { LocalEngine } from "../../src/arm/local-engine.ts";
import type { Run } from "../../src/core/run.ts";
import { at } from "../../src/core/vector.ts";
import { localEngine, seesRun, startIn } from "../support/local-engine.ts";
import { git, write } from "../support/repository.ts";

const PHRASE = "DEPLOY TO PRODUCTION";

interface Project {
  readonly folder: string;
  readonly remote: string;
  readonly engine: LocalEngine;
  /** Of a run: what an attempt leaves behind is ended by its name, and tests run side by side. */
  readonly named: (id: string) => string;
}

/** Its repository has hooks of its own, which say when they are called. */
async function project(t: TestContext, hooks = ".git/hooks"): Promise<Project> {
  const base = mkdtempSync(join(tmpdir(), "decapod-push-"));
  t.after(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
  const [folder, remote] = [join(base, "project"), join(base, "remote.git")];
  write(folder, {
    "decapod.yaml": "production_branches: [main, 'release/*']\n",
    ".gitignore": ".claude/\n*.called\n",
    "page.md": "one\n",
  });
  git(folder, "init", "-q", "-b", "work");
  git(base, "init", "-q", "--bare", "remote.git");
  git(folder, "remote", "add", "origin", remote);
  git(folder, "config", "user.name", "Kim");
  git(folder, "config", "user.email", "kim@example.org");
  for (const name of ["pre-push", "pre-commit"]) {
    write(folder, { [`${hooks}/${name}`]: `#!/bin/sh\ncat > ${folder}/${name}.called\n` });
    chmodSync(join(folder, hooks, name), 0o755);
  }
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "--no-verify", "-m", "first");
  if (hooks !== ".git/hooks") git(folder, "config", "core.hooksPath", hooks);
  const engine = await localEngine(folder);
  t.after(() => engine.close());
  return { folder, remote, engine, named: (id) => `${id}-${basename(base)}` };
}

const shell = (script: string, more = "") => `name: push
tasks:
  - { id: push, agent: shell, parameters: { run: ${JSON.stringify(script)} }${more} }
`;

const sees = <T>({ engine, named }: Project, id: string, look: (run: Run) => T | null) =>
  seesRun(engine, named(id), look);

async function outcome(project: Project, id: string, text: string) {
  assert.ok((await startIn(project.engine, project.named(id), text, { measures: true })).ok);
  const run = await sees(project, id, (one) => (one.endedAt === null ? null : one));
  const log = join(project.folder, ".claude/workflow-state/runs", project.named(id), "push/1/output.log");
  const printed = existsSync(log) ? readFileSync(log, "utf8") : "";
  return { status: run.status, said: `${run.failure?.message ?? ""}\n${printed}` };
}

const branches = ({ remote }: Project) =>
  git(remote, "for-each-ref", "--format=%(refname:short)").split("\n");

describe("a push to a production branch", { concurrency: 2 }, () => {
  it("is refused whatever it is called here, and one to another branch is not", async (t) => {
    const here = await project(t);
    for (const [id, push] of [
      ["r1", "git push -q origin HEAD:main"],
      ["r2", "git branch release/2; git push -q origin release/2"],
      ["r3", "git push -q origin HEAD:ok HEAD:refs/heads/main"],
      ["r4", "cd .git/.. && git push -q --mirror origin HEAD:main"],
    ] as const) {
      const { status, said } = await outcome(here, id, shell(push));
      assert.equal(status, "failed", push);
      if (id !== "r4") assert.match(said, /a push to (main|release\/2) deploys to production/, push);
    }
    assert.deepEqual(branches(here), [""]);
    const fine = await outcome(here, "r5", shell("git push -q origin HEAD:feature HEAD:refs/tags/main"));
    assert.equal(fine.status, "success", fine.said);
    assert.deepEqual(branches(here), ["feature", "main"]);
    assert.match(readFileSync(join(here.folder, "pre-push.called"), "utf8"), /refs\/heads\/feature/);
  });

  it("is refused in a worktree too, and hooks of the repository are called where they lie", async (t) => {
    const here = await project(t, ".husky");
    const commit = "echo two > page.md; git commit -qam two; git push -q origin HEAD:main";
    const { status, said } = await outcome(here, "r1", shell(commit, ", workspace: worktree"));
    assert.equal(status, "failed");
    assert.match(said, /a push to main deploys to production/);
    assert.ok(existsSync(join(here.folder, "pre-commit.called")));
    assert.deepEqual(branches(here), [""]);
  });

  it("goes through with the approval of its task, or of a gate before it", async (t) => {
    const here = await project(t);
    const own = shell("git push -q origin HEAD:main", `, approval: { phrase: ${PHRASE} }`);
    const gate = `name: push
tasks:
  - { id: gate, agent: approval, parameters: { phrase: ${PHRASE}, message: "Go?" } }
  - { id: push, agent: shell, dependencies: [gate], parameters: { run: "git push -q origin HEAD:release/1" } }
`;
    for (const [id, text, task] of [
      ["r1", own, "push"],
      ["r2", gate, "gate"],
    ] as const) {
      assert.ok((await startIn(here.engine, here.named(id), text, { measures: true })).ok);
      const decision = await sees(here, id, (run) => {
        const state = at(run.tasks, run.workflow.indexOf.get(task) as number);
        return state.decision ?? state.unit.decision;
      });
      const made = await here.engine.host.apply(here.named(id), null, {
        type: "decision.made",
        decision: decision.id,
        choice: "approve",
        comment: null,
        fields: {},
        by: "kim",
        via: "test",
        phrase: PHRASE,
      });
      assert.ok(made.ok);
      const { status, failure } = await sees(here, id, (run) => (run.endedAt === null ? null : run));
      assert.equal(status, "success", failure?.message);
    }
    assert.deepEqual(branches(here), ["main", "release/1"]);
  });

  it("is guarded again where somebody has changed the guard", async (t) => {
    const here = await project(t);
    const first = await outcome(here, "r1", shell("git config core.hooksPath"));
    assert.equal(first.status, "success", first.said);
    const hook = join(here.folder, ".claude/workflow-state/push-guard/pre-push");
    writeFileSync(hook, "#!/bin/sh\nexit 0\n");
    assert.equal((await outcome(here, "r2", shell("git push -q origin HEAD:main"))).status, "failed");
    assert.deepEqual(branches(here), [""]);
  });
});
