// Roles done by agents other than claude, as the person sees it. Small programs play them; real ones run in test/agents.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CODEX, PRODUCTS } from "../../src/driver/agent/product.ts";
import { childProgram, temporaryFolder, until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
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

  it("doctor names the agents of this machine, and who pays", async (t) => {
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
  });
});
