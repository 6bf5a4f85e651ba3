import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { realFiles as files } from "../../port/files.ts";
import { takeSession as takeCodex } from "../codex/session.ts";
import { takeSession as takeGemini } from "../gemini/session.ts";

const SECRET = "hunter2-hunter2";
const ID = "0b1c2d3e-0000-4000-8000-0123456789ab";
const COUNT = { input_tokens: 200, cached_input_tokens: 50, output_tokens: 40 };
const counted = JSON.stringify({ payload: { type: "token_count", info: { total_token_usage: COUNT } } });

const AGENTS = [
  {
    name: "codex",
    take: takeCodex,
    file: `sessions/2026/11/30/rollout-2026-11-30T15-11-03-${ID}.jsonl`,
    seal: "encrypted_content",
    usage: { costUsd: null, tokens: 190 },
  },
  {
    name: "gemini",
    take: takeGemini,
    file: ".gemini/tmp/p/chats/session-2026-11-30T15-11-0b1c2d3e.jsonl",
    seal: "thoughtSignature",
    usage: { costUsd: null, tokens: null },
  },
] as const;

function homeWith(t: TestContext, texts: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), "decapod-transcript-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), text);
  }
  return home;
}

for (const { name, take, file, seal, usage } of AGENTS)
  describe(`a session that ${name} kept`, () => {
    const said = `{"said":"it is ${SECRET}"}`;
    const taken = (t: TestContext, text: string, more: object = {}, id: string | null = ID) =>
      take(id, homeWith(t, { [file]: text }), { files, secrets: { KEY: SECRET }, ...more });

    it("O4: is taken redacted, with what it will count on from", (t) => {
      const session = taken(t, `${said}\n${counted}\n`);
      assert.deepEqual(session, { id: ID, usage, transcript: `{"said":"it is ***"}\n${counted}\n` });
    });

    it("O4: is kept by nobody when a secret stands in what the model has sealed", (t) => {
      assert.equal(taken(t, `{"${seal}":"x","said":"${SECRET}"}\n`), null);
      assert.notEqual(taken(t, `{"${seal}":"x"}\n${said}\n`), null);
    });

    it("is none without a name, of another name, or above the limit", (t) => {
      assert.equal(taken(t, said, {}, null), null);
      assert.equal(taken(t, said, {}, "../up"), null);
      assert.equal(taken(t, said, {}, ID.replace("0b1c", "0b1d")), null);
      assert.equal(taken(t, said, { limits: { session_bytes: 5 } }), null);
    });
  });

it("of the two files of a session that went on in gemini the one with what was said is taken", (t) => {
  const home = homeWith(t, {
    ".gemini/tmp/p/chats/session-1-0b1c2d3e.jsonl": "all that was said\n",
    ".gemini/tmp/p/chats/session-2-0b1c2d3e.jsonl": "begun\n",
  });
  assert.equal(takeGemini(ID, home, { files, secrets: {} })?.transcript, "all that was said\n");
});
