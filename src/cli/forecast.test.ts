import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Play } from "../../test/support/decider.ts";
import { KeptProject } from "../../test/support/kept-project.ts";
import { NO_OUTPUT } from "../core/outcome.ts";
import {
  type Forecast,
  forecastHead,
  forecastOf,
  forecastPairs,
  NO_PAST,
  type PastRuns,
  pastRuns,
} from "./forecast.ts";
import type { PlannedTask } from "./plan.ts";

const WORK = `name: work
tasks:
  - { id: plan, agent: planner, parameters: { task: plan } }
  - { id: code, agent: coder, dependencies: [plan], parameters: { task: code } }
  - { id: docs, agent: coder, dependencies: [plan], parameters: { task: docs } }
`;

function task(id: string, dependencies: readonly string[], more: Partial<PlannedTask> = {}): PlannedTask {
  return {
    id,
    agent: "coder",
    step: dependencies.length,
    dependencies,
    hook: null,
    isLeftOut: false,
    ...more,
  } as PlannedTask;
}

function past(seconds: Readonly<Record<string, readonly number[]>>, more: Partial<PastRuns> = {}): PastRuns {
  const tasks = new Map(
    Object.entries(seconds).map(([id, values]) => [id, { seconds: [...values], costUsd: [], tokens: [] }]),
  );
  return { runs: 3, metLimit: 0, tasks, ...more };
}

const FORK = [task("a", []), task("b", ["a"]), task("c", ["a"]), task("d", ["b", "c"])];

describe("what a run will probably take", () => {
  it("is the longest way through the plan where there are places enough", () => {
    const known = past({ a: [1], b: [10, 12, 30], c: [5], d: [1] });
    const { seconds, atOnce } = forecastOf(FORK, known, 3);
    assert.deepEqual([seconds, atOnce], [{ likely: 14, high: 32 }, 2]);
    assert.equal(forecastOf(FORK, known, 1).seconds?.likely, 19);
  });

  it("leaves out what is left out, hooks and the time of people", () => {
    const tasks = [
      task("a", [], { isLeftOut: true }),
      task("ask", ["a"], { agent: "approval" }),
      task("b", ["ask"]),
      task("tell", [], { hook: "on_failure" }),
    ];
    const forecast = forecastOf(tasks, past({ a: [100], b: [2], tell: [50], ask: [9000] }), 3);
    assert.deepEqual([forecast.seconds?.likely, forecast.withoutPast], [2, []]);
  });

  it("names tasks without a past, and says when there is none at all", () => {
    const forecast = forecastOf(FORK, past({ a: [1], b: [2] }), 3);
    assert.deepEqual(forecast.withoutPast, ["c", "d"]);
    const none = forecastOf(FORK, NO_PAST, 3);
    assert.deepEqual([none.seconds, none.costUsd, none.tokens, none.atOnce], [null, null, null, 2]);
    assert.match(forecastHead(none), /has not run here yet, so there is nothing to go by/);
    assert.deepEqual(forecastPairs(none), [["at once", "2"]]);
  });

  it("of ten thousand tasks is worked out at once", () => {
    const tasks = Array.from({ length: 10_000 }, (_, index) =>
      task(`t${index}`, index < 10 ? [] : [`t${index - 10}`]),
    );
    const before = process.cpuUsage();
    assert.equal(forecastOf(tasks, NO_PAST, 10).atOnce, 10);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 5_000_000, `${user} µs of processor time`);
  });
});

describe("a forecast from the journal", () => {
  const project = new KeptProject();
  after(() => project.remove());
  let forecast: Forecast;

  before(async () => {
    for (const [costUsd, limited] of [
      [0.5, false],
      [0.7, true],
    ] as const)
      await project.keep(WORK, (play) => {
        end(play, "plan", { seconds: 10, costUsd, tokens: 1000 });
        if (limited) meetLimit(play, "code");
        end(play, "code", { seconds: 60, costUsd: null, tokens: 5000 });
        end(play, "docs", { seconds: 20, costUsd: 0.1, tokens: 300 });
      });
    await project.keep(WORK, (play) => end(play, "plan", { seconds: 9000, costUsd: 99, tokens: 1 }), {
      started: { rehearse: true },
      row: { status: "success" },
    });
    const planned = [task("plan", []), task("code", ["plan"]), task("docs", ["plan"])];
    forecast = forecastOf(planned, pastRuns(project.reader(), "work"), 3);
  });

  it("takes durations, cost and tokens of real runs, and how many met a limit", () => {
    assert.deepEqual([forecast.runs, forecast.metLimit, forecast.withoutPast], [2, 1, []]);
    assert.deepEqual(forecast.tokens, { likely: 6300, high: 6300 });
    assert.deepEqual(
      [forecast.costUsd?.likely, forecast.costUsd?.high].map((value) => value?.toFixed(2)),
      ["0.60", "0.80"],
    );
  });

  it("stands below the plan", async () => {
    const pairs = forecastPairs(forecast).map(([name, text]) => `${name}: ${text}`);
    assert.ok(pairs.includes("cost: $0.60, up to $0.80"), pairs.join("\n"));
    assert.ok(pairs.includes("usage limit: met in 1 of 2 runs"), pairs.join("\n"));
    assert.equal(forecastHead(forecast), "forecast from 2 past runs");
  });
});

interface Took {
  readonly seconds: number;
  readonly costUsd: number | null;
  readonly tokens: number;
}

function end(play: Play, id: string, { seconds, ...usage }: Took): void {
  play.start(id).pass(seconds * 1000);
  const outcome = {
    status: "success",
    exitCode: 0,
    output: NO_OUTPUT,
    failure: null,
    durationMs: seconds * 1000,
    usage,
  } as const;
  play.send({ type: "attempt.ended", ...play.ref(id), outcome });
}

function meetLimit(play: Play, id: string): void {
  play.start(id);
  const outcome = {
    status: "quota_exhausted",
    exitCode: 1,
    output: NO_OUTPUT,
    failure: null,
    durationMs: 5,
    usage: null,
  } as const;
  play.send({ type: "attempt.ended", ...play.ref(id), outcome });
  play.pass(400_000).send({ type: "timer.fired", timer: `unit:${id}` });
}
