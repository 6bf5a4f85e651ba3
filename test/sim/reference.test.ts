/** T4-46, T4-47, T4-49: the reference workflows end well although agents, arms and the engine fail on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AttemptOutcome } from "../../src/core/event.ts";
import { failure } from "../../src/core/outcome.ts";
import type { Workflow } from "../../src/core/workflow.ts";
import { readWorkflow } from "../../src/spec/workflow-file.ts";
import { chance } from "../support/chance.ts";
import { startOf } from "../support/decider.ts";
import { SCALE } from "../support/scale.ts";
import { SURROUNDINGS } from "./generate.ts";
import { REFERENCES, TWELVE } from "./reference.ts";
import { FAILED, type Habits, Simulation } from "./simulate.ts";
import { World } from "./world.ts";

const ROUNDS = { commit: 40, ci: 1_000, soak: 20_000 } as const;
const rounds = ROUNDS[SCALE as keyof typeof ROUNDS];

/** One attempt in five hits a fault that passes by itself; the engine dies now and then; people approve. */
const FAULTY: Habits = {
  crash: 0.02,
  jump: 0,
  interfere: 0,
  announce: 0,
  lost: 0.05,
  reopen: 0,
  wrongAnswer: 0.1,
  sendBack: 0,
  tardy: 0,
  cacheHit: 0,
  outcome: faulty,
  choice: (_, { choices }) =>
    choices.find((choice) => choice === "approve" || choice === "retry") ?? "approve",
};

const GOOD = {
  slug: "landing",
  file: "content/landing.md",
  build_success: true,
  file_count: 120,
  errors: [],
  digest: "sha256:1",
  version: "v1",
  error_rate: 0.001,
};

function good(world: World, mark: string): AttemptOutcome {
  return {
    ...FAILED,
    status: "success",
    exitCode: 0,
    durationMs: 1000,
    output: world.put({ ...GOOD, mark }),
  };
}

function faulty(world: World, mark: string): AttemptOutcome {
  const roll = world.chance.next();
  const faults: readonly AttemptOutcome[] = [
    { ...FAILED, failure: failure("transient", "connection reset") },
    { ...FAILED, failure: failure("rate_limited", "too many requests") },
    { ...FAILED, failure: failure("timeout", "no answer in time") },
    { ...FAILED, status: "quota_exhausted", resetAt: world.wall + 60_000 },
  ];
  if (roll < 0.2) return world.chance.pick(faults);
  return {
    ...FAILED,
    status: "success",
    exitCode: 0,
    durationMs: 1000,
    output: world.put({ ...GOOD, mark }),
  };
}

function play(text: string, seed: number): { readonly world: World; readonly status: string } {
  const world = new World(chance(seed), workflowOf(text));
  const params = { bug_description: "it hurts", feature_name: "search" };
  world.begin("R0", workflowOf(text), startOf(workflowOf(text), { seed, params }));
  world.commit();
  new Simulation(world, FAULTY).run();
  world.compareAll();
  return { world, status: world.live.get("R0")?.run.status ?? "none" };
}

const known = new Map<string, Workflow>();

function workflowOf(text: string): Workflow {
  const before = known.get(text);
  if (before !== undefined) return before;
  const read = readWorkflow("reference.yaml", text, SURROUNDINGS);
  if (!read.ok) assert.fail(read.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
  known.set(text, read.value.workflow);
  return read.value.workflow;
}

test("at least 95 % of runs of the reference workflows end in success under transient faults (T4-49)", () => {
  let [ended, succeeded] = [0, 0];
  for (const [name, text] of REFERENCES) {
    let here = 0;
    for (let seed = 0; seed < rounds; seed++) here += Number(play(text, seed).status === "success");
    console.log(`${name}: ${here} of ${rounds} runs succeeded`);
    ended += rounds;
    succeeded += here;
  }
  console.log(`${succeeded} of ${ended} runs succeeded, ${((100 * succeeded) / ended).toFixed(1)} %`);
  assert.ok(succeeded >= 0.95 * ended, `${succeeded} of ${ended} runs succeeded`);
});

test("a workflow of twelve agents runs five at once and ends (T4-46, T4-47)", () => {
  for (let seed = 0; seed < rounds; seed++) {
    const world = new World(chance(seed), workflowOf(TWELVE), 16);
    world.begin("R0", workflowOf(TWELVE), startOf(workflowOf(TWELVE), { seed }));
    world.commit();
    new Simulation(world, { ...FAULTY, crash: 0, lost: 0, outcome: good }).run();
    assert.equal(world.live.get("R0")?.run.status, "success");
    assert.equal(world.processes.most, 5, "five at once, never more");
  }
});
