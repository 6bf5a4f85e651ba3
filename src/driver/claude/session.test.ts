import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { realFiles as files } from "../../port/files.ts";
import { NO_FACTS, usageOf } from "./facts.ts";
import { resumeArguments, takeSession } from "./session.ts";

const ID = "0b1c2d3e-0000-4000-8000-0123456789ab";
const SECRET = "hunter2-hunter2";
const SAID = `{"type":"user","message":{"content":"it is ${SECRET}"}}`;
const STATE = { inputTokens: 100, outputTokens: 20, cacheReadInputTokens: 7 };
const COST = JSON.stringify({ type: "cost-state", totalCostUSD: 0.5, modelUsage: { big: STATE } });

/** A folder of claude's in which it kept a session with these lines. */
function keptBy(t: TestContext, lines: readonly string[], id = ID) {
  const folder = mkdtempSync(join(tmpdir(), "decapod-session-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const project = join(folder, "projects/-work-here");
  mkdirSync(join(project, id, "subagents"), { recursive: true });
  writeFileSync(join(project, `${id}.jsonl`), `${lines.join("\n")}\n`);
  const taken = (secrets = {}, limits = {}) =>
    takeSession(id, { files, configFolders: [join(folder, "none"), folder], secrets, limits });
  return { project, taken };
}

describe("a session that claude kept", () => {
  it("is taken away from where it lies, redacted, with what claude will count on from", (t) => {
    const { project, taken } = keptBy(t, [SAID, '{"type":"cost-state","totalCostUSD":0.1}', COST]);
    const { id, usage, transcript } = taken({ KEY: SECRET }) ?? assert.fail("it was not found");
    assert.deepEqual([id, usage], [ID, { costUsd: 0.5, tokens: 120 }]);
    assert.equal(transcript.split("\n")[0], '{"type":"user","message":{"content":"it is ***"}}');
    assert.deepEqual(
      [existsSync(join(project, `${ID}.jsonl`)), existsSync(join(project, ID))],
      [false, false],
    );
    assert.equal(taken(), null);
  });

  it("of a claude that was killed has nothing to count on from", (t) => {
    assert.deepEqual(keptBy(t, [SAID, "cost-state"]).taken()?.usage, { costUsd: null, tokens: null });
  });

  it("O4: is kept by nobody when a secret stands in what the model has signed", (t) => {
    const signed = `{"type":"assistant","message":{"content":[{"thinking":"${SECRET}","signature":"x"}]}}`;
    const { project, taken } = keptBy(t, [SAID, signed]);
    assert.equal(taken({ KEY: SECRET }), null);
    assert.equal(existsSync(join(project, `${ID}.jsonl`)), false);
    assert.notEqual(keptBy(t, [SAID, signed.replace(SECRET, "hm")]).taken({ KEY: SECRET }), null);
  });

  it("is none without a name of its own", (t) => {
    assert.equal(keptBy(t, [SAID], "no-name").taken(), null);
    const none = { files, configFolders: [], secrets: {} };
    assert.equal(takeSession(null, none), null);
  });

  it("is gone on with by a fork, which leaves it to others", () => {
    const kept = { folder: "/p/a/1", id: ID, attempt: "R/a/1", usage: { costUsd: null, tokens: null } };
    assert.deepEqual(resumeArguments({ session: { note: "", kept } }), [
      ...["--resume", "/p/a/1/session.jsonl", "--fork-session"],
      ...["--system-prompt-snapshot", "off"],
    ]);
    assert.deepEqual([resumeArguments({}), resumeArguments({ session: { note: "", kept: null } })], [[], []]);
  });
});

describe("what an attempt used that went on", () => {
  const of = (usd: number, tokens: number, before?: Parameters<typeof usageOf>[1]) => {
    const result = { total_cost_usd: usd, modelUsage: { big: { outputTokens: tokens } } };
    return usageOf({ ...NO_FACTS, result }, before);
  };

  it("is what came to it since: totals go on, or begin at nothing, and never less than nothing", () => {
    assert.deepEqual(of(0.75, 100), { costUsd: 0.75, tokens: 100 });
    assert.deepEqual(of(0.75, 100, { costUsd: 0.5, tokens: 80 }), { costUsd: 0.25, tokens: 20 });
    assert.deepEqual(of(0.25, 30, { costUsd: 0.5, tokens: 80 }), { costUsd: 0.25, tokens: 30 });
    assert.deepEqual(of(0.25, 30, { costUsd: null, tokens: null }), { costUsd: 0.25, tokens: 30 });
  });

  it("without a result is what its messages say", () => {
    const facts = { ...NO_FACTS, tokensBefore: 5, latest: { id: "m", tokens: 7 } };
    assert.deepEqual(usageOf(facts, { costUsd: 1, tokens: 100 }), { costUsd: null, tokens: 12 });
  });
});
