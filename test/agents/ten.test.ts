// Ten agents at once, each the real claude on the stub: all end well, nothing is left of them, the engine stays small.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { realProcessTable } from "../../src/port/process-table.ts";
import { goneProcess, until } from "../support/processes.ts";
import { git, makeRepository } from "../support/repository.ts";
import { NOT_WITH_EVERY_COMMIT } from "../support/scale.ts";
import { meeting } from "./real-agent.ts";
import { agentProject, NO_CLAUDE, WAIT_MS } from "./rig.ts";

const COUNT = 10;
const RSS_MIB_MAX = 120;
const NO_PROC = platform() === "linux" ? false : "what a process has used is read from /proc";

describe("claude-code: ten at once", { skip: NO_CLAUDE || NOT_WITH_EVERY_COMMIT || NO_PROC }, () => {
  it("all succeed, no orphan is left, and the engine stays under 120 MiB", async (t) => {
    const all = meeting(COUNT);
    // Each leaves a process behind, in a session of its own.
    const command = "setsid sleep 600 < /dev/null > /dev/null 2>&1 & echo $! > left-$DECAPOD_TASK";
    const project = await agentProject(t, [
      {
        tools: [{ name: "Bash", input: { command, description: "x" } }],
        until: all,
        times: COUNT,
        when: { last: /take part/ },
      },
      { text: "Done.", times: -1 },
    ]);
    const names = Array.from({ length: COUNT }, (_, index) => `agent${index}`);
    const agents = names.map((id) => ({ id, agent: "coder", parameters: { task: "take part" } }));
    const last = {
      id: "last",
      agent: "shell",
      dependencies: names,
      parameters: { run: "touch begun; until [ -e go ]; do sleep 0.05; done" },
    };
    const settings = { max_parallel: COUNT };
    project.write("w.yaml", JSON.stringify({ name: "w", settings, tasks: [...agents, last] }));
    const running = project.start("run", "w.yaml");
    // All ten have ended, and the engine is still there to be looked at.
    await Promise.race([
      until(() => existsSync(join(project.path, "begun")), "the last task", WAIT_MS),
      running.ended.then(({ stderr }) => assert.fail(`it ended before its last task: ${stderr}`)),
    ]);
    const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
    const peakMib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
    writeFileSync(join(project.path, "go"), "");
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 0, stderr + stdout);
    for (const name of names) {
      const { status } = JSON.parse(project.attempt(name, "result.json"));
      assert.equal(status, "success", name);
      const left = Number(project.read(`left-${name}`));
      assert.ok(left > 1);
      await goneProcess(left);
    }
    const [id] = readdirSync(join(project.path, ".claude/workflow-state/runs"));
    const isOfRun = (pid: number) => realProcessTable.variable(pid, "DECAPOD_RUN") === id;
    // The hosts of children clear away what is left, also when the engine has ended before them.
    await until(() => !realProcessTable.pids().some(isOfRun), "the last process of the run to be gone");
    t.diagnostic(`the engine's peak: ${peakMib.toFixed(1)} MiB`);
    assert.ok(peakMib < RSS_MIB_MAX, `the engine had ${peakMib} MiB`);
  });

  it("F3: after a SIGKILL of the engine all ten are found again, none is started twice, and what they wrote is merged", async (t) => {
    const held = Promise.withResolvers<void>();
    const write = "echo $DECAPOD_TASK > $DECAPOD_TASK.txt";
    const project = await agentProject(t, [
      {
        tools: [{ name: "Bash", input: { command: write, description: "x" } }],
        until: meeting(COUNT),
        times: COUNT,
        when: { last: /take part/ },
      },
      { text: "Done.", until: held.promise, times: -1 },
    ]);
    makeRepository(project.path, { "a.txt": "one\n" });
    const names = Array.from({ length: COUNT }, (_, index) => `agent${index}`);
    const tasks = names.map((id) => ({
      id,
      agent: "coder",
      workspace: "worktree",
      parameters: { task: "take part" },
      success_criteria: ["changed.files == 1"],
    }));
    project.write(
      ".claude/workflows/w.yaml",
      JSON.stringify({ name: "w", settings: { max_parallel: COUNT }, tasks }),
    );
    const running = project.start("run", "w");
    // Each has written its file and waits for the model.
    await project.asked(running, 2 * COUNT);
    running.child.kill("SIGKILL");
    await running.ended;
    assert.equal(project.exits().filter(({ kind }) => kind === "started").length, COUNT);
    const resumed = project.start("resume");
    await resumed.says("resumed");
    held.resolve();
    const { code, stdout, stderr } = await resumed.ended;
    assert.equal(code, 0, stderr + stdout);
    assert.equal(project.stub.requests.length, 2 * COUNT, "nobody was started again");
    for (const name of names)
      assert.equal(JSON.parse(project.attempt(name, "result.json")).status, "success");
    const [branch = ""] = git(
      project.path,
      "for-each-ref",
      "--format=%(refname:short)",
      "refs/heads/decapod",
    ).split("\n");
    const files = git(project.path, "ls-tree", "--name-only", branch).split("\n");
    assert.deepEqual(files, ["a.txt", ...names.map((name) => `${name}.txt`)]);
  });
});
