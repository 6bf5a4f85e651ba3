import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play, startOf } from "../../test/support/decider.ts";
import { begin } from "./transition.ts";

describe("run.started", () => {
  test("variables are read in written order and may use those above", () => {
    const play = new Play(
      flow(
        "a : condition: \"${url == 'https://x/y' && context.variables.host == 'x'}\"",
        "context: { variables: { host: x, url: 'https://${host}/y' } }",
      ),
    );
    assert.deepEqual([play.run.variables, play.requested], [{ host: "x", url: "https://x/y" }, ["a"]]);
  });

  test("one that cannot be read fails the run before its first task", () => {
    const play = new Play(
      flow(
        "a\nb <- a",
        "context: { variables: { host: '${trigger.body}' } }\nhooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }",
      ),
    );
    assert.deepEqual(
      [play.run.phase, play.run.status, play.run.failure?.class],
      ["closed", "failed", "config_error"],
    );
    assert.deepEqual(
      [play.states(), play.status("s")],
      [{ a: "skipped/stopped", b: "skipped/stopped" }, "pending"],
    );
  });

  test("waits for its concurrency group before anything, and gives it back at the end", () => {
    const play = new Play(
      flow(
        "a",
        "settings: { concurrency: { group: 'deploy-${run.name}', limit: 2, on_conflict: cancel_running } }",
      ),
    );
    assert.deepEqual(play.last, [
      { do: "join_group", group: "deploy-test", limit: 2, onConflict: "cancel_running" },
    ]);
    assert.deepEqual(
      [play.run.status, play.run.phase, play.status("a"), play.run.clock.since],
      ["queued", "queued", "pending", null],
    );
    assert.equal(play.refused({ type: "group.granted", group: "other" }), "E_STALE");
    assert.equal(play.refused({ type: "run.paused", by: "kim" }), "E_CONFLICT");
    play.send({ type: "group.granted", group: "deploy-test" });
    assert.deepEqual([play.run.status, play.requested], ["running", ["a"]]);
    assert.equal(play.refused({ type: "group.granted", group: "deploy-test" }), "E_STALE");
    play.ok("a");
    assert.deepEqual(
      play.last.map((one) => one.do),
      ["leave_group", "clear_timer", "close"],
    );
    assert.equal(play.run.group?.held, false);
  });

  test("a group or limit that cannot be read fails the run; children do not join", () => {
    for (const fields of ["group: '${trigger.body}'", "group: x, limit: '${trigger.body}'"]) {
      const play = new Play(flow("a\nleft", `settings: { concurrency: { ${fields} } }`), {
        leftOut: { left: { status: "success", output: { value: 1 } } },
      });
      assert.equal(play.run.failure?.class, "config_error");
    }
    const parent = { run: "P", root: "P", depth: 1, task: "g", attempt: 1 };
    assert.equal(
      new Play(flow("a", "settings: { concurrency: { group: x } }"), { parent }).run.status,
      "running",
    );
  });

  test("what is left out counts as satisfied with what it gave before, and begins nothing before its phase", () => {
    const leftOut = { a: { status: "success", output: { value: { n: 1 } } } };
    const top = "hooks: { on_start: [{ id: s, agent: shell, parameters: { command: [x] } }] }";
    const play = new Play(flow("a\nb <- a : condition: '${a.output.n == 1}'", top), { leftOut });
    assert.deepEqual([play.states(), play.requested], [{ a: "skipped/not_selected", b: "pending" }, ["s"]]);
    assert.deepEqual(play.ok("s").requested, ["b"]);
    const bare = new Play(flow("a\nb <- a : condition: '${a.output.n == 1}'"), { leftOut });
    assert.deepEqual(bare.requested, ["b"]);
    assert.equal(
      new Play("a", { leftOut: { a: { status: "success", output: { value: 1 } } } }).run.status,
      "success",
    );
  });

  test("a run begins with run.started, its entries follow each other", () => {
    const workflow = flow("a");
    const play = new Play(workflow);
    const entry = { run: "RUN", at: 0, tick: 0, key: null };
    assert.throws(
      () => begin("RUN", workflow, { ...entry, sequence: 2, event: startOf(workflow) }, play.lookup),
      /begins with run.started/,
    );
    assert.throws(
      () =>
        begin(
          "RUN",
          workflow,
          { ...entry, sequence: 1, event: { type: "run.paused", by: "x" } },
          play.lookup,
        ),
      /begins with run.started/,
    );
  });

  test("a condition that errors or is no boolean fails its task", () => {
    const play = new Play(
      flow(
        "a\nb <- a : condition: '${a.output}'\nc <- a : condition: '${a.output.x}'\nd <- a : condition: '${a.output == 7}'\ne <- a : condition: '${a.output == 8}'",
        "settings: { on_failure: continue }",
      ),
    );
    play.give("a", 7);
    assert.deepEqual(play.states("b", "c", "d", "e"), {
      b: "failed",
      c: "failed",
      d: "queued",
      e: "skipped/condition",
    });
    assert.deepEqual(
      [play.error("b").message, play.error("c").class],
      ["the condition gave 7, which is not true or false", "config_error"],
    );
  });
});
