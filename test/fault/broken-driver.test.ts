/** F66: a driver that throws, rejects or never settles fails its own task; the engine and all other tasks go on. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Entry } from "../../src/core/event.ts";
import type { Driver, Outcome, Progress, Work } from "../../src/driver/driver.ts";
import { EMPTY_OUTCOME } from "../../src/driver/empty-outcome.ts";
import { withPatience } from "../../src/driver/patience.ts";
import { heldClock } from "../../src/port/clock.ts";
import { RealArm } from "../support/real-arm.ts";

type Steps = AsyncGenerator<Progress, Outcome>;

async function* good(): Steps {
  yield { kind: "output", bytes: 1, line: "x" };
  return { ...EMPTY_OUTCOME, output: "done" };
}

/** How each task's attempt breaks, by the id of the task. */
const BROKEN: Readonly<Record<string, (work: Work) => Steps>> = {
  throws: () => {
    throw new Error("no generator at all");
  },
  rejects: async function* () {
    yield { kind: "output", bytes: 1, line: "x" };
    throw new Error("broken in the middle");
  },
  rejects_odd: async function* () {
    yield { kind: "output", bytes: 1, line: "x" };
    throw "a word";
  },
  silent: async function* () {
    yield { kind: "output", bytes: 1, line: "x" };
    return await new Promise<Outcome>(() => {});
  },
};

const DRIVER: Driver = {
  name: "broken",
  check: () => [],
  run: (work) => (BROKEN[work.task] ?? good)(work),
};

function failuresIn(entries: readonly Entry[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.flatMap(({ event }) =>
      event.type === "attempt.ended" && event.outcome.failure !== null
        ? [[event.task, event.outcome.failure.message]]
        : [],
    ),
  );
}

function armWith(t: TestContext, driver: Driver): RealArm {
  const arm = new RealArm({ driver });
  t.after(() => arm.close());
  return arm;
}

const flow = (ids: readonly string[]) =>
  JSON.stringify({
    name: "odd",
    settings: { on_failure: "continue" },
    tasks: ids.map((id) => ({ id, agent: "shell", parameters: { run: "x" }, timeout: 60 })),
  });

describe("F66 a broken driver", () => {
  it("that throws or rejects fails its task with what it said; the others end well, and the next run too", async (t) => {
    const arm = armWith(t, DRIVER);
    const { status, entries } = await arm.run(flow(["throws", "rejects", "rejects_odd", "well"]));
    assert.equal(status, "failed");
    const failures = failuresIn(entries);
    assert.match(failures.throws ?? "", /no generator at all/);
    assert.match(failures.rejects ?? "", /broken in the middle/);
    assert.match(failures.rejects_odd ?? "", /a word/);
    assert.equal(failures.well, undefined);
    assert.equal((await arm.run(flow(["well"]))).status, "success");
  });

  it("that never settles loses its attempts until its task has failed, and holds up no other", async (t) => {
    const clock = heldClock();
    const patient = withPatience(DRIVER, clock);
    const ended: string[] = [];
    const arm = armWith(t, {
      ...patient,
      async *run(work, signal) {
        const steps = patient.run(work, signal);
        for (let step = await steps.next(); ; step = await steps.next()) {
          if (step.done === true) {
            ended.push(`${work.task} ${step.value.status}`);
            return step.value;
          }
          yield step.value;
          // Its time and five minutes go by as soon as it is silent.
          if (work.task === "silent") setImmediate(() => clock.advance(360_000));
        }
      },
    });
    const { status, entries } = await arm.run(flow(["silent", "well"]));
    assert.equal(status, "failed");
    assert.deepEqual([...ended].sort(), [...Array.from({ length: 4 }, () => "silent lost"), "well success"]);
    const lost = entries.filter(({ event }) => event.type === "attempt.lost");
    assert.equal(lost.length, 4);
    assert.match(JSON.stringify(lost[0]?.event), /its driver broken gave no answer in 5 minutes/);
  });
});
