import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import type { Item } from "./event.ts";
import type { Json, JsonMap } from "./json.ts";

const GIVES = (fields: string, output: Json, trigger: JsonMap = {}) =>
  new Play(flow(`a\nm <- a : ${fields}\nz <- m`), { trigger: { kind: "manual", ...trigger } }).give(
    "a",
    output,
  );
const keysOf = (play: Play) => play.task("m").items?.list.map(({ key }) => key);

describe("foreach (formats.md 1.4)", () => {
  test("items are a list or a map; where filters, key names, as renames", () => {
    assert.deepEqual(keysOf(GIVES("foreach: { items: '${a.output}' }", ["x", "y"])), ["0", "1"]);
    assert.deepEqual(GIVES("foreach: { items: '${a.output}' }", { x: 1, y: 2 }).task("m").items?.list, [
      { key: "0", value: { key: "x", value: 1 } },
      { key: "1", value: { key: "y", value: 2 } },
    ]);
    const kept = GIVES(
      "foreach: { items: '${a.output}', as: file, where: '${file.changed && index > 0}', key: '${file.name}' }",
      [
        { name: "a", changed: true },
        { name: "b", changed: true },
        { name: "c", changed: false },
      ],
    );
    assert.deepEqual(keysOf(kept), ["b"]);
    assert.deepEqual(keysOf(GIVES("foreach: { items: '${a.output}', key: '${item}' }", [3, 7])), ["3", "7"]);
  });

  test("no items is success with an empty list", () => {
    const play = GIVES("foreach: { items: '${a.output}', on_failure: ignore, min_success: 2 }", []);
    assert.deepEqual(play.states("m", "z"), { m: "success", z: "queued" });
  });

  for (const [what, fields, output, message] of [
    ["no list", "items: '${a.output}'", 7, "foreach.items of m gave a number, a list or a map is needed"],
    ["null", "items: '${a.output}'", null, "foreach.items of m gave null, a list or a map is needed"],
    ["an expression that errors", "items: '${a.output.x}'", {}, "(in foreach.items)"],
    [
      "where that is no boolean",
      "items: '${a.output}', where: '${item}'",
      [1],
      "foreach.where of m must give true or false",
    ],
    ["where that errors", "items: '${a.output}', where: '${item.x}'", [{}], "item.x"],
    ["key that errors", "items: '${a.output}', key: '${item.x}'", [{}], "(in foreach.key)"],
    [
      "equal keys",
      "items: '${a.output}', key: '${item}'",
      ["x", "x"],
      'two items of m have the key "x"; keys must be unique',
    ],
    ["an empty key", "items: '${a.output}', key: '${item}'", [""], "an item of m has an empty key"],
    [
      "a long key",
      "items: '${a.output}', key: '${item}'",
      ["k".repeat(201)],
      "has a key of 201 characters; the key of an item may have 200 characters",
    ],
    [
      "too many",
      "items: '${a.output}'",
      Array.from({ length: 1001 }, () => 0),
      "m has 1001 items; a task may have 1,000 items",
    ],
  ] as const) {
    test(`${what} fails the task as config_error`, () => {
      const play = GIVES(`foreach: { ${fields} }`, output);
      assert.equal(play.error("m").class, "config_error");
      assert.ok(play.error("m").message.includes(message), play.error("m").message);
    });
  }

  test("1,000 items are the most of one task, 10,000 of one run", () => {
    assert.equal(
      GIVES(
        "foreach: { items: '${a.output}' }",
        Array.from({ length: 1000 }, () => 0),
      ).requested.length,
      1000,
    );
    const tasks = Array.from(
      { length: 11 },
      (_, index) => `m${index} <- a : foreach: { items: '\${a.output}' }`,
    );
    const play = new Play(flow(`a\n${tasks.join("\n")}`, "settings: { on_failure: continue }"));
    play.give(
      "a",
      Array.from({ length: 1000 }, () => 0),
    );
    assert.equal(play.status("m9"), "running");
    assert.equal(
      play.error("m10").message,
      "m10 would bring the run to 11000 instances; a run may have 10,000 instances",
    );
  });

  test("max_parallel begins as many, each end begins the next, in order", () => {
    const play = GIVES("foreach: { items: '${a.output}', max_parallel: 2 }", [1, 2, 3, 4]);
    assert.deepEqual(play.requested, ["m:0", "m:1"]);
    play.ok("m:1");
    assert.deepEqual(play.requested, ["m:0", "m:2"]);
    play.ok("m:0", "m:2", "m:3");
    assert.deepEqual(play.states("m", "z"), { m: "success", z: "queued" });
    assert.deepEqual(play.replayed(), play.run);
  });

  test("max_parallel may be an expression, one that errors fails the task", () => {
    assert.deepEqual(
      GIVES("foreach: { items: '${a.output}', max_parallel: '${trigger.body}' }", [1, 2, 3], { body: 2 })
        .requested.length,
      2,
    );
    assert.equal(
      GIVES("foreach: { items: '${a.output}', max_parallel: '${trigger.body}' }", [1]).error("m").class,
      "config_error",
    );
  });

  test("stop: no further item is begun, not even one that was asked for; those that run end first", () => {
    const play = GIVES("foreach: { items: '${a.output}', max_parallel: 3 }", [1, 2, 3, 4])
      .start("m:0", "m:1")
      .fail("m:0");
    assert.deepEqual(
      [play.status("m:2"), play.status("m:3"), play.requested],
      ["skipped/stopped", "pending", []],
    );
    play.ok("m:1");
    assert.deepEqual(play.states("m", "z"), { m: "failed", z: "skipped/upstream_failed" });
    assert.equal(play.error("m").message, "1 of 4 items failed: 0; first: no luck");
    assert.equal(play.status("m:3"), "skipped/stopped");
  });

  test("continue: all run, then it fails naming the first five", () => {
    const play = GIVES("foreach: { items: '${a.output}', on_failure: continue }", [1, 2, 3, 4, 5, 6, 7]);
    for (let item = 0; item < 6; item++) play.fail(`m:${item}`, "transient", `luck ${item}`);
    play.ok("m:6");
    assert.equal(play.error("m").class, "items_failed");
    assert.equal(play.error("m").message, "6 of 7 items failed: 0, 1, 2, 3, 4 and 1 more; first: luck 0");
  });

  test("a cancelled item counts as failed", () => {
    const play = GIVES("foreach: { items: '${a.output}', on_failure: continue }", [1, 2]);
    play.end("m:0", { status: "cancelled" }).ok("m:1");
    assert.equal(play.error("m").message, "1 of 2 items failed: 0; first: cancelled");
  });

  test("ignore: succeeds when min_success did, and always without it", () => {
    const all = GIVES("foreach: { items: '${a.output}', on_failure: ignore }", [1, 2])
      .fail("m:0")
      .fail("m:1");
    assert.equal(all.status("m"), "success");
    const few = GIVES("foreach: { items: '${a.output}', on_failure: ignore, min_success: 2 }", [1, 2, 3]);
    few.ok("m:0").fail("m:1").fail("m:2");
    assert.equal(few.error("m").message, "1 of 3 items succeeded, 2 are needed");
    const enough = GIVES("foreach: { items: '${a.output}', on_failure: ignore, min_success: 2 }", [1, 2, 3]);
    assert.equal(enough.ok("m:0", "m:1").fail("m:2").status("m"), "success");
    const unreadable = GIVES(
      "foreach: { items: '${a.output}', on_failure: ignore, min_success: '${trigger.body}' }",
      [1],
    );
    assert.equal(unreadable.ok("m:0").error("m").class, "config_error");
  });

  test("under the run's stop an item that runs ends, no other is begun, and the whole is stopped", () => {
    const play = new Play(
      flow("m : foreach: { items: [1, 2, 3], max_parallel: 2 }\nn : foreach: { items: [1] }\nbad"),
    )
      .start("m:0")
      .fail("bad");
    assert.deepEqual([play.status("m:1"), play.status("n")], ["skipped/stopped", "skipped/stopped"]);
    play.ok("m:0");
    assert.deepEqual(play.states(), { m: "skipped/stopped", n: "skipped/stopped", bad: "failed" });
  });

  test("on_failure: skip of the task forgives each item, and the whole", () => {
    const items = GIVES("on_failure: skip, foreach: { items: '${a.output}' }", [1, 2]).fail("m:0").ok("m:1");
    assert.deepEqual([items.status("m:0"), items.status("m")], ["skipped/failure", "success"]);
    assert.equal(
      GIVES("on_failure: skip, foreach: { items: '${a.output}' }", 7).status("m"),
      "skipped/failure",
    );
  });

  test("what ends while it is being expanded is not expanded any more", () => {
    const play = new Play("m : foreach: { items: [1] }");
    const items: readonly Item[] = [{ key: "0", value: 1 }];
    assert.equal(play.refused({ type: "task.expanded", task: "m", items }), "E_STALE");
    assert.equal(play.refused({ type: "task.expanded", task: "nobody", items }), "E_STALE");
  });

  test("a run that is cancelled cancels what runs and what waits", () => {
    const play = GIVES(
      "foreach: { items: '${a.output}', max_parallel: 2 }, retry: { max_attempts: 2, delay: 9 }",
      [1, 2, 3],
    );
    play.fail("m:0").start("m:1").send({ type: "run.cancelled", by: "kim", reason: "" });
    play.end("m:1", { status: "cancelled" });
    assert.deepEqual(
      [play.status("m:0"), play.status("m:2"), play.status("m"), play.run.status],
      ["cancelled", "skipped/stopped", "cancelled", "cancelled"],
    );
  });

  test("a run that is cancelled before the items are known", () => {
    const play = new Play("a\nm <- a : foreach: { items: [1] }").send({
      type: "run.cancelled",
      by: "kim",
      reason: "",
    });
    assert.deepEqual(play.states(), { a: "cancelled", m: "cancelled" });
  });

  test("a run that is cancelled when nothing runs yet", () => {
    const play = GIVES("foreach: { items: '${a.output}', max_parallel: 1 }", [1, 2]).send({
      type: "run.cancelled",
      by: "kim",
      reason: "",
    });
    assert.deepEqual([play.status("m"), play.run.status], ["cancelled", "cancelled"]);
  });

  test("all items that were done before the cancel are not denied", () => {
    const play = GIVES("foreach: { items: '${a.output}' }", [1])
      .start("m:0")
      .send({ type: "run.cancelled", by: "kim", reason: "" });
    assert.deepEqual([play.ok("m:0").status("m"), play.run.status], ["success", "cancelled"]);
  });
});

describe("matrix (formats.md 1.4)", () => {
  const keys = (fields: string, output: Json = null) => keysOf(GIVES(`matrix: { ${fields} }`, output));
  const wrong = (fields: string, output: Json = null) =>
    GIVES(`matrix: ${fields}`, output).error("m").message;

  test("axes in written order, the last one fastest", () => {
    assert.deepEqual(keys("node: [22, 24], os: [linux, mac]"), [
      "node=22,os=linux",
      "node=22,os=mac",
      "node=24,os=linux",
      "node=24,os=mac",
    ]);
    assert.deepEqual(keys("node: '${a.output.nodes}'", { nodes: [22] }), ["node=22"]);
  });

  test("exclude takes out, include extends what it fits and else adds, as GitHub Actions do", () => {
    const play = GIVES(
      "matrix: { fruit: [apple, pear], animal: [cat, dog], exclude: [{ fruit: pear, animal: cat }, { fruit: plum }, '${ {size: 1} }'], include: [{ color: green }, { color: pink, animal: cat }, { fruit: apple, shape: circle }, { fruit: banana }, { fruit: banana, animal: cat }] }",
      null,
    );
    assert.deepEqual(
      play.task("m").items?.list.map(({ value }) => value),
      [
        { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
        { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
        { fruit: "pear", animal: "dog", color: "green" },
        { fruit: "banana" },
        { fruit: "banana", animal: "cat" },
      ],
    );
  });

  test("only include is a list of its own", () => {
    assert.deepEqual(keys("include: [{ os: linux }, { os: mac }]"), ["os=linux", "os=mac"]);
  });

  test("the whole matrix may be one expression", () => {
    const whole = (output: Json) => GIVES("matrix: '${a.output}'", output);
    assert.deepEqual(keysOf(whole({ node: [22, 24] })), ["node=22", "node=24"]);
    assert.deepEqual(
      keysOf(whole({ node: [22, 24], exclude: [{ node: 22 }], include: [{ node: 26, next: true }] })),
      ["node=24", "node=26,next=true"],
    );
    assert.deepEqual(keysOf(whole({ include: [{ os: "linux" }, { os: "mac" }] })), ["os=linux", "os=mac"]);
    assert.equal(
      whole({ node: [22], max_parallel: 1 }).error("m").message,
      "the matrix of m gave max_parallel, which only a matrix that is written out may have",
    );
    assert.equal(
      whole({ node: [22], include: 7 }).error("m").message,
      "matrix.include of m must be a list of maps",
    );
  });

  test("max_parallel and on_failure hold as for foreach", () => {
    const play = GIVES("matrix: { n: [1, 2, 3], max_parallel: 1, on_failure: continue }", null);
    assert.deepEqual(play.requested, ["m:0"]);
    play.fail("m:0").ok("m:1", "m:2");
    assert.equal(play.status("m"), "failed");
  });

  test("what is no matrix fails the task as config_error", () => {
    assert.equal(wrong("'${a.output}'", 7), "the matrix of m gave a number, a map of axes is needed");
    assert.equal(wrong("'${a.output}'", [1]), "the matrix of m gave a list, a map of axes is needed");
    assert.match(wrong("'${a.output.x}'", {}), /in matrix/);
    assert.equal(wrong("{ node: '${a.output}' }", 7), "axis node of the matrix of m is no list");
    assert.match(wrong("{ node: '${a.output.x}' }", {}), /in matrix.node/);
    assert.equal(
      wrong("{ n: [1], exclude: '${a.output}' }", 7),
      "matrix.exclude of m must be a list of maps",
    );
    assert.match(wrong("{ n: [1], exclude: '${a.output.x}' }", {}), /in matrix.exclude/);
    assert.match(wrong("{ n: [1], include: '${a.output.x}' }", {}), /in matrix.include/);
    assert.equal(
      wrong(
        "{ include: '${a.output}' }",
        Array.from({ length: 1001 }, (_, n) => ({ n })),
      ),
      "m has 1001 items; a task may have 1,000 items",
    );
    const long = Array.from({ length: 40 }, (_, index) => index);
    assert.equal(
      wrong("{ x: '${a.output}', y: '${a.output}' }", long),
      "m has 1600 items; a task may have 1,000 items",
    );
  });
});
