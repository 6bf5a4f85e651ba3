// The real claude of the pinned version under the real decapod, against a stand-in of its API: from a workflow to its end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sha256 } from "../../src/port/hash.ts";
import { until } from "../support/processes.ts";
import { type AgentProject, agentProject, NO_CLAUDE } from "./rig.ts";
import { type Turn, textOf } from "./stub.ts";

const BUG_FIX = readFileSync(join(import.meta.dirname, "../data/founding/bug-fix-template.yaml"), "utf8");
const REPORT = ["run", "bug-fix-template", "-i", "bug_description=the date is wrong"] as const;

const write = (file_path: string, content: string) => [{ name: "Write", input: { file_path, content } }];

/** What the model says in the course of the founding template; the answer of `held` comes when it is settled. */
function repair(held?: Promise<unknown>): readonly Turn[] {
  return [
    { text: "The date is built with month + 1.", when: { last: /Investigate the date is wrong/ } },
    { text: "Remove the + 1 in date.js.", when: { last: /# analyze[\s\S]*month \+ 1/ } },
    { tools: write("date.js", "month;\n"), when: { last: /# fix[\s\S]*Remove the \+ 1/ } },
    { error: { status: 529 } },
    { text: "Changed date.js.", ...(held !== undefined && { until: held }) },
    { text: "PASS: the month is right.", when: { last: /# verify[\s\S]*Changed date\.js/ } },
  ];
}

function checkRepaired(project: AgentProject): void {
  assert.equal(project.read("date.js"), "month;\n");
  // Every answer of the model was asked for once, so nothing was done twice.
  assert.deepEqual(
    project.stub.requests.map(({ turn }) => turn),
    [0, 1, 2, 3, 4, 5],
  );
  for (const task of ["investigate", "analyze", "fix", "verify"]) {
    const result = JSON.parse(project.attempt(task, "result.json"));
    assert.deepEqual([result.status, result.detail.version], ["success", "2.1.328"], task);
  }
  const starts = project.exits().filter(({ kind }) => kind === "started");
  assert.ok(starts.length === 4 || starts.length === 0, `${starts.length} starts`);
}

describe("claude-code: bug-fix-template, as it was founded", { skip: NO_CLAUDE }, () => {
  it("goes from the report of a bug to its verified repair, over an overloaded API", async (t) => {
    const project = await agentProject(t, repair());
    project.write(".claude/workflows/bug-fix-template.yaml", BUG_FIX);
    project.write("CLAUDE.md", "Dates are written as ISO 8601.\n");
    const { code, stdout, stderr } = await project.start(...REPORT).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /✓ success {2}bug-fix-template r-\w{4} {2}4 success/);
    checkRepaired(project);
    // Each role was told what it is, by file, and that nobody is there.
    const systems = project.stub.requests.map(({ body }) => textOf(body.system));
    for (const [index, text] of [/find out what is the case/, /You plan/, /You change code/].entries())
      assert.match(systems[index] ?? "", text);
    assert.ok(systems.every((text) => text.includes("You work unattended")));
    const tools = project.stub.requests.map(({ body }) =>
      (body.tools ?? [])
        .map(({ name }) => name)
        .filter((name) => name !== "DeferredToolPlaceholder")
        .sort(),
    );
    assert.deepEqual(
      [tools[1], tools[2]],
      [
        ["Glob", "Grep", "Read"],
        ["Bash", "Edit", "Glob", "Grep", "Read", "Write"],
      ],
    );
    // T2-44: what everybody reads first, and the receipt of what was read.
    for (const { body } of project.stub.requests.slice(0, 3))
      assert.match(JSON.stringify(body.messages?.[0]), /Dates are written as ISO 8601/);
    const handoff = JSON.parse(project.attempt("fix", "handoff.json"));
    assert.equal(handoff.memory.digest, sha256("Dates are written as ISO 8601.\n"));
    assert.equal(handoff.outputs[0].digest, sha256('"Remove the + 1 in date.js."'));
    assert.equal(handoff.brief.digest, sha256(project.attempt("fix", "brief.md")));
    assert.ok(JSON.parse(project.attempt("fix", "result.json")).detail.startTokens > 0);
    const log = project.attempt("fix", "output.log");
    assert.match(log, /^● Write date\.js$/m);
    assert.match(log, /^… overloaded \(529\): try 1 of 2 in/m);
    assert.match(log, /^■ done: 2 turns, \$0\.\d{4}$/m);
    const shown = await project.start("show", stdout.match(/r-\w{4}/)?.[0] ?? "", "--json").ended;
    const fix = await project.start("show", stdout.match(/r-\w{4}/)?.[0] ?? "", "fix").ended;
    assert.match(fix.stdout, /^given\tCLAUDE\.md \(\w{12}\), output of analyze \(\w{12}\)$/m);
    const tasks = JSON.parse(shown.stdout).run.tasks as readonly Record<string, unknown>[];
    assert.deepEqual(tasks.map(({ id, attempts, output }) => [id, attempts, output]).at(-1), [
      "verify",
      1,
      "PASS: the month is right.",
    ]);
    assert.ok(tasks.every(({ costUsd }) => typeof costUsd === "number" && costUsd > 0));
  });

  for (const [what, isReleasedFirst] of [
    ["adopts the agent that is still at work", false],
    ["settles the agent that finished meanwhile", true],
  ] as const) {
    it(`after a SIGKILL of the engine in mid-task resume ${what}, and nothing is done twice`, async (t) => {
      const held = Promise.withResolvers<void>();
      const project = await agentProject(t, repair(held.promise));
      project.write(".claude/workflows/bug-fix-template.yaml", BUG_FIX);
      const running = project.start(...REPORT);
      await project.asked(running, 5);
      running.child.kill("SIGKILL");
      await running.ended;
      assert.equal(existsSync(join(project.path, "date.js")), true);
      if (isReleasedFirst) {
        held.resolve();
        await until(
          () => project.exits().filter(({ kind }) => kind === "exit").length === 3,
          "the agent's exit",
        );
      }
      const resumed = project.start("resume");
      if (!isReleasedFirst) {
        await resumed.says("resumed");
        held.resolve();
      }
      const { code, stdout, stderr } = await resumed.ended;
      assert.equal(code, 0, stderr);
      assert.match(stdout, /4 success/);
      checkRepaired(project);
    });
  }
});
