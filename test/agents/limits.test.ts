// A plan's usage limit under the real decapod and the real claude.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { agentProject, NO_CLAUDE } from "./rig.ts";

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
