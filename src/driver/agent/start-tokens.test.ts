import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { JsonMap } from "../../core/json.ts";
import { realFiles as files } from "../../port/files.ts";
import { transcriptIn } from "../../work/session.ts";
import { learn, NO_FACTS } from "../acp/facts.ts";
import { startTokensOf as ofCodex } from "../codex/session.ts";
import type { Work } from "../driver.ts";
import { startTokensOf as ofGemini } from "../gemini/session.ts";

const ID = "0b1c2d3e-0000-4000-8000-0123456789ab";
const RECORDED = join(import.meta.dirname, "../../../test/data/other-agents/acp.jsonl");

const AGENTS = [
  {
    name: "codex",
    of: ofCodex,
    file: `sessions/2026/11/30/rollout-2026-11-30T15-11-03-${ID}.jsonl`,
    request: (at: number, input: number) => {
      const usage = { input_tokens: input, cached_input_tokens: 90, output_tokens: 20 };
      const info = { total_token_usage: { ...usage, input_tokens: 9_999 }, last_token_usage: usage };
      return { timestamp: `2026-11-30T15:11:0${at}.000Z`, payload: { type: "token_count", info } };
    },
    silent: { timestamp: "2026-11-30T15:11:00.000Z", payload: { type: "token_count", info: null } },
  },
  {
    name: "gemini",
    of: ofGemini,
    file: ".gemini/tmp/p/chats/session-2026-11-30T15-11-0b1c2d3e.jsonl",
    request: (at: number, input: number) => ({
      id: `answer-${at}`,
      type: "gemini",
      tokens: { input, output: 20, cached: 90, total: input + 20 },
    }),
    silent: { id: "answer-0", type: "gemini", content: "not counted yet" },
  },
];

const written = (events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");

for (const { name, of, file, request, silent } of AGENTS)
  describe(`how many tokens the first request of ${name} held`, () => {
    const told = (t: TestContext, events: readonly object[], before: readonly object[] | null = null) => {
      const home = mkdtempSync(join(tmpdir(), "decapod-start-"));
      t.after(() => rmSync(home, { recursive: true, force: true }));
      mkdirSync(dirname(join(home, file)), { recursive: true });
      writeFileSync(join(home, file), written(events));
      const kept = { folder: home, id: ID, attempt: "R/a/1", usage: { costUsd: null, tokens: null } };
      if (before !== null) writeFileSync(transcriptIn(home), written(before));
      const session = before === null ? {} : { session: { note: "", kept } };
      return of(ID, home, { ...session } as Work, files);
    };

    it("is what its session file says of the first that was counted, with what came from the cache", (t) => {
      assert.equal(told(t, [silent, request(1, 120), request(2, 500)]), 120);
    });

    it("is that of the attempt itself where it goes on with another's session", (t) => {
      const before = [request(1, 120), request(2, 500)];
      assert.equal(told(t, [...before, request(3, 700)], before), 700);
      assert.equal(told(t, before, before), null, "it never asked");
    });

    it("is unknown, never 0, where nothing is said", (t) => {
      for (const events of [[], [silent], [request(1, 0)], [{ tokens: "x" }]])
        assert.equal(told(t, events), null);
      assert.equal(of(null, "/nowhere", {} as Work, files), null);
    });
  });

describe("how many tokens the first request of an ACP agent held", () => {
  const all: readonly JsonMap[] = readFileSync(RECORDED, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const kind = ({ update }: JsonMap) => (update as JsonMap | undefined)?.sessionUpdate;
  const starts = all.flatMap((event, at) =>
    kind(event) === "available_commands_update" && kind(all[at - 1] ?? {}) !== kind(event) ? [at] : [],
  );
  const told = (events: readonly JsonMap[]) => events.reduce(learn, NO_FACTS).startTokens;

  it("is what claude-agent-acp tells of its context before it speaks; the others tell of it too late or never", () => {
    const recorded = starts.map((from, at) => told(all.slice(from, starts[at + 1])));
    assert.deepEqual(recorded, [101, null, null, null], "claude, codex, gemini, opencode");
  });

  it("is unknown, never 0, when it told of nothing, or had thought or done something by then", () => {
    const update = (sessionUpdate: string, more: object = {}) => ({
      type: "update",
      update: { sessionUpdate, ...more },
    });
    const used = (tokens: number) => update("usage_update", { used: tokens, size: 1_000 });
    assert.equal(told([used(0), update("agent_message_chunk")]), null);
    assert.equal(told([used(0), used(70), update("tool_call"), used(90)]), 70);
    for (const first of ["agent_thought_chunk", "tool_call", "agent_message_chunk"])
      assert.equal(told([update(first), used(70)]), null);
  });
});
