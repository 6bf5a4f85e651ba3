/** A wall clock that is set while runs go on: nothing but what people wrote as wall time depends on it. */
import assert from "node:assert/strict";
import { turns } from "../../support/host-rig.ts";
import type { HostTests } from "../host.suite.ts";
import {
  begin,
  checkEntries,
  claim,
  claimOne,
  endOf,
  failed,
  fine,
  type HostRig,
  names,
  short,
  statusOf,
  succeed,
} from "./bench.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const YEARS = 10 * 365 * 24 * HOUR;

const TIMED = short({
  settings: { timeout: 600 },
  tasks: {
    again: { retry: { max_attempts: 2, delay: 20, backoff: "fixed" } },
    pause: { agent: "wait", parameters: { for: "30s" } },
    works: {},
  },
});
const ASKS = short({
  tasks: { sure: { agent: "approval", parameters: { message: "?", expires: "2h" } } },
});

export const clockTests: HostTests = {
  ...jumps("F20 a clock that goes back", [-SECOND, -HOUR, -YEARS]),
  ...jumps("F21 a clock that goes forward", [HOUR, YEARS]),
  ...jumps("F23 a sleep in which the steady clock stood,", [600 * SECOND, 8 * HOUR]),

  "F20 a question stays open until the wall time that it names": async (rig) => {
    const run = await begin(rig, ASKS);
    rig.clock.jumpWall(-HOUR);
    await pass(rig, 2 * HOUR + SECOND);
    assert.equal(statusOf(rig, run, "sure"), "waiting/approval");
    await pass(rig, HOUR);
    assert.equal(await endOf(rig, run), "failed");
  },

  "F21 a question ends within a minute once its wall time is over": async (rig) => {
    const run = await begin(rig, ASKS);
    rig.clock.jumpWall(HOUR);
    await pass(rig, 60 * SECOND);
    assert.equal(statusOf(rig, run, "sure"), "waiting/approval");
    rig.clock.jumpWall(HOUR);
    await pass(rig, 60 * SECOND);
    assert.equal(await endOf(rig, run), "failed");
  },
};

function jumps(title: string, by: readonly number[]): HostTests {
  const tests: Record<string, HostTests[string]> = {};
  for (const jump of by)
    for (const isKilled of [false, true])
      tests[`${title} by ${jump / SECOND} s fires and stops no timer${isKilled ? ", over a crash" : ""}`] = (
        rig,
      ) => jumpInMidRun(rig, jump, isKilled);
  return tests;
}

/** Ten of the seconds have gone by when the clock is set. A delay counts downtime, so a crash may end one early. */
async function jumpInMidRun(first: HostRig, jump: number, isKilled: boolean): Promise<HostRig> {
  let rig = first;
  const run = await begin(rig, TIMED);
  let leases = await claim(rig);
  assert.deepEqual(names(leases), ["again", "works"]);
  fine(await rig.host.result(leases[0] ?? assert.fail(), failed()));
  await pass(rig, 10 * SECOND);
  rig.clock.jumpWall(jump);
  if (isKilled) {
    rig = await rig.crash();
    fine(rig.resume(run));
    leases = await claim(rig);
    assert.ok(leases.some(({ assignment, reattach }) => assignment.task === "works" && reattach));
  }
  const works = leases.find(({ assignment }) => assignment.task === "works") ?? assert.fail();
  assert.equal(works.signal.aborted, false, "no lease ends by wall time");
  assert.equal(statusOf(rig, run, "works"), "running");
  if (!isKilled) {
    assert.equal(statusOf(rig, run, "again"), "waiting/retry");
    assert.equal(statusOf(rig, run, "pause"), "waiting/time");
    await pass(rig, 9 * SECOND);
    assert.deepEqual(await claim(rig), []);
    await pass(rig, SECOND);
    leases = [works, await claimOne(rig, "again")];
    assert.equal(statusOf(rig, run, "pause"), "waiting/time");
    await pass(rig, 10 * SECOND);
  } else {
    await pass(rig, 31 * SECOND);
    leases = [...leases, ...(await claim(rig))];
  }
  assert.equal(statusOf(rig, run, "pause"), "success");
  assert.deepEqual(names(leases).toSorted(), ["again", "works"]);
  await succeed(rig, leases);
  assert.equal(await endOf(rig, run), "success", "the run's own time is not over");
  const entries = rig.entries(run);
  checkEntries(entries);
  const spent = entries.at(-1)?.tick ?? 0;
  assert.ok(
    spent >= 30 * SECOND && spent <= 60 * SECOND,
    `durations are those of the steady clock: ${spent}`,
  );
  return rig;
}

async function pass(rig: HostRig, delayMs: number): Promise<void> {
  rig.clock.advance(delayMs);
  await turns();
}
