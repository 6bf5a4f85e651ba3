// More agents at once than the cap: nobody starts before a person has said so. A program plays claude.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CLAUDE } from "../../src/driver/agent/product.ts";
import { temporaryFolder } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { type Ended, environmentWith, startIn } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const KNOWN = CLAUDE.known[0]?.to ?? "";
const RESULT =
  '{"type":"result","subtype":"success","is_error":false,"result":"looked","total_cost_usd":0.25}';
const REVIEW = "agent: checker, parameters: { task: look }";

interface Place {
  /** The configuration of the person. */
  readonly own: string;
  readonly calls: () => number;
  write(name: string, text: string): void;
  run(...words: readonly string[]): Promise<Ended>;
  /** At a terminal, where the question is answered. */
  answer(typed: string, ...words: readonly string[]): ReturnType<typeof terminal>;
}

/** A project with a workflow `many`, and a claude that notes each time it is called to work. */
function place(t: TestContext, tasks: string): Place {
  const base = temporaryFolder(t);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  };
  const calls = join(base, "calls");
  write("home/.keep", "");
  write(
    "bin/claude",
    `#!/bin/sh\n[ "$1" = --version ] && echo '${KNOWN} (Claude Code)' && exit\necho x >> '${calls}'\necho '${RESULT}'\n`,
  );
  chmodSync(join(base, "bin/claude"), 0o755);
  write("project/.claude/workflows/many.yaml", `name: many\ntasks:\n${tasks}\n`);
  const environment = {
    ...environmentWith(join(base, "home")),
    PATH: `${join(base, "bin")}:${process.env.PATH}`,
    ANTHROPIC_API_KEY: "sk-ant-0123456789",
  };
  const project = join(base, "project");
  return {
    own: join(base, "home/.config/decapod/config.yaml"),
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").split("\n").length - 1 : 0),
    write,
    run: (...words) => startIn(project, environment, [...PROGRAM, ...words]).ended,
    answer: (typed, ...words) =>
      terminal({ path: project }, words, [["Enter to leave:", `${typed}\r`]], environment),
  };
}

interface Asked {
  readonly decisions: readonly { readonly id: string; readonly task: string; readonly title: string }[];
}

const hasTerminal = spawnSync(TERMINAL, ["--version"]).error === undefined;

describe("a fan-out beyond the cap", { concurrency: 2 }, () => {
  it("waits in the inbox with the number; approved it starts them all; the plan says it before", {
    skip: hasTerminal ? false : "needs script (bsdutils)",
  }, async (t) => {
    const many = place(t, `  - { id: review, ${REVIEW}, foreach: { items: [1, 2, 3] } }`);
    many.write("project/decapod.yaml", "limits: { fan_out: 5 }\n");
    many.write("home/.config/decapod/config.yaml", "limits: { fan_out: 2 }\n");
    const told = `3 agents would start (tasks review[…]); the cap is 2 (limits.fan_out in ${many.own})`;
    const plan = await many.run("run", "many", "--dry-run");
    assert.ok(plan.stdout.includes(`◇ asks a person first: ${told}\n`), plan.stdout);
    const waiting = await many.run("run", "many");
    assert.equal(waiting.code, 8, waiting.stderr);
    assert.equal(many.calls(), 0);
    const { decisions } = JSON.parse((await many.run("inbox", "--json")).stdout) as Asked;
    assert.deepEqual(
      decisions.map(({ task, title }) => [task, title]),
      [["review", `${told}. What they cost no past run says. Go on?`]],
    );
    const done = await many.answer("y", "resume");
    assert.equal(done.code, 0, done.screen);
    assert.equal(many.calls(), 3);
    assert.equal((await many.run("run", "many")).code, 8);
    const again = JSON.parse((await many.run("inbox", "--json")).stdout) as Asked;
    assert.equal(again.decisions[0]?.title, `${told}. By past runs they take $0.75. Go on?`);
  });

  it("inside of a group counts for all of its items: at once where the file says how many, else in each run", async (t) => {
    const part = (id: string, inner: string) =>
      `  - { id: ${id}, agent: group, foreach: { items: [[1, 2], [3, 4]] }, parameters: { tasks: [{ id: ${id}-one, ${REVIEW}, foreach: { items: ${inner} } }] } }`;
    const many = place(t, `${part("known", "[1, 2]")}\n${part("late", '"${item}"')}`);
    many.write("project/decapod.yaml", "limits: { fan_out: 3 }\n");
    const waiting = await many.run("run", "many");
    assert.equal(waiting.code, 8, waiting.stderr);
    const { decisions } = JSON.parse((await many.run("inbox", "--json")).stdout) as Asked;
    const cap = "the cap is 3 (limits.fan_out in decapod.yaml)";
    const each = `4 agents would start (tasks late-one[…], in each of 2 runs like this one); ${cap}. Go on?`;
    assert.deepEqual(
      decisions.map(({ title }) => title).sort(),
      [
        `4 agents would start (tasks known[…], 2 in each); ${cap}. What they cost no past run says. Go on?`,
        each,
        each,
      ].sort(),
    );
    assert.equal(many.calls(), 0);
  });

  it("without a word of the person is 20, which a project cannot raise; what is only known in the run is said so in the plan", async (t) => {
    const items = Array.from({ length: 21 }, (_, at) => at).join(", ");
    const many = place(
      t,
      `  - { id: list, agent: shell, parameters: { run: "echo '[1]'" } }
  - { id: late, dependencies: [list], ${REVIEW}, foreach: { items: "\${fn:json(list.output)}" } }
  - { id: cross, ${REVIEW}, matrix: { a: [1, 2, 3], b: [1, 2, 3, 4, 5, 6, 7] } }
  - { id: script, agent: shell, parameters: { run: ls }, foreach: { items: [${items}] } }`,
    );
    many.write("project/decapod.yaml", "limits: { fan_out: 10000 }\n");
    const { stdout, code, stderr } = await many.run("run", "many", "--dry-run", "--json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).plan.asksFirst, [
      `if more than 20 agents would start (tasks late[…]); how many there are shows in the run (limits.fan_out in ${many.own})`,
      `21 agents would start (tasks cross[…]); the cap is 20 (limits.fan_out in ${many.own})`,
    ]);
    const shown = (await many.run("run", "many", "--dry-run")).stdout;
    assert.ok(
      shown.includes("◇ asks a person first if more than 20 agents would start (tasks late[…])"),
      shown,
    );
    const rehearsal = JSON.parse((await many.run("run", "many", "--rehearse", "--dry-run", "--json")).stdout);
    assert.deepEqual(rehearsal.plan.asksFirst, []);
  });
});
