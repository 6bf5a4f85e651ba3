// The driver with a program that plays codex. The real one runs in test/agents.
import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt, driverSuite } from "../../../test/suites/driver.suite.ts";
import { fakeAgent, type Played, playedSetting } from "../../../test/support/fake-agent.ts";
import { goneProcess, numberIn } from "../../../test/support/processes.ts";
import { NOT_WITH_EVERY_COMMIT } from "../../../test/support/scale.ts";
import { NO_RULES, type PermissionRules } from "../../spec/permission-rules.ts";
import { CODEX } from "../agent/product.ts";
import type { Work } from "../driver.ts";
import { codexDriver } from "./codex.ts";

const KEY = "sk-0123456789-of-the-person";
const played = (more: Partial<Played> = {}): Played => ({
  product: CODEX,
  make: (parts) => codexDriver({ ...parts, login: "auto", permission: null }),
  environment: { OPENAI_API_KEY: KEY },
  ...more,
});
const DONE = '{"type":"item.completed","item":{"type":"agent_message","text":"done"}}';
const TURN =
  '{"type":"turn.completed","usage":{"input_tokens":100,"cached_input_tokens":30,"output_tokens":5}}';
const failing = (message: string) => JSON.stringify({ type: "turn.failed", error: { message } });

driverSuite("codex, played", (t) => playedSetting(t, played(), "codex"), NOT_WITH_EVERY_COMMIT);

async function outcomeOf(t: TestContext, script: string, more: Partial<Work> = {}, of: Partial<Played> = {}) {
  const { driver, work } = fakeAgent(t, played(of), script);
  return (await attempt(driver, { ...work, ...more })).outcome;
}

describe("codex, with a program that plays it", () => {
  it("reads role and brief from standard input, in a folder and with a configuration of its own", async (t) => {
    const script = `cat > $PLACE/heard; echo "$@" > $PLACE/words; env > $PLACE/env; cp $CODEX_HOME/config.toml $PLACE; echo '{"type":"thread.started","thread_id":"t-7"}'; echo '${DONE}'; echo '${TURN}'`;
    const { driver, work, folder, room } = fakeAgent(t, played(), script);
    const { outcome } = await attempt(driver, { ...work, options: { model: "gpt-5", effort: "max" } });
    assert.deepEqual(
      [outcome.status, outcome.output, outcome.usage, outcome.detail],
      ["success", "done", { costUsd: null, tokens: 75 }, { driver: "codex", session: "t-7" }],
    );
    const read = (name: string) => readFileSync(join(room.folder, name), "utf8");
    assert.match(read("heard"), /^You work unattended[\s\S]*\n\nDo the work\.\n$/);
    assert.match(read("words"), /^exec --json .* -s workspace-write -\n$/);
    assert.match(read("env"), new RegExp(`^CODEX_API_KEY=${KEY}$`, "m"));
    assert.doesNotMatch(read("env"), /^OPENAI_API_KEY/m);
    const config = read("config.toml");
    for (const line of ['model = "gpt-5"', 'model_reasoning_effort = "xhigh"', "project_doc_max_bytes = 0"])
      assert.ok(config.split("\n").includes(line), line);
    assert.doesNotMatch(config, /gateway/);
    assert.equal(existsSync(join(folder, "codex")), false);
    assert.equal(
      readFileSync(join(folder, "output.log"), "utf8"),
      "codex, session t-7\ndone\n■ done: 75 tokens\n",
    );
  });

  it("uses the login of the person where it lies", async (t) => {
    const script = `readlink $CODEX_HOME/auth.json > $PLACE/link; echo '${DONE}'; echo '${TURN}'`;
    const { driver, work, room } = fakeAgent(t, played({ environment: {} }), script);
    assert.equal(driver.refuse?.({ ...work, environmentNames: [] })[0]?.code, "E_DRIVER_LOGIN");
    const login = join(room.folder, ".codex/auth.json");
    mkdirSync(join(room.folder, ".codex"));
    writeFileSync(login, "{}");
    assert.equal((await attempt(driver, work)).outcome.status, "success");
    assert.equal(readFileSync(join(room.folder, "link"), "utf8"), `${login}\n`);
    assert.equal(lstatSync(login).isFile(), true);
  });

  it("its sandbox is as wide as tools and permission, and gone by the person's word alone", async (t) => {
    const words = async (
      options: Work["options"],
      permission: string | null = null,
      rules: PermissionRules = NO_RULES,
    ) => {
      const script = `(echo "$@"; cat $CODEX_HOME/config.toml) > $PLACE/words; echo '${TURN}'`;
      const make: Played["make"] = (parts) => codexDriver({ ...parts, login: "auto", permission, rules });
      const { driver, work, room } = fakeAgent(t, played({ make }), script);
      const { outcome } = await attempt(driver, { ...work, options });
      return outcome.failure?.message ?? readFileSync(join(room.folder, "words"), "utf8");
    };
    assert.match(await words({ tools: ["Read", "Grep"] }), /-s read-only -/);
    assert.match(await words({ tools: ["Read", "Bash"] }), /-s workspace-write -/);
    assert.match(await words({ permission: "plan" }), /-s read-only -/);
    assert.match(await words({ denied_tools: ["Edit", "Write", "NotebookEdit"] }), /-s read-only -/);
    assert.match(await words({}, "bypassPermissions"), /-s workspace-write -/);
    const every = { tools: ["Edit", "Bash", "WebFetch"] };
    assert.match(await words(every, "bypassPermissions"), /--dangerously-bypass-approvals-and-sandbox/);
    assert.match(await words({ permission: "bypassPermissions" }), /E_ARG .* wider than acceptEdits/);
    assert.match(await words({ tools: ["Bash(npm test)"] }), /E_ARG the pattern Bash\(npm test\) is nothing/);
    const allow = { allow: ["Bash(npm test)", "WebSearch"], refuse: [] };
    assert.match(await words({ tools: ["Read"] }, null, allow), /-s read-only -/, "it asks nothing");
    const same = await words({ tools: ["Read", "Bash(npm test)"] }, null, allow);
    assert.match(same, /E_ARG the pattern Bash\(npm test\)/, "a rule makes no whole shell of a part of one");
    const refuse = { allow: [], refuse: ["Bash(git push *)"] };
    assert.match(
      await words({}, null, refuse),
      /E_ARG Bash\(git push \*\) of permissions\.refuse in your configuration is nothing/,
    );
    const noShell = { allow: [], refuse: ["Bash"] };
    assert.match(
      await words({ tools: ["Read", "Edit"] }, null, noShell),
      /E_ARG Bash of permissions\.refuse/,
    );
    assert.match(await words({ tools: ["Read"] }, null, noShell), /-s read-only -/);
    const noSearch = { allow: [], refuse: ["WebSearch"] };
    const asked = { tools: ["Read", "WebFetch", "WebSearch"] };
    assert.match(await words(asked), /web_search = "live"/);
    assert.match(await words(asked, null, noSearch), /web_search = "disabled"/);
    assert.match(await words({ max_turns: 3 }), /E_ARG max_turns is nothing that the driver codex can keep/);
  });

  it("asks for JSON by a schema, and gives it", async (t) => {
    const said = JSON.stringify({ type: "item.completed", item: { type: "agent_message", text: '{"n":3}' } });
    const script = `while [ "$1" != --output-schema ]; do shift; done; cp $2 $PLACE/schema; echo '${said}'; echo '${TURN}'`;
    const { driver, work, room } = fakeAgent(t, played(), script);
    const outputSchema = { type: "object", required: ["n"] };
    const { outcome } = await attempt(driver, { ...work, outputSchema });
    assert.deepEqual([outcome.status, outcome.output], ["success", '{"n":3}']);
    assert.deepEqual(JSON.parse(readFileSync(join(room.folder, "schema"), "utf8")), outputSchema);
  });

  it("exit 0 without a completed turn is no success, and a word of success without one neither", async (t) => {
    for (const script of ["exit 0", `echo '${DONE}'`, "echo hello; exit 0"]) {
      const { status, failure } = await outcomeOf(t, script);
      assert.deepEqual([status, failure?.class], ["failed", "unknown"], script);
    }
    const after = await outcomeOf(t, `echo '${DONE}'; echo '${TURN}'; exit 3`);
    assert.match(after.failure?.message ?? "", /gave a result and then failed \(exit 3/);
  });

  it("a call that was declined fails the attempt and names it", async (t) => {
    const item = { type: "command_execution", command: "rm -rf /", status: "declined" };
    const said = JSON.stringify({ type: "item.completed", item });
    const { failure } = await outcomeOf(t, `echo '${said}'; echo '${DONE}'; echo '${TURN}'`);
    assert.equal(failure?.class, "config_error");
    assert.match(failure?.message ?? "", /codex was not allowed to do what it wanted: rm -rf \/;/);
  });

  it("a process that stays after its result is ended, and the result stands", async (t) => {
    const script = `trap '' TERM; echo '${DONE}'; echo '${TURN}'; echo $$ > $PLACE/pid; while :; do sleep 0.05; done`;
    const { driver, work, room } = fakeAgent(t, played({ graceMs: 200 }), script);
    const { outcome } = await attempt(driver, work);
    assert.deepEqual([outcome.status, outcome.output], ["success", "done"]);
    await goneProcess(await numberIn(join(room.folder, "pid")));
  });

  it("tells apart what the API said: the plan's limit, too many, broken, refused, never possible", async (t) => {
    for (const [message, expected] of [
      ["You’ve hit your usage limit. Upgrade to Pro (…) or try again at 6:36 PM.", "quota_exhausted"],
      ["unexpected status 401 Unauthorized: nope, url: http://x/v1/responses", "config_error"],
      ["We’re currently experiencing high demand, which may cause temporary errors.", "transient"],
    ] as const) {
      const script = `cat <<'END'\n${failing(message)}\nEND\nexit 1`;
      const { status, failure } = await outcomeOf(t, script);
      assert.equal(failure?.class ?? status, expected, message);
    }
  });

  it("a plan that is used up tells when it is open again, by the clocks of the attempt; or nothing", async (t) => {
    const resetOf = async (told: string) => {
      const script = `cat <<'END'\n${failing(`You’ve hit your usage limit. ${told}`)}\nEND\nexit 1`;
      const { environment } = fakeAgent(t, played(), script).work;
      const { resetAt, ...rest } = await outcomeOf(t, script, {
        environment: { ...environment, TZ: "America/New_York" },
      });
      assert.equal("limit" in rest, false);
      return resetAt;
    };
    assert.equal(await resetOf("Try again at Dec 2nd, 2096 9:25 PM."), Date.UTC(2096, 11, 3, 2, 26));
    assert.equal(await resetOf("Try again later."), null);
  });
});
