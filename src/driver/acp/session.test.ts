// Going on in the session of an ACP agent, which keeps it itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt } from "../../../test/suites/driver.suite.ts";
import { fakeAgent } from "../../../test/support/fake-agent.ts";
import { playedAcp, scriptedAcp } from "../../../test/support/scripted-acp.ts";
import type { SessionBefore, Work } from "../driver.ts";

const init = (can: object) =>
  `*'"initialize"'*) answer '${JSON.stringify({
    protocolVersion: 1,
    agentInfo: { name: "tiny", version: "0.1" },
    agentCapabilities: { loadSession: true, sessionCapabilities: can },
  })}' ;;`;
const cost = (amount: number) =>
  `update '${JSON.stringify({ sessionUpdate: "usage_update", used: 1, size: 2, cost: { amount, currency: "USD" } })}'`;
const SAYS = `*'"session/prompt"'*) said done; ${cost(0.75)}; answer '{"stopReason":"end_turn"}' ;;`;
const FORK = `*'"session/fork"'*) answer '{"sessionId":"s-copy"}' ;;`;
/** Tells what was said before once more. */
const RESUME = `*'"session/resume"'*) said before; answer '{}' ;;`;
const CANNOT = `*'"session/resume"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32002,"message":"no such session"}}' ;;`;

const UNPAID = `*'"session/resume"'*) echo '{"jsonrpc":"2.0","id":'"$id"',"error":{"code":-32000,"message":"log in"}}' ;;`;

const kept = (attemptOf: string): SessionBefore => ({
  folder: "/p/a/1",
  id: "s-before",
  attempt: attemptOf,
  usage: { costUsd: 0.5, tokens: null },
});

async function outcomeOf(t: TestContext, script: string, before: string | null, more: Partial<Work> = {}) {
  const { driver, work, folder, room } = fakeAgent(t, playedAcp(), scriptedAcp(script));
  const session = before === null ? {} : { session: { note: "", kept: kept(before) } };
  const { outcome } = await attempt(driver, { ...work, ...session, ...more });
  const heard = () => readFileSync(join(room.folder, "heard"), "utf8");
  const about = () => JSON.parse(readFileSync(join(folder, "session.json"), "utf8"));
  return { outcome, work, heard, about };
}

const own = ({ attempt: name }: Work) => `${name.slice(0, name.lastIndexOf("/"))}/0`;

describe("the session of an ACP agent", () => {
  it("is remembered by its name where the agent can go on with it, with what it has cost", async (t) => {
    const { about } = await outcomeOf(t, `${init({ resume: {} })} ${SAYS}`, null);
    assert.deepEqual(about(), { driver: "acp", id: "s", usage: { costUsd: 0.75, tokens: null } });
  });

  it("O4: is not, where the agent cannot, nor where the task knew a secret, which the agent would have kept", async (t) => {
    for (const [can, secrets] of [
      [{}, {}],
      [{ resume: {} }, { KEY: "hunter2-hunter2" }],
    ] as const) {
      const { about } = await outcomeOf(t, `${init(can)} ${SAYS}`, null, { secrets });
      assert.throws(about, /ENOENT/);
    }
  });

  it("is copied where the agent can, and what it had cost before is not counted again", async (t) => {
    const script = `${init({ resume: {}, fork: {} })} ${FORK} ${SAYS}`;
    const { outcome, heard } = await outcomeOf(t, script, "r/other/1");
    assert.deepEqual(
      [outcome.status, outcome.usage, outcome.detail?.session],
      ["success", { costUsd: 0.25, tokens: null }, "s-copy"],
    );
    assert.match(heard(), /"session\/fork","params":\{[^}]*"sessionId":"s-before"/);
  });

  it("is gone on with as it is by its own task alone, where there are no copies", async (t) => {
    const script = `${init({ resume: {} })} ${RESUME} ${SAYS}`;
    const { driver, work } = fakeAgent(t, playedAcp(), scriptedAcp(script));
    const session = { note: "", kept: kept(own(work)) };
    const mine = await attempt(driver, { ...work, session });
    assert.deepEqual(
      [mine.outcome.status, mine.outcome.output, mine.outcome.detail?.session],
      ["success", "done", "s-before"],
    );
    const { outcome } = await outcomeOf(t, script, "r/other/1");
    assert.deepEqual([outcome.status, outcome.neverBegan], ["lost", true]);
  });

  it("that the agent does not find any more is no failure of the attempt: it is made again, with a new one", async (t) => {
    const { driver, work } = fakeAgent(
      t,
      playedAcp(),
      scriptedAcp(`${init({ resume: {} })} ${CANNOT} ${SAYS}`),
    );
    const { outcome } = await attempt(driver, { ...work, session: { note: "", kept: kept(own(work)) } });
    assert.deepEqual([outcome.status, outcome.neverBegan], ["lost", true]);
    assert.match(outcome.failure?.message ?? "", /could not go on with the session/);
  });

  it("stands, when the agent ends before it is open or asks who pays: the attempt has failed as any other", async (t) => {
    for (const [answer, expected] of [
      [`*'"session/resume"'*) exit 7 ;;`, "unknown"],
      [UNPAID, "config_error"],
    ] as const) {
      const { driver, work } = fakeAgent(t, playedAcp(), scriptedAcp(`${init({ resume: {} })} ${answer}`));
      const { outcome } = await attempt(driver, { ...work, session: { note: "", kept: kept(own(work)) } });
      assert.deepEqual(
        [outcome.status, outcome.neverBegan, outcome.failure?.class],
        ["failed", undefined, expected],
      );
    }
  });
});
