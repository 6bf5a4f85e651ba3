// The real opencode on the stub. Each start of it takes seconds: what every driver must do it does at scale soak, and at ci
// it shows that it is kept to what its role may do.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { OPENCODE } from "../../src/driver/agent/product.ts";
import { opencodeDriver } from "../../src/driver/opencode/opencode.ts";
import { terminal } from "../e2e/terminal.ts";
import type { DriverTask } from "../suites/driver.suite.ts";
import { childProgram } from "../support/processes.ts";
import { ACP_BRIDGE } from "../support/program.ts";
import { NOT_WITH_EVERY_COMMIT, ONLY_AT_SOAK } from "../support/scale.ts";
import { missing, programOf, realSuite, SECRET_TEXT } from "./real-agent.ts";
import { projectOn } from "./rig.ts";
import { startStub, type Turn } from "./stub.ts";

const REAL = { product: OPENCODE, program: `opencode-linux-${process.arch}/bin/opencode` };
const MODEL = "anthropic/claude-sonnet-4-5";
const paidAt = (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "stub-key-0123456789" });

const run = (command: string) => [{ name: "bash", input: { command, description: "a step" } }];

function turnsOf(task: DriverTask): readonly Turn[] {
  switch (task.kind) {
    case "succeed":
      return [{ text: task.output }];
    case "fail":
      return [{ error: { status: 400 }, times: -1 }];
    case "hang":
      return [
        { text: "ready\n", tools: run("true") },
        { text: "never", hang: "mid" },
      ];
    case "flood":
      return [{ text: "x".repeat(task.bytes) }];
    case "orphan":
      return [{ tools: run(`${childProgram("orphan.sh")} '${task.path}'`) }, { text: "done" }];
    case "tell":
      return [{ tools: run('echo "it is $SECRET"') }, { text: `it is ${SECRET_TEXT}` }];
    default:
      return task satisfies never;
  }
}

/** It asks for a title of its session beside everything else. */
const TITLE: Turn = { text: "A title", times: -1, when: { system: /title generator/ } };

realSuite(
  {
    ...REAL,
    stub: (task) => startStub([TITLE, ...turnsOf(task)]),
    environment: paidAt,
    make: (parts) => opencodeDriver({ ...parts, ...ACP_BRIDGE, login: "auto", permission: null }),
    options: { tools: ["Read", "Bash"], model: MODEL },
  },
  ONLY_AT_SOAK,
);

describe("opencode, started by decapod", { skip: missing(REAL) || NOT_WITH_EVERY_COMMIT }, () => {
  for (const [what, tools, code] of [
    ["writes a file that it asked for and was allowed to", "[Read, Write]", 0],
    ["is refused what its role does not offer, whatever the project says, and the task fails", "[Read]", 1],
  ] as const)
    it(what, async (t) => {
      const project = projectOn(
        t,
        { close: () => stub.close() },
        {
          programs: { opencode: programOf(REAL) },
          environment: {},
        },
      );
      const filePath = join(project.path, "a.txt");
      const write = [{ name: "write", input: { filePath, content: "1" } }];
      const todos = [{ content: "Write a.txt", status: "in_progress", priority: "high" }];
      const stub = await startStub([
        TITLE,
        { text: "One thing to do.", tools: [{ name: "todowrite", input: { todos } }] },
        { text: "Writing.", tools: write },
        { text: "Done." },
      ]);
      Object.assign(project.environment, paidAt(stub.url));
      project.write("opencode.json", JSON.stringify({ permission: { edit: "allow" }, model: "evil/model" }));
      project.write("AGENTS.md", "REMEMBER-THIS");
      const options = `{ driver: opencode, model: ${MODEL}, tools: ${tools} }`;
      project.write(
        ".claude/workflows/one.yaml",
        `name: one\ntasks:\n  - { id: work, agent: coder, parameters: { task: Write a.txt. }, options: ${options} }\n`,
      );
      const { code: exit, stdout, stderr } = await project.start("run", "one").ended;
      assert.equal(exit, code, stderr + stdout);
      assert.equal(existsSync(filePath), code === 0);
      assert.doesNotMatch(JSON.stringify(stub.requests.map(({ body }) => body)), /REMEMBER-THIS/);
      const offered = stub.requests.flatMap(({ body }) => (body.tools ?? []).map(({ name }) => name));
      assert.ok(offered.includes("todowrite") && !offered.includes("task"), offered.join(" "));
      const { detail } = JSON.parse(project.attempt("work", "result.json"));
      assert.equal("startTokens" in detail, false, "it tells of its context too late");
      if (code === 1) assert.match(stdout + stderr, /was not allowed to do what it wanted: edit/);
    });

  it("is asked about by a command that its role does not offer, and does it once a person allowed it", async (t) => {
    const stub = await startStub([
      TITLE,
      { text: "Touching.", tools: run("touch asked.txt"), times: -1, when: { last: /Touch it/ } },
      { text: "Done.", times: -1 },
    ]);
    const programs = { opencode: programOf(REAL) };
    const project = projectOn(t, stub, { programs, environment: paidAt(stub.url) });
    const options = `{ driver: opencode, model: ${MODEL}, tools: [Read] }`;
    project.write(
      ".claude/workflows/one.yaml",
      `name: one\ntasks:\n  - { id: work, agent: coder, parameters: { task: Touch it. }, options: ${options} }\n`,
    );
    const asked = await project.start("run", "one").ended;
    assert.equal(asked.code, 8, asked.stderr + asked.stdout);
    assert.equal(existsSync(join(project.path, "asked.txt")), false);
    const [decision] = JSON.parse((await project.start("inbox", "--json").ended).stdout).decisions;
    assert.deepEqual([decision.kind, decision.wants], ["permission", ["Bash(touch asked.txt)"]]);
    const environment = project.environment as Record<string, string>;
    const { code, screen } = await terminal(project, ["approve", decision.id], [], environment);
    assert.equal(code, 0, screen);
    assert.equal(existsSync(join(project.path, "asked.txt")), true);
  });
});
