// A plan's usage limit under the real decapod, the real claude and the real codex.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { zonedMs } from "../../src/core/zone.ts";
import { CODEX } from "../../src/driver/agent/product.ts";
import { startOtherStub } from "./other-stub.ts";
import { CODEX_PROGRAM, missing, programOf } from "./real-agent.ts";
import { agentProject, NO_CLAUDE, projectOn } from "./rig.ts";

describe("claude-code: a usage limit", { skip: NO_CLAUDE }, () => {
  it("is met once: other tasks of claude wait without a process, and the rest goes on", async (t) => {
    const project = await agentProject(t, [limitUntil(Date.now() + 3_600_000)]);
    project.write(
      "w.yaml",
      JSON.stringify({
        name: "w",
        settings: { max_parallel: 1 },
        tasks: [
          { id: "first", agent: "coder", parameters: { task: "do the first" } },
          { id: "second", agent: "coder", parameters: { task: "do the second" } },
          { id: "third", agent: "shell", parameters: { run: "echo done" } },
        ],
      }),
    );
    delete project.environment.ANTHROPIC_API_KEY;
    project.environment.CLAUDE_CODE_OAUTH_TOKEN = "sk-ant-oat01-stub-token-of-the-person-0123";
    const running = project.start("run", "w.yaml");
    await Promise.all(["second waiting quota", "third success"].map((text) => running.says(text)));
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /first waiting quota until="\d{4}-\d\d-\d\d \d\d:\d\d"/);
    assert.match(stderr, /second waiting quota until=.* note="no process was started for coder/);
    assert.equal(project.stub.requests.length, 1);
    assert.equal(project.exits().filter(({ kind }) => kind === "started").length, 2);
  });
});

const REAL_CODEX = { product: CODEX, program: CODEX_PROGRAM };

describe("codex: a usage limit", { skip: missing(REAL_CODEX) }, () => {
  it("is waited for until the reset that it told, and nothing is counted", async (t) => {
    const resetAt = Math.floor(Date.now() / 1000) + 3 * 86_400;
    const body = {
      error: { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at: resetAt },
    };
    const stub = await startOtherStub([{ error: { status: 429, body } }]);
    const environment = {
      OPENAI_BASE_URL: `${stub.url}/v1`,
      OPENAI_API_KEY: "sk-stub-key-0123456789",
      TZ: "America/New_York",
    };
    const project = projectOn(t, stub, { programs: { codex: programOf(REAL_CODEX) }, environment });
    project.write("decapod.yaml", "agents: { coder: { driver: codex } }\n");
    const task = (id: string) => ({ id, agent: "coder", parameters: { task: `do the ${id}` } });
    const tasks = [task("first"), task("second")];
    project.write("w.yaml", JSON.stringify({ name: "w", settings: { max_parallel: 1 }, tasks }));
    const running = project.start("run", "w.yaml");
    await running.says("second waiting quota");
    running.child.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130, stderr);
    const [, until = ""] = /first waiting quota until="(\d{4}-\d\d-\d\d \d\d:\d\d)"/.exec(stderr) ?? [];
    const zone = "America/New_York";
    const [date = "", time = ""] = until.split(" ");
    const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
    const [hour = 0, minute = 0] = time.split(":").map(Number);
    const told = zonedMs(zone, { year, month, day, hour, minute, second: 0, millisecond: 0 });
    // It tells no seconds: the minute after it is waited for.
    assert.equal(told, Math.floor(resetAt / 60) * 60_000 + 60_000, until);
    assert.equal(stub.requests.length, 1);
  });
});

function limitUntil(resetAt: number) {
  const resets = String(Math.floor(resetAt / 1000));
  return {
    error: {
      status: 429,
      headers: {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": resets,
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-5h-status": "rejected",
        "anthropic-ratelimit-unified-5h-reset": resets,
        "anthropic-ratelimit-unified-5h-utilization": "1",
      },
    },
  };
}
