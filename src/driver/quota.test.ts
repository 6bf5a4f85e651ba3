import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attempt } from "../../test/suites/driver.suite.ts";
import { type HeldClock, heldClock } from "../port/clock.ts";
import type { Driver, Outcome, Work } from "./driver.ts";
import { EMPTY_OUTCOME } from "./empty-outcome.ts";
import { quotas, underQuota } from "./quota.ts";

const MINUTE = 60_000;

describe("a usage limit", () => {
  it("keeps all other attempts of its driver from starting until the reset, five seconds apart", async () => {
    const { clock, ask, begun } = rig();
    const resetAt = clock.wall() + 30 * MINUTE;
    assert.equal((await ask("a", { status: "quota_exhausted", resetAt })).resetAt, resetAt);
    for (const [task, apart] of [
      ["b", 5_000],
      ["c", 10_000],
    ] as const) {
      const outcome = await ask(task);
      assert.deepEqual([outcome.status, outcome.resetAt], ["quota_exhausted", resetAt + apart]);
      assert.match(outcome.notes.join(), /no process was started for coder/);
    }
    assert.deepEqual(begun, ["a"]);
    clock.advance(30 * MINUTE);
    assert.equal((await ask("b")).status, "success");
    assert.deepEqual(begun, ["a", "b"]);
  });

  it("that tells no reset is tried again after five minutes", async () => {
    const { clock, ask } = rig();
    const now = clock.wall();
    assert.equal((await ask("a", { status: "quota_exhausted", resetAt: null })).resetAt, now + 5 * MINUTE);
  });

  it("whose reset is over is not asked again at once, and one of next year within eight days", async () => {
    for (const [told, waited] of [
      [-1, MINUTE],
      [365 * 86_400_000, 8 * 86_400_000],
    ] as const) {
      const { clock, ask } = rig();
      const now = clock.wall();
      const outcome = await ask("a", { status: "quota_exhausted", resetAt: now + told });
      assert.equal(outcome.resetAt, now + waited);
    }
  });

  it("of those that ran when it was met: each has its own turn, at the latest reset that was told", async () => {
    const { clock, ask } = rig();
    const now = clock.wall();
    await ask("a", { status: "quota_exhausted", resetAt: now + 10 * MINUTE });
    const later = await ask(
      "b",
      { status: "quota_exhausted", resetAt: now + 20 * MINUTE },
      { reattach: true },
    );
    assert.equal(later.resetAt, now + 20 * MINUTE + 5_000);
    assert.equal((await ask("c")).resetAt, now + 20 * MINUTE + 10_000);
  });

  it("an attempt of an earlier engine is followed to its end", async () => {
    const { clock, ask, begun } = rig();
    await ask("a", { status: "quota_exhausted", resetAt: clock.wall() + 10 * MINUTE });
    assert.equal((await ask("b", {}, { reattach: true })).status, "success");
    assert.deepEqual(begun, ["a", "b"]);
  });

  it("of one ACP agent is none of another's", async () => {
    const { ask, begun } = rig(true);
    await ask("a", { status: "quota_exhausted" }, { agent: "helper" });
    assert.equal((await ask("b", {}, { agent: "reviewer" })).status, "success");
    assert.equal((await ask("c", {}, { agent: "helper" })).status, "quota_exhausted");
    assert.deepEqual(begun, ["a", "b"]);
  });

  it("a failure of another kind closes nothing", async () => {
    const { ask } = rig();
    await ask("a", { status: "failed" });
    assert.equal((await ask("b")).status, "success");
  });
});

interface Rig {
  readonly clock: HeldClock;
  readonly begun: readonly string[];
  ask(task: string, outcome?: Partial<Outcome>, more?: Partial<Work>): Promise<Outcome>;
}

function rig(isEach = false): Rig {
  const clock = heldClock();
  const begun: string[] = [];
  let next: Partial<Outcome> = {};
  const played: Driver = {
    name: "played",
    check: () => [],
    async *run({ task }) {
      begun.push(task);
      yield { kind: "output", bytes: 6, line: "begun\n" };
      return { ...EMPTY_OUTCOME, ...next };
    },
  };
  const driver = underQuota(played, quotas(clock, isEach));
  return {
    clock,
    begun,
    ask: async (task, outcome = {}, more = {}) => {
      next = outcome;
      const work = { task, agent: "coder", reattach: false, ...more } as Work;
      return (await attempt(driver, work)).outcome;
    },
  };
}
