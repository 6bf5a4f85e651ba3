// Roles done by agents other than claude, as the person sees it. Small programs play them; real ones run in test/agents.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CODEX, PRODUCTS } from "../../src/driver/agent/product.ts";
import { childProgram, temporaryFolder, until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { git, makeRepository } from "../support/repository.ts";
import { environmentWith, type Running, startIn } from "./decapod.ts";

interface Place {
  readonly base: string;
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  write(name: string, text: string, mode?: number): void;
  start(...words: readonly string[]): Running;
}

function place(t: TestContext): Place {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  const write = (name: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
    chmodSync(join(base, name), mode);
  };
  write("home/.keep", "");
  write("bin/.keep", "");
  const environment = {
    ...environmentWith(join(base, "home")),
    PATH: `${join(base, "bin")}:/usr/bin:/bin`,
  };
  return {
    base,
    project,
    environment,
    write,
    start: (...words) => startIn(project, environment, [...PROGRAM, ...words]),
  };
}

const task = (fields: string, env = "") =>
  `name: one\ntasks:\n  - { id: work, agent: helper, parameters: { task: x }${fields}${env} }\n`;
const played = (kind: object) => `, env: { PLAYED: '${JSON.stringify(kind)}' }`;
const agentOf = (protocol: string) =>
  `#!/bin/sh\n[ "$1" = --version ] && echo '${CODEX.versionWords}${CODEX.known[0]?.to}' && exit\nexec '${process.execPath}' '${childProgram("played-agent.mjs")}' ${protocol}\n`;

describe("roles of other agents", { concurrency: 2 }, () => {
  it("a new role of decapod.yaml is done by codex, with a variable of the person's", async (t) => {
    const { write, start, environment } = place(t);
    write("bin/codex", agentOf("codex"), 0o755);
    write("project/decapod.yaml", "agents: { helper: { driver: codex } }\n");
    write("project/.claude/workflows/one.yaml", task("", played({ kind: "succeed", output: "the answer" })));
    const unpaid = await start("run", "one").ended;
    assert.equal(unpaid.code, 6);
    assert.match(
      unpaid.stderr,
      /error E_DRIVER_LOGIN codex has no credentials[\s\S]*try: codex login; or set one of/,
    );
    environment.OPENAI_API_KEY = "sk-0123456789";
    const { code, stdout, stderr } = await start("run", "one", "--json").ended;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).run.tasks[0].output, "the answer");
  });

  it("a role is done by any ACP agent that decapod.yaml names", async (t) => {
    const { write, start } = place(t);
    write("project/decapod.yaml", "agents: { helper: { driver: acp, command: my-agent } }\n");
    write("project/.claude/workflows/one.yaml", task("", played({ kind: "succeed", output: "by ACP" })));
    const missing = await start("run", "one").ended;
    assert.equal(missing.code, 6);
    assert.match(missing.stderr, /E_DRIVER_MISSING the ACP agent of helper, my-agent, is not in PATH/);
    write("bin/my-agent", agentOf("acp"), 0o755);
    const { code, stdout, stderr } = await start("run", "one", "--json").ended;
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).run.tasks[0].output, "by ACP");
  });

  it("works in a worktree where its role says so and there can be one, with the others on its branch; else in the project", async (t) => {
    const { project, write, start } = place(t);
    const [shebang] = agentOf("acp").split("\n");
    write(
      "bin/my-agent",
      `${shebang}\ncat ./*.txt > "$DECAPOD_TASK.tmp" 2> /dev/null || true\nmv "$DECAPOD_TASK.tmp" "$DECAPOD_TASK.txt"\n${agentOf("acp").split("\n").at(-2)}\n`,
      0o755,
    );
    const agent = "{ driver: acp, command: my-agent }";
    write("project/decapod.yaml", `agents: { backend: ${agent}, frontend: ${agent}, coder: ${agent} }\n`);
    const work = (id: string, agent: string, more = "") =>
      `  - { id: ${id}, agent: ${agent}, parameters: { task: x }${played({ kind: "succeed", output: "ok" })}${more} }\n`;
    const tasks = `${work("api", "backend")}${work("ui", "frontend")}${work("both", "coder", ", dependencies: [api, ui]")}`;
    write("project/.claude/workflows/one.yaml", `name: one\ntasks:\n${tasks}`);
    const files = () => readdirSync(project).filter((name) => name.endsWith(".txt"));
    const plain = await start("run", "one").ended;
    assert.equal(plain.code, 0, plain.stderr);
    assert.deepEqual(files(), ["api.txt", "both.txt", "ui.txt"], "no repository");
    for (const name of files()) rmSync(join(project, name));
    makeRepository(project, { "first.txt": "first\n" });
    const apart = await start("run", "one", "--json").ended;
    assert.equal(apart.code, 0, apart.stderr);
    assert.deepEqual(files(), ["first.txt"], "the project stays as it was");
    const branch = `decapod/${JSON.parse(apart.stdout).run.id.slice(-8)}`;
    assert.equal(git(project, "show", `${branch}:api.txt`), "first");
    assert.equal(
      git(project, "show", `${branch}:both.txt`),
      "first\nfirst\nfirst",
      "what was merged is seen",
    );
  });

  it("I5: a day's budget stops the run before the next attempt, keeps what was done, and lets no run begin", async (t) => {
    const { write, start, environment } = place(t);
    environment.OPENAI_API_KEY = "sk-0123456789";
    write("bin/codex", agentOf("codex"), 0o755);
    const agents = "agents: { helper: { driver: codex } }\n";
    write("project/decapod.yaml", `${agents}limits: { budget_per_day: { tokens: 100 } }\n`);
    const one = (id: string, after: string) =>
      `  - { id: ${id}, agent: helper, parameters: { task: x }, dependencies: [${after}]${played({ kind: "succeed", output: id })} }\n`;
    const tasks = `${one("first", "")}${one("second", "first")}${one("third", "second")}`;
    write("project/.claude/workflows/three.yaml", `name: three\ntasks:\n${tasks}`);
    const over = await start("run", "three").ended;
    assert.equal(over.code, 4, over.stderr);
    assert.match(
      over.stdout,
      /third.*E_BUDGET the budget of a day, 100 tokens by limits\.budget_per_day in decapod\.yaml, is used up: 160 tokens today; it begins anew/,
    );
    const again = await start("run", "three").ended;
    assert.equal(again.code, 4);
    assert.match(again.stderr, /^error E_BUDGET the budget of a day.*\n +try: wait until then, or raise/m);
    assert.equal(again.stderr.match(/E_BUDGET/g)?.length, 1, again.stderr);
    write("project/decapod.yaml", `${agents}limits: { budget_per_day: { tokens: 1000 } }\n`);
    write("home/.config/decapod/config.yaml", "limits: { budget_per_day: { tokens: 161 } }\n");
    const { runs } = JSON.parse((await start("runs", "--json").ended).stdout);
    assert.equal(runs.length, 1);
    const retried = await start("retry", runs[0].id).ended;
    assert.equal(retried.code, 0, retried.stderr);
    const shown = JSON.parse((await start("show", runs[0].id, "--json").ended).stdout).run;
    const done = shown.tasks.map(({ id, attempts }: { id: string; attempts: number }) => [id, attempts]);
    assert.deepEqual(done.slice(0, 2), [
      ["first", 1],
      ["second", 1],
    ]);
    const mine = await start("run", "three").ended;
    assert.match(
      mine.stderr,
      /E_BUDGET .* 161 tokens by limits\.budget_per_day in your configuration, is used up: 240/,
    );
  });

  it("F5: an ACP agent outlives a killed decapod, and resume takes it up again", async (t) => {
    const { base, write, start } = place(t);
    const script = `${agentOf("acp").split("\n").slice(0, 2).join("\n")}\necho begun >> '${join(base, "begun")}'\nwhile [ ! -e '${join(base, "go")}' ]; do sleep 0.05; done\nexec '${process.execPath}' '${childProgram("played-agent.mjs")}' acp\n`;
    write("bin/my-agent", script, 0o755);
    write("project/decapod.yaml", "agents: { helper: { driver: acp, command: my-agent } }\n");
    write("project/.claude/workflows/one.yaml", task("", played({ kind: "succeed", output: "still there" })));
    const running = start("run", "one");
    const begun = () => {
      try {
        return readFileSync(join(base, "begun"), "utf8");
      } catch {
        return "";
      }
    };
    await until(() => begun() !== "", "the agent's start");
    running.child.kill("SIGKILL");
    await running.ended;
    const resumed = start("resume");
    await resumed.says("resumed");
    write("go", "");
    const { code, stdout, stderr } = await resumed.ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 success/);
    assert.equal(begun(), "begun\n");
  });

  it("I6: doctor names the agents of this machine, who pays, and that nothing keeps them from the network", async (t) => {
    const { write, start, environment } = place(t);
    const checks = async () => {
      const { stdout } = await start("doctor", "--json").ended;
      const list = JSON.parse(stdout).checks as readonly Record<string, string>[];
      return Object.fromEntries(list.map(({ name, message }) => [name, message]));
    };
    write("project/.claude/workflows/one.yaml", task(""));
    const names = PRODUCTS.map(({ command }) => command).join(", ");
    assert.match((await checks()).agents ?? "", new RegExp(`^none of ${names} is in PATH`));
    write("bin/codex", agentOf("codex"), 0o755);
    environment.CODEX_API_KEY = "sk-0123456789";
    const found = await checks();
    assert.match(found.agents ?? "", /^codex \(.*bin\/codex\)$/);
    assert.match(found.auth ?? "", /^codex has credentials/);
    const none = "none: commands of agents run with your rights and reach the network";
    assert.ok(found.isolation?.startsWith(none), found.isolation);
    assert.match(
      (await start("doctor").ended).stdout,
      /try: permissions: \{ refuse: \["Bash\(git push \*\)"\] \}/,
    );
    write("home/.config/decapod/config.yaml", 'permissions: { refuse: ["Bash(git *)"] }\n');
    assert.match((await checks()).isolation ?? "", /; you refuse Bash\(git \*\)$/);
  });
});
