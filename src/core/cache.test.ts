import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { assign } from "./assignment.ts";
import type { CacheScope } from "./cache-scope.ts";
import { canonical, type Json } from "./json.ts";
import type { OutputValue } from "./outcome.ts";

const MAPPED = "foreach: { items: '${params.files}' }, cache: { key: k, files: ['src/**'] }";
const TELLS =
  "params: { files: { type: array } }\noutputs: { all: '${m.output}', items: '${m.items}', attempts: '${m.attempts}' }";

/** What is asked for and kept; finds what an earlier play with the same cache has kept. */
class Kept {
  readonly asked: CacheScope[] = [];
  readonly #outputs = new Map<string, readonly OutputValue[]>();

  play(line: string, files: Json): Play {
    return new Play(flow(line, /^m /mu.test(line) ? TELLS : ""), { params: { files } }, (asked) => {
      this.asked.push(asked);
      return this.#outputs.get(canonical(asked as unknown as Json)) ?? null;
    });
  }

  /** Takes up what a run gives to the cache; how many that were. */
  takeFrom({ effects }: Play): number {
    const given = effects.filter((effect) => effect.do === "keep");
    for (const { cache, outputs } of given) this.#outputs.set(canonical(cache as unknown as Json), outputs);
    return given.length;
  }
}

describe("A18: the cache of a foreach (formats.md 1.4)", () => {
  test("is asked and given once for the whole; a hit makes nothing and reads like the work itself", () => {
    const kept = new Kept();
    const first = kept.play(`m : ${MAPPED}`, ["x", "y"]);
    assert.deepEqual(first.requested, ["m:0", "m:1"]);
    first.give("m:0", 1).give("m:1", 2);
    assert.deepEqual([kept.asked.length, kept.takeFrom(first)], [1, 1]);
    const second = kept.play(`m : ${MAPPED}`, ["x", "y"]);
    assert.deepEqual(second.requested, []);
    assert.equal(second.run.status, "success");
    assert.equal(second.task("m").cached, true);
    assert.deepEqual(second.run.outputs?.all, [1, 2]);
    assert.deepEqual(second.run.outputs?.items, first.run.outputs?.items);
    assert.equal(second.run.outputs?.attempts, 0);
    assert.equal(kept.takeFrom(second), 0);
    assert.deepEqual(second.replayed(), second.run);
  });

  test("no item asks for itself", () => {
    const play = new Kept().play(`m : ${MAPPED}`, ["x"]).start("m:0");
    const assigned = assign(play.run, play.ref("m:0"), play.entries.at(-1) as never, play.lookup);
    assert.ok(assigned.ok);
    assert.equal(assigned.assignment.cache, null);
  });

  for (const [what, line, files] of [
    ["another item", `m : ${MAPPED}`, ["x", "z"]],
    ["one more item", `m : ${MAPPED}`, ["x", "y", "z"]],
    ["another order", `m : ${MAPPED}`, ["y", "x"]],
    ["other parameters", `m : parameters: { command: [work, '\${item}'] }, ${MAPPED}`, ["x", "y"]],
    ["another environment", `m : env: { A: b }, ${MAPPED}`, ["x", "y"]],
    ["another criterion", `m : success_criteria: ['size > 3'], ${MAPPED}`, ["x", "y"]],
  ] as const) {
    test(`${what}: it is done`, () => {
      const kept = new Kept();
      const first = kept.play(`m : ${MAPPED}`, ["x", "y"]).ok("m:0", "m:1");
      assert.equal(kept.takeFrom(first), 1);
      assert.notDeepEqual(kept.play(line, files).requested, []);
    });
  }

  for (const [what, line, end] of [
    [
      "an item that failed",
      `m : ${MAPPED.replace("' }", "', on_failure: ignore }")}`,
      (play: Play) => play.fail("m:1", "rejected"),
    ],
    ["an item forgiven", `m : on_failure: skip, ${MAPPED}`, (play: Play) => play.fail("m:1", "rejected")],
    [
      "what a fallback gave",
      `m : fallback: { agent: coder }, ${MAPPED}`,
      (play: Play) => play.fail("m:1", "timeout").ok("m:1"),
    ],
  ] as const) {
    test(`nothing is kept with ${what}`, () => {
      const kept = new Kept();
      const play = end(kept.play(line, ["x", "y"]).ok("m:0"));
      assert.equal(play.status("m"), "success");
      assert.equal(kept.takeFrom(play), 0);
    });
  }

  test("no items, and a rehearsal, keep nothing", () => {
    const kept = new Kept();
    assert.equal(kept.takeFrom(kept.play(`m : ${MAPPED}`, [])), 0);
    const rehearsal = new Play(flow(`m : ${MAPPED}`, TELLS), { params: { files: ["x"] }, rehearse: true });
    assert.equal(kept.takeFrom(rehearsal.ok("m:0")), 0);
  });

  test("a key that cannot be read fails the task; an item that cannot be read fails for itself", () => {
    const play = new Kept().play("a\nm <- a : foreach: { items: [1] }, cache: { key: '${a.output.x}' }", []);
    assert.equal(play.give("a", {}).error("m").class, "config_error");
    const item =
      "m : foreach: { items: [{ x: 1 }, {}] }, parameters: { command: [work, '${item.x}'] }, cache: {}";
    const kept = new Kept();
    assert.deepEqual(kept.play(item, []).requested, ["m:0", "m:1"]);
    assert.equal(kept.asked.length, 0);
  });
});

describe("the cache of a task (formats.md 1.9)", () => {
  test("keeps what was decided a success, not what failed its criteria", () => {
    const kept = new Kept();
    const line = "a : success_criteria: ['size > 3'], retry: { max_attempts: 2 }, cache: { key: k }";
    const play = kept.play(line, []).give("a", { size: 1 });
    assert.equal(kept.takeFrom(play), 0);
    assert.equal(kept.takeFrom(play.give("a", { size: 9 })), 1);
  });

  test("keeps nothing that only a check called done, or that came from the cache", () => {
    const kept = new Kept();
    const line = "a : effect: checkable, check: ['true'], cache: { key: k }";
    assert.equal(kept.takeFrom(kept.play(line, []).end("a", { exitCode: null })), 0);
    const hit = kept.play("a : cache: { key: k }", []).start("a");
    hit.send({ type: "cache.hit", ...hit.ref("a"), output: { value: 1 }, exitCode: 0 });
    assert.deepEqual([hit.status("a"), kept.takeFrom(hit)], ["success", 0]);
  });

  test("of a repeated one it is asked before the first iteration, and kept under that after the last", () => {
    const kept = new Kept();
    const line =
      "a : repeat: { until: '${a.output.done}', max: 3 }, parameters: { command: [work, '${iteration}'] }, cache: { key: k }";
    const play = kept.play(line, []).start("a");
    const askedBy = () => {
      const assigned = assign(play.run, play.ref("a"), play.entries.at(-1) as never, play.lookup);
      return assigned.ok ? assigned.assignment.cache : assert.fail(assigned.failure.message);
    };
    const first = askedBy();
    assert.notEqual(first, null);
    play.give("a", { done: false }).start("a");
    assert.equal(askedBy(), null);
    play.give("a", { done: true });
    const [given] = play.effects.filter((effect) => effect.do === "keep");
    assert.deepEqual(given?.cache, first);
  });
});
