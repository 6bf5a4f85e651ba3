// What stops an agent's task before anything starts, as the person sees it. A program plays claude; the real one runs in
// test/agents.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CLAUDE } from "../../src/driver/agent/product.ts";
import { temporaryFolder } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { makeRepository } from "../support/repository.ts";
import { type Ended, environmentWith, startIn } from "./decapod.ts";

const KNOWN = CLAUDE.known[0]?.to ?? "";
const RESULT =
  '{"type":"result","subtype":"success","is_error":false,"result":"as \'$1 $2\'","total_cost_usd":0.25}';

interface Tried {
  readonly status: string;
  readonly notes: readonly string[];
  readonly log: string;
}

interface Place {
  readonly base: string;
  readonly project: string;
  write(name: string, text: string): void;
  run(more?: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<Ended>;
}

/** A project with one task of an agent, and a claude in the person's own PATH. */
function place(t: TestContext, fields = "", says: string = KNOWN): Place {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  };
  write("home/.keep", "");
  write(
    "bin/claude",
    `#!/bin/sh\n[ "$1" = --version ] && echo '${says} (Claude Code)' && exit\necho '${RESULT}'\n`,
  );
  chmodSync(join(base, "bin/claude"), 0o755);
  const task = `{ id: work, agent: coder, parameters: { task: x }${fields === "" ? "" : `, ${fields}`} }`;
  write("project/.claude/workflows/one.yaml", `name: one\ntasks:\n  - ${task}\n`);
  const environment = {
    ...environmentWith(join(base, "home")),
    PATH: `${join(base, "bin")}:${process.env.PATH}`,
    ANTHROPIC_API_KEY: "sk-ant-0123456789",
  };
  const run = (more: NodeJS.ProcessEnv = {}, ...words: readonly string[]) =>
    startIn(project, { ...environment, ...more }, [
      ...PROGRAM,
      ...(words.length > 0 ? words : ["run", "one"]),
    ]).ended;
  return { base, project, write, run };
}

function refused(ended: Ended, exit: number, ...codes: readonly string[]): void {
  assert.equal(ended.code, exit, ended.stderr);
  assert.deepEqual(
    [...ended.stderr.matchAll(/^error (E_\w+) /gm)].map(([, code]) => code),
    codes,
  );
  assert.doesNotMatch(ended.stderr, /\n {4}at /);
}

describe("a task of an agent", { concurrency: 2 }, () => {
  it("runs with a known claude and a key", async (t) => {
    const { run, project } = place(t);
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /1 success · [^·]+ · \$0\.25/);
    assert.equal(existsSync(join(project, ".claude/workflow-state")), true);
  });

  it("whose output does not fit is done again with what was wrong, and counts as one try", async (t) => {
    const schema = "output_schema: { type: object, properties: { n: { type: number } }, required: [n] }";
    const { run, base, write } = place(t, schema);
    const said = [{ n: "x" }, null, { n: 3 }];
    for (const [index, output] of said.entries()) {
      const given = { type: "result", subtype: "success", is_error: false, result: "words" };
      write(
        `says/${index}`,
        JSON.stringify(output === null ? given : { ...given, structured_output: output }),
      );
    }
    write(
      "bin/claude",
      `#!/bin/sh\n[ "$1" = --version ] && echo '${KNOWN} (Claude Code)' && exit\ncd ${base}/says\nset -- *\ncat "$1"; echo; rm "$1"\n`,
    );
    const { code, stdout, stderr } = await run({}, "run", "one", "--json");
    assert.equal(code, 0, stderr);
    const shown = await run({}, "show", "--json", JSON.parse(stdout).run.id, "work");
    const { task } = JSON.parse(shown.stdout) as { task: { output: unknown; history: Tried[] } };
    assert.deepEqual(task.output, { n: 3 });
    // This one keeps no sessions.
    const isNew = (number: number) => `it begins a new session, that of attempt ${number} is not there`;
    assert.deepEqual(
      task.history.map(({ status, notes }) => [status, ...notes]),
      [
        ["failed"],
        ["failed", isNew(1), "asked again for an output that fits output_schema, time 1"],
        ["success", isNew(2), "asked again for an output that fits output_schema, time 2"],
      ],
    );
    const logs = task.history.map(({ log }) => join(dirname(log), "brief.md"));
    const [first = "", second = "", third = ""] = logs.map((path) => readFileSync(path, "utf8"));
    assert.doesNotMatch(first, /What was wrong/);
    const wrong = '> the output does not fit output_schema: /n must be a number, is a text ("x")\n';
    assert.ok(second.startsWith("# work\n\nx\n") && second.includes(wrong), second);
    assert.ok(third.includes(`${wrong}\n> claude answered without the JSON`), third);
  });

  it("that calls done what it has not done has failed, with a class for each lie; verify looks again", async (t) => {
    const leaves = "workspace: shared, artifacts: report.md";
    const { run, project } = place(t, leaves);
    makeRepository(project, { "a.txt": "one\n" });
    const failureOf = async () => {
      const { code, stdout, stderr } = await run({}, "run", "one", "--json");
      return [code, JSON.parse(stdout).run.tasks[0].error?.class, stderr] as const;
    };
    assert.deepEqual((await failureOf()).slice(0, 2), [1, "claims_without_evidence"]);
    writeFileSync(join(project, "report.md"), "found\n");
    assert.equal((await failureOf())[0], 0);
    const { runs } = JSON.parse((await run({}, "runs", "--state", "success", "--json")).stdout);
    const verified = async () => {
      const { code, stdout } = await run({}, "verify", runs[0].id);
      return [code, stdout.split("\t")[0], stdout.trim().split("\t")[2]];
    };
    assert.deepEqual(await verified(), [0, "✓ holds", "its check holds"]);
    utimesSync(join(project, "report.md"), new Date(), new Date(Date.now() + 60_000));
    const late = "report.md was written after the attempt ended";
    assert.deepEqual(await verified(), [1, "◌ stale", late]);
    rmSync(join(project, "report.md"));
    assert.deepEqual(await verified(), [1, "✗ fails", "a file is report.md (is false)"]);
    const file = join(project, ".claude/workflows/one.yaml");
    const writes = "touches: 'src/**', workspace: worktree";
    writeFileSync(file, readFileSync(file, "utf8").replace(leaves, writes));
    assert.deepEqual((await failureOf()).slice(0, 2), [1, "nothing_changed"]);
  });

  it("that changed more than its criteria allow has failed with the numbers, whatever it says, and is not merged", async (t) => {
    const bounds =
      'success_criteria: ["changed.files <= 2", "changed.insertions < 100"], workspace: worktree';
    const { run, project, write } = place(t, bounds);
    makeRepository(project, { "a.txt": "one\n" });
    const says = JSON.stringify({ ...JSON.parse(RESULT), result: '{"changed":{"files":1}}' });
    const claude = (work: string) =>
      write(
        "bin/claude",
        `#!/bin/sh\n[ "$1" = --version ] && echo '${KNOWN} (Claude Code)' && exit\n${work}\necho '${says}'\n`,
      );
    claude("seq 150 > b.txt; echo x > c.txt; echo x > d.txt; git add b.txt; git commit -qm mine");
    const much = JSON.parse((await run({}, "run", "one", "--json")).stdout).run.tasks[0];
    const told = "not met: changed.files <= 2 (was 3); changed.insertions < 100 (was 152)";
    assert.deepEqual(
      [much.status, much.error.class, much.error.message],
      ["failed", "criteria_failed", told],
    );
    claude("echo x > b.txt; echo two > a.txt");
    const few = await run({}, "run", "one", "--json");
    assert.equal(few.code, 0, few.stderr);
    assert.match(
      JSON.stringify(JSON.parse(few.stdout).run.tasks[0].notes),
      /merged into decapod\/\w+: 2 files, \+2 −1/,
    );
  });

  it("that names files in its JSON which it did not change has failed, where its criteria ask git for them", async (t) => {
    const asks = "success_criteria: ['fn:sort(files) == changed.paths'], workspace: worktree";
    const schema = "output_schema: { type: object, required: [files] }";
    const { run, project, write } = place(t, `${asks}, ${schema}`);
    makeRepository(project, { "a.txt": "one\n" });
    const says = (files: readonly string[]) => {
      const told = JSON.stringify({ ...JSON.parse(RESULT), structured_output: { files } });
      const work = "echo two > a.txt; mkdir -p src; echo x > src/b.txt";
      const version = `[ "$1" = --version ] && echo '${KNOWN} (Claude Code)' && exit`;
      write("bin/claude", `#!/bin/sh\n${version}\n${work}\necho '${told}'\n`);
    };
    says(["src/b.txt", "src/c.txt", "a.txt"]);
    const lied = JSON.parse((await run({}, "run", "one", "--json")).stdout).run.tasks[0];
    assert.deepEqual([lied.status, lied.error.class], ["failed", "criteria_failed"]);
    says(["src/b.txt", "a.txt"]);
    const { code, stdout, stderr } = await run({}, "run", "one", "--json");
    assert.equal(code, 0, stdout + stderr);
  });

  it("is refused with 6 when claude is missing, of an unknown version, or nobody pays", async (t) => {
    const { run, base, project } = place(t);
    refused(await run({ PATH: "/usr/bin:/bin" }), 6, "E_DRIVER_MISSING");
    refused(await run({ ANTHROPIC_API_KEY: undefined }), 6, "E_DRIVER_LOGIN");
    writeFileSync(join(base, "bin/claude"), "#!/bin/sh\necho '2.1.99 (Claude Code)'\n");
    const ended = await run();
    refused(ended, 6, "E_DRIVER_VERSION");
    assert.match(
      ended.stderr,
      /is Claude Code 2\.1\.99; this decapod knows .*\n {2}try: .*DECAPOD_CLAUDE_VERSIONS=2\.1\.99/,
    );
    assert.equal(existsSync(join(project, ".claude/workflow-state/runs")), false);
  });

  it("C6: is not done by a claude that the project brings, and says so", async (t) => {
    const { run, base, project, write } = place(t);
    write("project/node_modules/.bin/claude", `#!/bin/sh\ntouch ${join(base, "canary")}\n`);
    chmodSync(join(project, "node_modules/.bin/claude"), 0o755);
    const ended = await run({ PATH: `${join(project, "node_modules/.bin")}:.:/usr/bin:/bin` });
    refused(ended, 6, "E_DRIVER_MISSING");
    assert.match(ended.stderr, /what lies inside the project does not count/);
    assert.equal(existsSync(join(base, "canary")), false);
  });

  it("I2: is refused with the field that asks for more than the person allows, or for an option", async (t) => {
    for (const [fields, message] of [
      [
        "options: { permission: bypassPermissions }",
        /task work: options\.permission asks for bypassPermissions, which is wider/,
      ],
      [
        "options: { model: --dangerously-skip-permissions }",
        /task work: options\.model cannot be "--dangerously/,
      ],
      ["options: { tools: [--dangerously-skip-permissions] }", /task work: options\.tools cannot be/],
    ] as const) {
      const ended = await place(t, fields).run();
      refused(ended, 3, "E_ARG");
      assert.match(ended.stderr, message);
    }
    refused(await place(t, "options: { claude_args: [x] }").run(), 3, "E_UNKNOWN_KEY");
    refused(await place(t, "env: { ANTHROPIC_BASE_URL: 'http://evil.example' }").run(), 3, "E_ENV_NAME");
    const role = place(t);
    role.write(
      "project/.claude/agents/coder.md",
      "---\nname: coder\npermissionMode: bypassPermissions\n---\nx",
    );
    const ended = await role.run();
    refused(ended, 3, "E_ARG");
    assert.match(ended.stderr, /task work: the role's permission asks for bypassPermissions/);
  });

  it("is allowed more by the person's own configuration, and by nothing in the project", async (t) => {
    const { run, write, base, project } = place(t, "options: { permission: bypassPermissions }");
    const config = "agents:\n  claude-code: { permission: bypassPermissions }\n";
    write("project/config/decapod/config.yaml", config);
    refused(await run({ XDG_CONFIG_HOME: join(project, "config") }), 4, "E_NOT_ALLOWED");
    write("config/decapod/config.yaml", config);
    const { code, stderr } = await run({ XDG_CONFIG_HOME: join(base, "config") });
    assert.equal(code, 0, stderr);
    write("config/decapod/config.yaml", "agents:\n  claude-code: { permision: auto }\n");
    const wrong = await run({ XDG_CONFIG_HOME: join(base, "config") });
    refused(wrong, 3, "E_UNKNOWN_KEY");
    assert.match(wrong.stderr, /config\.yaml:2:18[\s\S]*try: permission/);
  });

  it("is refused by name for what is not there", async (t) => {
    const { run } = place(t, "options: { skills: [x] }");
    refused(await run(), 3, "E_ARG");
    refused(await place(t, "options: { tools: [mcp__x__y] }").run(), 4, "E_NOT_ALLOWED");
    refused(await place(t, "options: { driver: codex }").run(), 6, "E_DRIVER_MISSING");
    const fallback = await place(t, "fallback: { agent: coder, options: { driver: claud-code } }").run();
    refused(fallback, 3, "E_CHOICE");
    assert.match(fallback.stderr, /there is no driver "claud-code"[\s\S]*try: claude-code/);
  });

  it("needs nothing of all that in a rehearsal", async (t) => {
    const { run } = place(t, "session: continue, options: { driver: codex, permission: bypassPermissions }");
    const { code, stderr } = await run(
      { PATH: "/usr/bin:/bin", ANTHROPIC_API_KEY: undefined },
      "run",
      "one",
      "--rehearse",
    );
    assert.equal(code, 0, stderr);
  });
});
