// The driver with a program that plays claude: what the real one does only sometimes, this one does when it is told.
// The real one runs in test/agents.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt } from "../../../test/suites/driver.suite.ts";
import { plainWork } from "../../../test/support/plain-work.ts";
import { goneProcess, idIn, numberIn } from "../../../test/support/processes.ts";
import { sharedRoom } from "../../../test/support/shared-room.ts";
import { realClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { capture } from "../../port/spawn.ts";
import { CLAUDE } from "../agent/product.ts";
import { findProgram } from "../agent/program.ts";
import type { Work } from "../driver.ts";
import { claudeDriver } from "./claude.ts";

const recorded = (name: string) => join(import.meta.dirname, `../../../test/data/claude-code/${name}.jsonl`);
const KEY = "sk-ant-0123456789-of-the-person";
const INIT =
  '{"type":"system","subtype":"init","session_id":"s-1","claude_code_version":"2.1.328","model":"m"}';
const RESULT = '{"type":"result","subtype":"success","is_error":false,"result":"done","total_cost_usd":0.5}';

/** A claude that does this, after it has told its version. */
function setUp(t: TestContext, script: string, graceMs?: number) {
  const room = sharedRoom(t);
  const [project, bin, folder] = ["project", "bin", "attempt"].map((name) => join(room.folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [project, bin, folder]) mkdirSync(path, { mode: 0o700 });
  writeFileSync(
    join(bin, "claude"),
    `#!/bin/bash\n[ "$1" = --version ] && echo "${CLAUDE.known[0]?.to}" && exit\n${script}\n`,
  );
  chmodSync(join(bin, "claude"), 0o755);
  writeFileSync(join(folder, "brief.md"), "Do the work.\n");
  const environment = { PATH: `${bin}:/usr/bin:/bin`, HOME: room.folder, ANTHROPIC_API_KEY: KEY };
  const program = findProgram({
    product: CLAUDE,
    files: realFiles,
    environment,
    projectRoot: project,
    program: null,
    versions: [],
    capture,
  });
  const driver = claudeDriver({
    starter: room.host,
    files: realFiles,
    clock: realClock,
    program,
    environment,
    login: "auto",
    permission: null,
    isMac: false,
    ...(graceMs !== undefined && { graceMs }),
  });
  const name = idIn(room.folder, "task");
  const work = plainWork({
    attempt: name,
    parameters: { task: "x" },
    environment: { PATH: "/usr/bin:/bin", DECAPOD_ATTEMPT: name, PLACE: room.folder },
    workspace: project,
    folder,
    brief: "Do the work.",
  });
  return { driver, work, folder, room };
}

async function outcomeOf(t: TestContext, script: string, more: Partial<Work> = {}, graceMs?: number) {
  const { driver, work } = setUp(t, script, graceMs);
  return (await attempt(driver, { ...work, ...more })).outcome;
}

describe("claude-code, with a program that plays it", () => {
  it("reads its brief from standard input, has its own folders while it works, and leaves none behind", async (t) => {
    const { driver, work, folder, room } = setUp(
      t,
      `cat > $PLACE/heard; stat -c %a $CLAUDE_CONFIG_DIR $CLAUDE_CODE_TMPDIR > $PLACE/modes; echo '${INIT}'; echo '${RESULT}'`,
    );
    const { outcome } = await attempt(driver, work);
    assert.deepEqual(
      [outcome.status, outcome.output, outcome.usage],
      ["success", "done", { costUsd: 0.5, tokens: 0 }],
    );
    assert.deepEqual(outcome.detail, {
      driver: "claude-code",
      session: "s-1",
      version: "2.1.328",
      model: "m",
    });
    assert.equal(readFileSync(join(room.folder, "heard"), "utf8"), "Do the work.\n");
    assert.equal(readFileSync(join(room.folder, "modes"), "utf8"), "700\n700\n");
    assert.equal(existsSync(join(folder, "claude")), false);
    assert.equal(statSync(join(folder, "instructions.md")).mode & 0o777, 0o600);
    assert.match(
      readFileSync(join(folder, "output.log"), "utf8"),
      /^claude 2\.1\.328, m, .*\n■ done: 0 turns, \$0\.5000\n$/,
    );
    assert.equal(readFileSync(join(folder, "stream.jsonl"), "utf8"), `${INIT}\n${RESULT}\n`);
  });

  it("exit 0 without a result is no success, whatever else was printed", async (t) => {
    for (const script of [
      "exit 0",
      `cat ${recorded("sigint-thinking")}`,
      `cat ${recorded("sigterm-tool")}`,
      "echo hello",
    ]) {
      const outcome = await outcomeOf(t, script);
      assert.deepEqual(
        [outcome.status, outcome.exitCode, outcome.failure?.class],
        ["failed", 0, "unknown"],
        script,
      );
    }
  });

  it("a failure that only standard error tells is told with its words", async (t) => {
    const outcome = await outcomeOf(t, "echo 'error: unknown option --x' >&2; exit 1");
    assert.match(outcome.failure?.message ?? "", /without a result \(exit 1: error: unknown option --x\)/);
  });

  it("of two results the last one counts", async (t) => {
    const outcome = await outcomeOf(t, `cat ${recorded("subagent-background")}`);
    assert.deepEqual([outcome.status, outcome.output], ["success", "stub: the script has no more turns"]);
  });

  it("a process that stays after its result is ended, and the result stands", async (t) => {
    const script = `trap '' TERM; echo '${INIT}'; echo '${RESULT}'; echo $$ > $PLACE/pid; while :; do sleep 0.05; done`;
    const { driver, work, room } = setUp(t, script, 200);
    const { outcome } = await attempt(driver, work);
    assert.deepEqual([outcome.status, outcome.output, outcome.failure], ["success", "done", null]);
    assert.match(outcome.notes.join(), /ended by SIGKILL/);
    await goneProcess(await numberIn(join(room.folder, "pid")));
  });

  it("one that was woken for another turn is waited for", async (t) => {
    const second = RESULT.replace("done", "second");
    // News of the two lines may come apart, on a busy machine by more than a few turns of its clock.
    const script = `printf '%s\\n%s\\n' '${RESULT}' '${INIT}'; sleep 1.5; echo '${second}'`;
    const outcome = await outcomeOf(t, script, {}, 1_000);
    assert.deepEqual([outcome.status, outcome.output], ["success", "second"]);
  });

  it("F31: silence ends it at the idle limit", async (t) => {
    const outcome = await outcomeOf(t, `echo '${INIT}'; sleep 60`, { idleTimeoutMs: 200 });
    assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "timeout"]);
    assert.match(outcome.failure?.message ?? "", /no output for 200 ms/);
  });

  it("F32: so does the same line again and again", async (t) => {
    const line = '{"type":"assistant","message":{"id":"1","content":[{"type":"text","text":"still at it"}]}}';
    const outcome = await outcomeOf(t, `while :; do echo '${line}'; sleep 0.02; done`, {
      idleTimeoutMs: 300,
    });
    assert.match(outcome.failure?.message ?? "", /nothing new in its output for 300 ms/);
  });

  it("refused credentials are not tried for minutes", async (t) => {
    const retry =
      '{"type":"system","subtype":"api_retry","attempt":1,"error":"authentication_failed","error_status":401}';
    const script = `for n in 1 2 3; do echo '${retry}' | sed s/:1,/:$n,/; sleep 0.15; done; sleep 60`;
    const outcome = await outcomeOf(t, script);
    assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "config_error"]);
    assert.match(outcome.failure?.message ?? "", /refused the credentials/);
  });

  it("F29: a line of 20 MB is passed over, and the result behind it is found", async (t) => {
    const { driver, work, folder } = setUp(
      t,
      `head -c 20000000 /dev/zero | tr '\\0' y; echo; echo '${RESULT}'`,
    );
    const { outcome } = await attempt(driver, work);
    assert.deepEqual([outcome.status, outcome.output], ["success", "done"]);
    assert.match(readFileSync(join(folder, "output.log"), "utf8"), /too long is left out\n■ done/);
  });

  it("usage is told while it works, so that a budget can stop it", async (t) => {
    const message = (id: number, tokens: number) =>
      `{"type":"assistant","message":{"id":"${id}","content":[{"type":"text","text":"turn ${id}"}],"usage":{"input_tokens":${tokens}}}}`;
    const { driver, work } = setUp(
      t,
      `echo '${message(1, 100)}'; sleep 0.3; echo '${message(2, 900)}'; sleep 60`,
    );
    const controller = new AbortController();
    const { outcome } = await attempt(driver, work, {
      signal: controller.signal,
      onProgress: (progress) =>
        progress.kind === "usage" && (progress.usage.tokens ?? 0) >= 1_000 && controller.abort("budget"),
    });
    assert.deepEqual([outcome.failure?.class, outcome.usage], ["budget", { costUsd: null, tokens: 1_000 }]);
  });

  it("O4: a credential that is printed is in no file and no outcome", async (t) => {
    const said = `{"type":"result","subtype":"success","is_error":false,"result":"it is ${KEY}"}`;
    const { driver, work, folder } = setUp(t, `echo '${said}'; echo "$ANTHROPIC_API_KEY" >&2`);
    const seen = await attempt(driver, work);
    assert.equal(seen.outcome.output, "it is ***");
    for (const name of ["output.log", "stream.jsonl", "instructions.md"])
      assert.ok(!readFileSync(join(folder, name), "utf8").includes(KEY), name);
    assert.ok(!JSON.stringify(seen).includes(KEY));
  });

  it("what an expression gave only now is refused as well, before a process exists", async (t) => {
    const { driver, work, room } = setUp(t, "touch $PLACE/ran");
    const { outcome } = await attempt(driver, { ...work, options: { permission: "bypassPermissions" } });
    assert.equal(outcome.failure?.class, "config_error");
    assert.match(outcome.failure?.message ?? "", /E_ARG options\.permission asks for bypassPermissions/);
    assert.equal(existsSync(join(room.folder, "ran")), false);
  });

  it("says before a start what would stop it", async (t) => {
    const { driver } = setUp(t, "exit");
    await driver.prepare?.();
    const asked = { agent: "coder", agentRole: null, options: {}, environmentNames: ["TITLE"] };
    assert.deepEqual(driver.refuse?.(asked), []);
    const wrong = { ...asked, options: { permission: "auto" }, environmentNames: ["ANTHROPIC_BASE_URL"] };
    assert.deepEqual(
      driver.refuse?.(wrong).map(({ code }) => code),
      ["E_ARG", "E_ENV_NAME"],
    );
  });
});
