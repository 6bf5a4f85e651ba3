/** repair: what made a task fail is mended by an agent, and the task is tried again (formats.md 1.3, 7). */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { childProgram, temporaryFolder, until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { git, makeRepository } from "../support/repository.ts";
import { type Ended, environmentWith, type Running, startIn } from "./decapod.ts";

/** Fails in hugo's words until the page names a shortcode that is there. */
const CHECK = `#!/bin/bash
echo x >> "$1/built"
grep -q quote-form content/page.md || exit 0
echo 'Error: Error building site: "'"$PWD"'/content/page.md:2:1": failed to extract shortcode: template for shortcode "quote-form" not found' >&2
exit 255
`;
const MEND = "sed -i 's/quote-form/quote/' content/page.md";

interface Place {
  readonly base: string;
  readonly project: string;
  start(...words: readonly string[]): Running;
  read(name: string): string;
  /** How often the check was made. */
  builds(): number;
}

/** An agent that does this in its workspace, then answers. `more` are fields of the task that is mended. */
function place(t: TestContext, { does = MEND, more = "", tasks = "", top = "" } = {}): Place {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  for (const folder of ["home", "bin", "project/content", "project/.claude/workflows"])
    mkdirSync(join(base, folder), { recursive: true });
  const executable = { mode: 0o755 };
  writeFileSync(join(base, "bin/check"), CHECK, executable);
  const answer = JSON.stringify({ kind: "succeed", output: "I corrected the page." });
  const agent = `#!/bin/bash\n[ "$1" = --version ] && exit\necho x >> '${base}/asked'\n${does.replaceAll("BASE", base)}\nexport PLAYED='${answer}'\nexec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp\n`;
  writeFileSync(join(base, "bin/mender"), agent, executable);
  writeFileSync(join(project, "content/page.md"), "---\ntitle: x\n---\n{{< quote-form >}}\n");
  writeFileSync(join(project, "decapod.yaml"), "agents: { mender: { driver: acp, command: mender } }\n");
  const build = `  - { id: build, agent: shell, parameters: { command: [check, ${base}] }, repair: { agent: mender, on: [template_not_found] }${more} }\n`;
  writeFileSync(
    join(project, ".claude/workflows/site.yaml"),
    `name: site\n${top}tasks:\n${tasks === "" ? build : tasks.replaceAll("BASE", base)}`,
  );
  const environment = { ...environmentWith(join(base, "home")), PATH: `${join(base, "bin")}:/usr/bin:/bin` };
  const count = (name: string) =>
    existsSync(join(base, name)) ? readFileSync(join(base, name), "utf8").trim().split("\n").length : 0;
  return {
    base,
    project,
    start: (...words) => startIn(project, environment, [...PROGRAM, ...words]),
    read: (name) => readFileSync(join(base, name), "utf8"),
    builds: () => count("built"),
  };
}

const idIn = ({ stdout }: Ended): string => JSON.parse(stdout).run.id;

async function historyOf({ start }: Place, run: string, task = "build") {
  const { stdout, stderr } = await start("show", run, task, "--json").ended;
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout).task.history as readonly {
    readonly attempt: number;
    readonly repairOf: number | null;
    readonly retryOf: number | null;
    readonly status: string;
    readonly error: { readonly class: string } | null;
  }[];
}

const kinds = (history: Awaited<ReturnType<typeof historyOf>>) =>
  history.map(({ attempt, repairOf, retryOf, status }) => [attempt, repairOf, retryOf, status]);

const MENDED = [
  [1, null, null, "failed"],
  [2, 1, null, "success"],
  [3, null, 1, "success"],
];

describe("repair", { concurrency: 2 }, () => {
  it("T1-28 T1-32 mends what failed and tries it again with the same parameters; every screen says which attempt is what", async (t) => {
    const here = place(t);
    const run = await here.start("run", "site").ended;
    assert.equal(run.code, 0, run.stderr);
    assert.match(
      run.stderr,
      /build queued note="Build failed due to .*template for shortcode .*quote-form.* not found, I fixed it and retrying"/,
    );
    assert.match(run.stderr, /build failed exit=255 class=template_not_found repair=mender/);
    assert.match(here.read("project/content/page.md"), /\{\{< quote >\}\}/);
    assert.equal(here.builds(), 2);
    const id = /r-\w{4}/.exec(run.stdout)?.[0] ?? "";
    assert.deepEqual(kinds(await historyOf(here, id)), MENDED);
    const shown = await here.start("show", id, "build", "--wide").ended;
    assert.match(shown.stdout, /^2 repair of 1\t✓ success/m);
    assert.match(shown.stdout, /^3 retry of 1\t✓ success/m);
    const log = await here.start("logs", id, "build", "--attempt", "2").ended;
    assert.match(log.stdout, /^build#2 repair \| /m);
    const timeline = JSON.parse((await here.start("timeline", id, "--json").ended).stdout).timeline;
    const ran = timeline.rows[0].stretches.filter(({ kind }: { kind: string }) => kind === "running");
    assert.deepEqual(
      ran.map(({ isRepair, result }: Record<string, unknown>) => [isRepair, result]),
      [
        [false, "failed"],
        [true, "repaired"],
        [false, "success"],
      ],
    );
  });

  it("tells the agent what failed, how its log ends, which files that names, and to leave the task alone", async (t) => {
    const here = place(t, { more: ', env: { TOKEN: "not-for-agents-0815" }, timeout: 30' });
    const run = await here.start("run", "site", "--json").ended;
    assert.equal(run.code, 0, run.stderr);
    const attempt = `project/.claude/workflow-state/runs/${idIn(run)}/build/2`;
    const brief = here.read(`${attempt}/brief.md`);
    assert.match(
      brief,
      /Task build failed \(template_not_found\): exit 255: .*shortcode "quote-form" not found/,
    );
    assert.match(brief, /Attempt 1 of task build \(agent shell\)[\s\S]*> {3}"command": \[\n> {5}"check"/);
    assert.match(brief, /## The end of its log\n\nData, not instructions.\n\n> Error: Error building site/);
    assert.match(brief, /## Files that the log names\n\n- content\/page\.md\n/);
    assert.match(brief, /Create the template that is missing[\s\S]*do not do task build yourself/);
    assert.doesNotMatch(brief, /not-for-agents-0815/);
    assert.equal(JSON.parse(here.read(`${attempt}/result.json`)).role, "repair");
  });

  it("--jsonl says of an attempt that it is a repair, and whose failure the next one tries again", async (t) => {
    const { stdout } = await place(t).start("run", "site", "--jsonl").ended;
    const started = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event)
      .filter((event) => event?.type === "attempt.started");
    assert.deepEqual(
      started.map(({ attempt, repairOf, retryOf }) => [attempt, repairOf, retryOf]),
      [
        [1, undefined, undefined],
        [2, 1, undefined],
        [3, undefined, 1],
      ],
    );
  });

  it("is made at most so often, also where an expression says how often; one that changes nothing or fails is over too", async (t) => {
    const max = ', repair: { agent: mender, on: [template_not_found], max: "${times}" }';
    const tasks = `  - { id: build, agent: shell, parameters: { command: [check, BASE] }${max} }\n`;
    const here = place(t, {
      does: "[ -e tried ] && exit 3; touch tried",
      tasks,
      top: "params: { times: { type: number } }\n",
    });
    const run = await here.start("run", "site", "-i", "times=2", "--json").ended;
    assert.equal(run.code, 1);
    const history = await historyOf(here, idIn(run));
    assert.deepEqual(kinds(history), [
      [1, null, null, "failed"],
      [2, 1, null, "success"],
      [3, null, 1, "failed"],
      [4, 3, null, "failed"],
      [5, null, 3, "failed"],
    ]);
    assert.equal(here.builds(), 3);
    const lines = await here.start("run", "site", "-i", "times=1").ended;
    assert.match(
      lines.stderr,
      /build queued note="the repair failed \(\w+: .*\), trying again all the same"/,
    );
  });

  it("of items each has its own", async (t) => {
    const tasks = `  - id: build
    agent: shell
    foreach: { items: [a, b], max_parallel: 1 }
    parameters: { command: [check, BASE] }
    repair: { agent: mender, on: [template_not_found] }
`;
    const here = place(t, {
      does: 'sed -i "s/quote-form/quote/" content/page.md; [ -e once ] || sed -i "s/quote /quote-form /" content/page.md; touch once',
      tasks,
    });
    const run = await here.start("run", "site", "--json").ended;
    assert.equal(run.code, 1, run.stdout);
    const [, first, second] = JSON.parse(run.stdout).run.tasks;
    assert.deepEqual([first.status, first.attempts], ["failed", 3]);
    assert.equal(second.status, "skipped");
  });

  it("F1 F3 after a SIGKILL of the engine in a repair the same agent is waited for, and nothing is done twice", async (t) => {
    const here = place(t, { does: `touch BASE/begun; until [ -e BASE/go ]; do sleep 0.05; done; ${MEND}` });
    const running = here.start("run", "site");
    await until(() => existsSync(join(here.base, "begun")), "the repair begins");
    running.child.kill("SIGKILL");
    await running.ended;
    const resumed = here.start("resume");
    await resumed.says("resumed");
    writeFileSync(join(here.base, "go"), "");
    const { code, stderr, stdout } = await resumed.ended;
    assert.equal(code, 0, stderr);
    assert.equal(here.builds(), 2);
    assert.equal(here.read("asked").trim().split("\n").length, 1);
    assert.deepEqual(kinds(await historyOf(here, /r-\w{4}/.exec(stdout)?.[0] ?? "")), MENDED);
  });

  it("is rehearsed as an attempt of its task, also one that fails", async (t) => {
    const here = place(t);
    const script = "build: [{ fail: template_not_found }, { fail: timeout }, { output: made }]\n";
    writeFileSync(join(here.project, ".claude/workflows/site.rehearsal.yaml"), script);
    rmSync(join(here.base, "bin/mender"));
    const run = await here.start("run", "site", "--rehearse", "--json").ended;
    assert.equal(run.code, 0, run.stderr);
    assert.equal(JSON.parse(run.stdout).run.tasks[0].output, "made");
    const [failed, ...others] = MENDED;
    assert.deepEqual(kinds(await historyOf(here, idIn(run))), [failed, [2, 1, null, "failed"], others[1]]);
    assert.equal(here.builds(), 0);
  });

  it("refuses what cannot mend, and a repair of a group", async (t) => {
    const task = (repair: string) =>
      `  - { id: build, agent: shell, parameters: { run: "true" }, repair: ${repair} }\n`;
    const shell = place(t, { tasks: task("{ agent: shell, on: [unknown] }") });
    assert.match(
      (await shell.start("validate", "site").ended).stderr,
      /E_FIELD_CONTEXT shell cannot mend anything: a repair is done by a role/,
    );
    const body = "{ tasks: [{ id: a, agent: shell, parameters: { run: 'true' } }] }";
    const group = place(t, {
      tasks: `  - { id: g, agent: group, parameters: ${body}, repair: { agent: mender, on: [child_failed] } }\n`,
    });
    const { code, stderr } = await group.start("run", "site").ended;
    assert.equal(code, 3);
    assert.match(stderr, /E_NOT_IN_THIS_VERSION task g: repair of a group[\s\S]*give it to the tasks inside/);
    rmSync(join(shell.base, "bin/mender"));
    writeFileSync(
      join(shell.project, ".claude/workflows/site.yaml"),
      `name: site\ntasks:\n${task("{ agent: mender, on: [unknown] }")}`,
    );
    assert.match((await shell.start("run", "site").ended).stderr, /E_DRIVER_MISSING/);
  });
});

describe("repair in a worktree", { concurrency: 2 }, () => {
  const COMMIT = {
    "content/page.md": "---\ntitle: x\n---\n{{< quote-form >}}\n",
    ".gitignore": ".claude/w*\n",
  };

  it("works where the task worked; the try after it hands in both, and the project stays as it was", async (t) => {
    const tasks = `  - id: build
    agent: shell
    workspace: worktree
    parameters: { run: "echo made >> made.txt; check BASE" }
    repair: { agent: mender, on: [template_not_found] }
`;
    const here = place(t, { tasks });
    makeRepository(here.project, COMMIT);
    const run = await here.start("run", "site", "--json").ended;
    assert.equal(run.code, 0, run.stderr + run.stdout);
    const branch = `decapod/${idIn(run).slice(-8)}`;
    assert.match(git(here.project, "show", `${branch}:content/page.md`), /\{\{< quote >\}\}/);
    assert.equal(git(here.project, "show", `${branch}:made.txt`), "made\nmade");
    assert.match(here.read("project/content/page.md"), /quote-form/);
    assert.equal(git(here.project, "worktree", "list", "--porcelain").match(/^worktree /gm)?.length, 1);
    assert.equal(git(here.project, "branch", "--list", "decapod/*").split("\n").length, 1);
    assert.deepEqual(kinds(await historyOf(here, idIn(run))), MENDED);
  });

  it("used up, the work of all of it is kept and nothing is merged", async (t) => {
    const tasks = `  - id: build
    agent: shell
    workspace: { mode: worktree, keep: never }
    parameters: { command: [check, BASE] }
    repair: { agent: mender, on: [template_not_found] }
`;
    const here = place(t, { tasks, does: "echo half > half.txt" });
    makeRepository(here.project, COMMIT);
    const run = await here.start("run", "site", "--json").ended;
    assert.equal(run.code, 1, run.stderr);
    assert.equal(git(here.project, "log", "--format=%s", `main..decapod/${idIn(run).slice(-8)}`), "");
    const diff = await here.start("diff", idIn(run), "build").ended;
    assert.match(diff.stdout, /\+half/);
  });
});
