// The driver with a program that plays gemini. The real one runs in test/agents.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt, driverSuite } from "../../../test/suites/driver.suite.ts";
import { fakeAgent, type Played, playedSetting } from "../../../test/support/fake-agent.ts";
import { NOT_WITH_EVERY_COMMIT } from "../../../test/support/scale.ts";
import { GEMINI } from "../agent/product.ts";
import type { Work } from "../driver.ts";
import { geminiDriver } from "./gemini.ts";

const KEY = "key-0123456789-of-the-person";
const played = (more: Partial<Played> = {}): Played => ({
  product: GEMINI,
  make: ({ project, ...parts }) =>
    geminiDriver({ ...parts, projectRoot: project, login: "auto", permission: null }),
  environment: { GEMINI_API_KEY: KEY },
  ...more,
});
const said = (content: string) =>
  JSON.stringify({ type: "message", role: "assistant", content, delta: true });
const DONE = '{"type":"result","status":"success","stats":{"input":70,"cached":30,"output_tokens":5}}';
const failing = (message: string) =>
  JSON.stringify({ type: "result", status: "error", error: { type: "unknown", message } });

driverSuite("gemini, played", (t) => playedSetting(t, played(), "gemini"), NOT_WITH_EVERY_COMMIT);

async function outcomeOf(t: TestContext, script: string, more: Partial<Work> = {}) {
  const { driver, work } = fakeAgent(t, played(), script);
  return (await attempt(driver, { ...work, ...more })).outcome;
}

describe("gemini, with a program that plays it", () => {
  it("reads role and brief from standard input, with a home, settings and a model that are named", async (t) => {
    const script = `cat > $PLACE/heard; echo "$@" > $PLACE/words; cp $GEMINI_CLI_HOME/.gemini/settings.json $PLACE
echo '{"type":"init","session_id":"g-7","model":"m"}'; echo '${said("I begin.")}'
echo '{"type":"tool_use","tool_name":"read_file","parameters":{"file_path":"a.txt"}}'
echo '{"type":"tool_result","status":"success","output":"A"}'; echo '${said("It is ")}'; echo '${said("done.")}'; echo '${DONE}'`;
    const { driver, work, folder, room } = fakeAgent(t, played(), script);
    const { outcome } = await attempt(driver, { ...work, options: { tools: ["Read", "Write", "Bash"] } });
    assert.deepEqual(
      [outcome.status, outcome.output, outcome.usage, outcome.detail],
      [
        "success",
        "It is done.",
        { costUsd: null, tokens: 75 },
        { driver: "gemini", session: "g-7", model: "m" },
      ],
    );
    const read = (name: string) => readFileSync(join(room.folder, name), "utf8");
    assert.match(read("heard"), /^You work unattended[\s\S]*\n\nDo the work\.\n$/);
    assert.match(
      read("words"),
      /^-o stream-json -m gemini-2\.5-pro --skip-trust --approval-mode auto_edit\n$/,
    );
    const { tools, advanced, hooksConfig } = JSON.parse(read("settings.json"));
    assert.ok(tools.core.includes("run_shell_command") && tools.core.includes("write_file"));
    assert.deepEqual(
      [tools.allowed, advanced.ignoreLocalEnv, hooksConfig.enabled],
      [tools.core, true, false],
    );
    assert.equal(existsSync(join(folder, "gemini")), false);
    assert.equal(
      readFileSync(join(folder, "output.log"), "utf8"),
      "gemini, m, session g-7\nI begin.\n● read_file a.txt\n  A\nIt is done.\n■ done: 75 tokens\n",
    );
  });

  it("is offered what tools and permission allow", async (t) => {
    const settings = async (options: Work["options"]) => {
      const script = `cp $GEMINI_CLI_HOME/.gemini/settings.json $PLACE; echo "$@" > $PLACE/words; echo '${DONE}'`;
      const { driver, work, room } = fakeAgent(t, played(), script);
      await attempt(driver, { ...work, options });
      const words = readFileSync(join(room.folder, "words"), "utf8");
      const { tools } = JSON.parse(readFileSync(join(room.folder, "settings.json"), "utf8"));
      return [/--approval-mode (\w+)/.exec(words)?.[1], tools.core.slice(6).join(" ")];
    };
    assert.deepEqual(await settings({}), ["auto_edit", "replace write_file"]);
    assert.deepEqual(await settings({ tools: ["Read"] }), ["default", ""]);
    assert.deepEqual(await settings({ permission: "plan" }), ["default", ""]);
    assert.deepEqual(await settings({ tools: ["Read", "WebSearch"] }), [
      "default",
      "web_fetch google_web_search",
    ]);
  });

  it("C6: is not started where it would load settings and servers of the project", async (t) => {
    const { driver, work, project, room } = fakeAgent(t, played(), "touch $PLACE/ran");
    const asked = { ...work, environmentNames: [] };
    assert.deepEqual(driver.refuse?.(asked), []);
    mkdirSync(join(project, ".gemini"));
    writeFileSync(join(project, ".gemini/settings.json"), "{}");
    assert.equal(driver.refuse?.(asked)[0]?.code, "E_NOT_ALLOWED");
    const { outcome } = await attempt(driver, work);
    assert.match(outcome.failure?.message ?? "", /E_NOT_ALLOWED gemini would load settings/);
    assert.equal(existsSync(join(room.folder, "ran")), false);
  });

  it("exit 0 without a result is no success, nor is a result that says error", async (t) => {
    for (const [script, expected] of [
      ["exit 0", "unknown"],
      [`echo '${said("done")}'`, "unknown"],
      [`echo '${failing("it went wrong")}'`, "unknown"],
      [`echo '${failing('[API Error: {"error":{"code":401,"message":"no"}}]')}'; exit 145`, "config_error"],
      [`echo '${failing('[API Error: {"error":{"code":429,"message":"no"}}]')}'; exit 173`, "rate_limited"],
      [`echo '${failing('[API Error: {"error":{"code":503,"message":"no"}}]')}'; exit 247`, "transient"],
      [`echo '${failing("turns")}'; exit 53`, "max_turns"],
    ] as const) {
      const { status, failure } = await outcomeOf(t, script);
      assert.deepEqual([status, failure?.class], ["failed", expected], script);
    }
    const cut = await outcomeOf(t, `echo '{"type":"init","session_id":"g-7"}'; echo '${said("x")}'`);
    assert.deepEqual(cut.failure?.class, "unknown");
    assert.match(cut.failure?.message ?? "", /does not wait for what it printed to be read/);
    const after = await outcomeOf(t, `echo '${DONE}'; exit 3`);
    assert.match(after.failure?.message ?? "", /gave a result and then failed \(exit 3/);
  });

  it("a call that its policy refused fails the attempt and names it", async (t) => {
    const refusal = { type: "policy_violation", message: "Tool execution denied by policy: rm" };
    const event = JSON.stringify({ type: "tool_result", tool_id: "t", status: "error", error: refusal });
    const { failure } = await outcomeOf(t, `echo '${event}'; echo '${said("Done.")}'; echo '${DONE}'`);
    assert.equal(failure?.class, "config_error");
    assert.match(
      failure?.message ?? "",
      /gemini was not allowed to do what it wanted: Tool execution denied/,
    );
  });
});
