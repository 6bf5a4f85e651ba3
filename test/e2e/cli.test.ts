import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Ended, freshFolder, has, startIn } from "./decapod.ts";

/** Refused with a code, in the form of all errors, with nothing on standard output. */
function refused(ended: Ended, exit: number, code: string): void {
  assert.equal(ended.code, exit, ended.stderr);
  assert.match(ended.stderr, new RegExp(`^error ${code} `));
  assert.doesNotMatch(ended.stderr, /\n {4}at /);
  assert.equal(ended.stdout, "");
}

const HELLO = `name: hello
params: { whom: { type: string, default: world } }
tasks:
  - id: greet
    agent: shell
    env: { WHOM: "\${whom}" }
    parameters: { run: 'echo "hello $WHOM"; echo "length=\${#WHOM}" >> "$DECAPOD_OUTPUT"' }
  - id: again
    agent: shell
    dependencies: [greet]
    env: { LENGTH: "\${greet.output.length}" }
    parameters: { run: 'echo "$LENGTH letters"' }
outputs: { length: "\${greet.output.length}" }
`;

const FAILS = `name: fails
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo "no such page" >&2; exit 3' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: echo } }
`;

const SAY = "{ id: say, agent: shell, env: { ITEM: '${item}' }, parameters: { run: 'echo of $ITEM' } }";
const DEEP = "{ id: deep, agent: shell, parameters: { run: echo deep } }";
const NESTED = `name: nested
tasks:
  - id: each
    agent: group
    foreach: { items: [a, b], key: "\${item}", max_parallel: 1 }
    parameters: { tasks: [${SAY}] }
  - id: outer
    agent: group
    parameters: { tasks: [{ id: inner, agent: group, parameters: { tasks: [${DEEP}] } }] }
`;

describe("a run from beginning to end", { concurrency: true }, () => {
  it("says what happened on standard error, what it came to on standard output, and ends with 0", async () => {
    const folder = freshFolder({ hello: HELLO });
    const { code, stdout, stderr } = await folder.run("run", "hello", "-i", "whom=moon");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^\d\d:\d\d:\d\d r-\w{4} run started workflow=hello whom=moon$/m);
    assert.match(stderr, /^\d\d:\d\d:\d\d r-\w{4} greet success \S+s length=4$/m);
    assert.match(stderr, /next: decapod show r-\w{4}\n$/);
    assert.match(stdout, /^✓ success {2}hello r-\w{4} {2}2 success · \S+\n {2}length: 4\n$/);
  });

  it("keeps everything for show, logs, runs and status", async () => {
    const folder = freshFolder({ hello: HELLO });
    const ended = await folder.run("run", "hello", "--json", "--label", "first");
    assert.deepEqual([ended.code, ended.stderr], [0, ""]);
    const { run } = JSON.parse(ended.stdout);
    assert.deepEqual([run.status, run.outputs, run.params], ["success", { length: 5 }, { whom: "world" }]);
    assert.deepEqual(
      run.tasks.map(({ id, status, attempts }: Record<string, unknown>) => [id, status, attempts]),
      [
        ["greet", "success", 1],
        ["again", "success", 1],
      ],
    );
    assert.ok(existsSync(run.tasks[0].log));
    const short = `r-${run.id.slice(-4)}`;
    assert.deepEqual(JSON.parse((await folder.run("show", short, "--json")).stdout).run, run);
    assert.equal((await folder.run("logs", short)).stdout, "greet | hello world\nagain | 5 letters\n");
    assert.equal((await folder.run("logs", short, "greet")).stdout, "greet | hello world\n");
    const [line = ""] = (await folder.run("runs", "--label", "first")).stdout.split("\n");
    assert.deepEqual(line.split("\t").slice(0, 4), [short, "hello", "✓ success", "2/2"]);
    assert.equal((await folder.run("runs", "--state", "failed")).stdout, "");
    assert.equal((await folder.run("status")).stdout, "no run is going on\n");
    refused(await folder.run("show", short, "gret"), 3, "E_UNKNOWN_TASK");
    refused(await folder.run("show", "r-zzzz"), 10, "E_NOT_FOUND");
    refused(await folder.run("cancel", short), 5, "E_RUN_CLOSED");
    assert.equal((await folder.run("resume")).stdout, "no run is interrupted\n");
    assert.equal((await folder.run("resume", "--jsonl")).stdout, "");
    refused(await folder.run("logs", short, "greet", "--attempt", "2"), 10, "E_NOT_FOUND");
  });

  it("finds logs of groups by the names the board gives, and all of a group by its own", async () => {
    const folder = freshFolder({ nested: NESTED });
    await folder.run("run", "nested");
    const [line = ""] = (await folder.run("runs")).stdout.split("\n");
    const [short = ""] = line.split("\t");
    const logs = async (task: string) => (await folder.run("logs", short, task)).stdout;
    assert.equal(await logs("each[b]/say"), "each[b]/say | of b\n");
    assert.equal(await logs("each[b]"), "each[b]/say | of b\n");
    assert.equal(await logs("each"), "each[a]/say | of a\neach[b]/say | of b\n");
    assert.equal(await logs("say"), await logs("each"));
    assert.match(await logs("outer"), /^outer\S* \| deep\n$/);
    refused(await folder.run("logs", short, "each[c]/say"), 10, "E_NOT_FOUND");
  });

  it("says what a forgiven failure was", async () => {
    const folder = freshFolder({ fails: FAILS.replace("agent: shell", "agent: shell, on_failure: skip") });
    const { stderr } = await folder.run("run", "fails");
    assert.match(stderr, / first skipped failure exit=3 message="exit 3: no such page"$/m);
  });

  it("names what to run next as it was typed", async () => {
    const folder = freshFolder({});
    folder.write("loose.yaml", HELLO);
    const { stderr } = await folder.run("validate", "loose.yaml");
    assert.match(stderr, /next: decapod run loose\.yaml --dry-run/);
    const isFolder = await folder.run("run", "./");
    assert.match(isFolder.stderr, /E_NOT_FOUND \.\/ is no ordinary file/);
  });

  it("prints each entry with its changes under --jsonl, and nothing else", async () => {
    const folder = freshFolder({ hello: HELLO });
    const { stdout, stderr } = await folder.run("run", "hello", "--jsonl");
    assert.equal(stderr, "");
    const entries = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      entries.map(({ sequence }) => sequence),
      entries.map((_, at) => at + 1),
    );
    assert.equal(entries.at(-1).status, "success");
  });

  it("ends with 1 when a task failed, and says which and why", async () => {
    const folder = freshFolder({ fails: FAILS });
    const { code, stdout, stderr } = await folder.run("run", "fails");
    assert.equal(code, 1);
    assert.match(stdout, /^✗ failed {2}fails r-\w{4} {2}1 failed, 1 skipped/);
    assert.match(stdout, /^ {2}first: exit 3: no such page \(unknown\)$/m);
    assert.match(stderr, /next: decapod logs (r-\w{4}) first, then decapod retry \1\n$/);
    const json = await folder.run("run", "fails", "--json");
    assert.equal(json.code, 1);
    assert.deepEqual(Object.keys(JSON.parse(json.stdout).run.tasks[0].error), ["class", "action", "message"]);
  });

  it("ends with 8 where nobody can be asked, with 9 after a rejection, with 11 at its timeout", async () => {
    const folder = freshFolder({
      ask: "name: ask\ntasks:\n  - { id: gate, agent: approval, parameters: { message: Go on? } }\n",
      late: "name: late\nsettings: { timeout: 1 }\ntasks:\n  - { id: slow, agent: shell, parameters: { run: sleep 30 } }\n",
    });
    const waits = await folder.run("run", "ask");
    assert.equal(waits.code, 8, waits.stderr);
    assert.match(
      waits.stderr,
      /◐ needs you {2}approval a-\w{4} {2}gate[\s\S]*Go on\?[\s\S]*decide at a terminal: decapod approve a-\w{4}\n$/,
    );
    const json = JSON.parse((await folder.run("runs", "--state", "needs-you", "--json")).stdout);
    assert.equal(json.runs.length, 1);
    assert.match(json.runs[0].waitingFor[0], /^a-/);
    const deep =
      "{ id: inner, agent: group, parameters: { tasks: [{ id: gate, agent: approval, parameters: {} }] } }";
    folder.write(
      "deep.yaml",
      `name: deep\ntasks:\n  - { id: outer, agent: group, parameters: { tasks: [${deep}] } }\n`,
    );
    assert.equal((await folder.run("run", "deep.yaml")).code, 8);
    const status = (await folder.run("status")).stdout;
    assert.match(status, /^r-\w+\tdeep\t◐ needs you \(1\)\t.*\tapproval gate/m);
    folder.write("ask.rehearsal.yaml", "gate: [{ decision: reject }]\n");
    folder.write(
      "ask.yaml",
      "name: asked\ntasks:\n  - { id: gate, agent: approval, parameters: { message: Go on? } }\n",
    );
    assert.equal((await folder.run("run", "ask.yaml", "--rehearse")).code, 9);
    assert.equal((await folder.run("run", "late")).code, 11);
  });

  it("starts nothing that disagrees with another file about the limit of a group", async () => {
    const using = (limit: number) =>
      `name: x\ntasks:\n  - { id: a, agent: shell, parameters: { run: ls }, concurrency: { group: db, limit: ${limit} } }\n`;
    const folder = freshFolder({ one: using(1), two: using(2) });
    refused(await folder.run("run", "one"), 5, "E_GROUP_LIMIT");
    assert.equal((await folder.run("validate")).code, 5);
  });

  it("takes what was left out from the newest successful run, or starts nothing", async () => {
    const folder = freshFolder({ hello: HELLO });
    refused(await folder.run("run", "hello", "--only", "again"), 10, "E_NO_EARLIER_OUTPUT");
    assert.equal((await folder.run("runs")).stdout, "");
    assert.equal((await folder.run("run", "hello", "-i", "whom=you")).code, 0);
    const { run } = JSON.parse((await folder.run("run", "hello", "--only", "again", "--json")).stdout);
    assert.deepEqual(
      run.tasks.map(({ status, skipReason, output }: Record<string, unknown>) => [
        status,
        skipReason,
        output,
      ]),
      [
        ["skipped", "not_selected", { length: 3 }],
        ["success", null, "3 letters"],
      ],
    );
  });

  it("starts the run of a key once", async () => {
    const folder = freshFolder({ hello: HELLO });
    const first = JSON.parse((await folder.run("run", "hello", "--key", "monday", "--json")).stdout);
    const second = JSON.parse((await folder.run("run", "hello", "--key", "monday", "--json")).stdout);
    assert.deepEqual(second, first);
    assert.equal(JSON.parse((await folder.run("runs", "--json")).stdout).runs.length, 1);
    folder.write(".claude/workflows/other.yaml", HELLO.replace("name: hello", "name: other"));
    refused(await folder.run("run", "other", "--key", "monday"), 2, "E_OPTIONS");
  });

  it("plays a rehearsal, and says so everywhere", async () => {
    const folder = freshFolder({
      agent: "name: agent\ntasks:\n  - { id: think, agent: planner, parameters: { task: Think } }\n",
    });
    const { code, stdout, stderr } = await folder.run("run", "agent", "--rehearse");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /REHEARSAL/);
    assert.match(stderr, /REHEARSAL started/);
    assert.match((await folder.run("runs")).stdout, /REHEARSAL/);
  });

  it("goes on with a rehearsal of a file outside the workflow folders, behind what its script has used", async () => {
    const folder = freshFolder();
    const text = `name: elsewhere
tasks:
  - { id: first, agent: planner, parameters: { task: Think }, on_failure: retry }
  - { id: look, agent: approval, dependencies: [first], parameters: { message: Fine?, send_back_to: first } }
  - { id: second, agent: planner, dependencies: [look], retry: { max_attempts: 3 }, parameters: { task: Think } }
`;
    const script = (delay: number) => `first: [{ fail: timeout }, { output: one }, { output: two }]
look: [{ decision: send_back }, { decision: approve }]
second: [{ fail: timeout }, { delay: ${delay}, output: late }, { output: never }]
`;
    const path = folder.write("../flows/elsewhere.yaml", text);
    folder.write("../flows/elsewhere.rehearsal.yaml", script(3600));
    const running = folder.start("run", path, "--rehearse", "-v");
    await running.says("second failed class=timeout attempt=1/3");
    running.child.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    folder.write("../flows/elsewhere.rehearsal.yaml", script(0));
    rmSync(path);
    const resumed = await folder.run("resume", "--json");
    assert.equal(resumed.code, 0, resumed.stderr);
    const [run] = JSON.parse(resumed.stdout).runs;
    assert.equal(run.tasks[0].output, "two");
    assert.equal(run.tasks[2].output, "late");
  });
});

describe("what a new user does wrong", { concurrency: true }, () => {
  it("nothing to run here, no git, no workflow", async () => {
    const folder = freshFolder();
    refused(await folder.run("run", "deploy"), 10, "E_NOT_FOUND");
    refused(await folder.run("run", "./deploy.yaml"), 10, "E_NOT_FOUND");
    refused(await folder.run("validate"), 10, "E_NOT_FOUND");
    refused(await folder.run("resume", "r-7k2m"), 10, "E_NOT_FOUND");
    refused(await folder.run("run", "x", "--project", join(folder.path, "nowhere")), 10, "E_NOT_FOUND");
    assert.deepEqual(readdirSync(folder.path), [], "looking makes no files");
  });

  it("a file that is empty, large, no text or no workflow", async () => {
    const folder = freshFolder();
    refused(await folder.run("run", folder.write("empty.yaml", "")), 3, "E_TYPE");
    refused(
      await folder.run("run", folder.write("large.yaml", `name: x\ntasks: [${" ".repeat(5 << 20)}]`)),
      3,
      "E_TOO_LARGE",
    );
    refused(await folder.run("run", folder.write("nul.yaml", "name: x\0")), 3, "E_ENCODING");
    refused(
      await folder.run("run", folder.write("bomb.yaml", "a: &a [x]\nb: [*a, *a]\n")),
      3,
      "E_YAML_ALIAS",
    );
    refused(await folder.run("run", folder.path), 10, "E_NOT_FOUND");
    assert.ok(!existsSync(join(folder.path, ".claude")), "nothing was started");
  });

  it("params that are missing, misspelt, given twice or of the wrong form", async () => {
    const folder = freshFolder({
      tag: "name: tag\nparams: { tag: { type: number, required: true } }\ntasks:\n  - { id: a, agent: shell, parameters: { run: ls } }\n",
    });
    refused(await folder.run("run", "tag"), 3, "E_PARAM_MISSING");
    refused(await folder.run("run", "tag", "-i", "tgt=1", "-i", "tag=1"), 3, "E_PARAM_UNKNOWN");
    refused(await folder.run("run", "tag", "-i", "tag=1", "-i", "tag=1"), 2, "E_USAGE");
    refused(await folder.run("run", "tag", "-i", "tag=one"), 3, "E_PARAM_TYPE");
    refused(await folder.run("run", "tag", "-i", "tag"), 2, "E_USAGE");
  });

  it("agents that do not exist, or whose program is missing", async () => {
    const task = (agent: string, driver: string) =>
      `name: x\ntasks:\n  - { id: a, agent: ${agent}, options: { driver: ${driver} }, parameters: { task: Do it } }\n`;
    const folder = freshFolder({ unknown: task("codr", "codex"), missing: task("coder", "codex") });
    const unknown = await folder.run("run", "unknown");
    refused(unknown, 3, "E_UNKNOWN_AGENT");
    assert.match(unknown.stderr, /try: coder/);
    refused(await folder.run("run", "missing"), 6, "E_DRIVER_MISSING");
  });

  it("what no file can be, and a place where none can be made, is no bug", async () => {
    const folder = freshFolder({ hello: HELLO });
    symlinkSync("loop.yaml", join(folder.path, "loop.yaml"));
    refused(await folder.run("run", "loop.yaml"), 10, "E_NOT_FOUND");
    refused(await folder.run("run", "a".repeat(300)), 10, "E_NOT_FOUND");
    const hello = join(folder.path, ".claude/workflows/hello.yaml");
    if (existsSync("/proc/self")) refused(await folder.run("run", hello, "--project", "/proc"), 6, "E_IO");
    mkdirSync(join(folder.path, "decapod.yaml"));
    refused(await folder.run("runs"), 6, "E_IO");
  });

  it("options and commands that do not exist", async () => {
    const folder = freshFolder({ hello: HELLO });
    refused(await folder.run("rum", "hello"), 2, "E_USAGE");
    refused(await folder.run("run", "hello", "--frmo", "greet"), 2, "E_USAGE");
    refused(await folder.run("run", "hello", "--durability", "sometimes"), 2, "E_USAGE");
    const json = await folder.run("run", "hello", "--frmo", "greet", "--json");
    assert.deepEqual([json.code, json.stderr, JSON.parse(json.stdout).error.code], [2, "", "E_USAGE"]);
  });
});

describe("the folder and the pipe", () => {
  const isRoot = process.getuid?.() === 0;
  const canBeOther =
    !isRoot || has("setpriv", "--reuid", "65534", "--clear-groups", process.execPath, "-e", "0");

  it("a folder that cannot be written is said to be so, and can still be read", {
    skip: canBeOther ? false : "needs setpriv (util-linux)",
  }, async () => {
    const folder = freshFolder({ hello: HELLO });
    const claude = join(folder.path, ".claude");
    for (const path of [claude, folder.path]) chmodSync(path, 0o555);
    chmodSync(join(folder.path, ".."), 0o755);
    const other = isRoot ? ["setpriv", "--reuid", "65534", "--clear-groups"] : [];
    const env = { PATH: process.env.PATH, HOME: join(folder.path, "../home") };
    refused(await startIn(folder.path, env, [...other, ...PROGRAM, "run", "hello"]).ended, 6, "E_READ_ONLY");
    assert.equal((await startIn(folder.path, env, [...other, ...PROGRAM, "validate"]).ended).code, 0);
    assert.equal((await startIn(folder.path, env, [...other, ...PROGRAM, "runs"]).ended).code, 0);
    for (const path of [claude, folder.path]) chmodSync(path, 0o755);
  });

  it("F65 a reader that goes away ends output, never the run", async () => {
    const folder = freshFolder({ hello: HELLO });
    const line = [...PROGRAM, "run", "hello", "--jsonl"].map((word) => `'${word}'`).join(" ");
    const { status, stdout } = spawnSync("bash", ["-c", `${line} | head -1; exit \${PIPESTATUS[0]}`], {
      cwd: folder.path,
      encoding: "utf8",
    });
    assert.equal(status, 0);
    assert.equal(stdout.trimEnd().split("\n").length, 1);
    const { runs } = JSON.parse((await folder.run("runs", "--json=status")).stdout);
    assert.deepEqual(runs, [{ status: "success" }]);
  });

  it("of a project elsewhere says what to do next in words that work from here", async () => {
    const [folder, here] = [freshFolder({ hello: HELLO }), freshFolder()];
    const { stderr } = await here.run("run", "hello", "--project", folder.path);
    const next = /next: decapod (--project \S+ show r-\w+)\n$/.exec(stderr)?.[1] ?? "";
    assert.equal((await here.run(...next.split(" "))).code, 0, stderr);
    const inside = await folder.run("run", "hello", "--project", ".");
    assert.match(inside.stderr, /next: decapod show r-\w+\n$/);
  });

  it("works from any folder below the project", async () => {
    const folder = freshFolder({ hello: HELLO });
    mkdirSync(join(folder.path, "deep/er"), { recursive: true });
    const env = { PATH: process.env.PATH, HOME: join(folder.path, "../home") };
    const { code, stderr } = await startIn(join(folder.path, "deep/er"), env, [
      ...PROGRAM,
      "run",
      "hello",
      "-q",
    ]).ended;
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(existsSync(join(folder.path, ".claude/workflow-state/decapod.db")));
  });
});
