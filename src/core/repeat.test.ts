import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";

const rounds = (fields: string, more = "") => new Play(flow(`a : repeat: { ${fields} }${more}`));

describe("repeat (formats.md 1.4)", () => {
  test("runs again until `until` holds for the iteration that was", () => {
    const play = rounds("until: '${a.output.clean}', max: 5");
    play.give("a", { clean: false });
    assert.deepEqual([play.unit("a").iteration, play.unit("a").attempt, play.unit("a").tries], [2, 2, 0]);
    assert.equal((play.unit("a").previous as { status: string }).status, "success");
    play.give("a", { clean: true });
    assert.deepEqual(play.task("a").output, { value: { clean: true } });
    assert.deepEqual(play.replayed(), play.run);
  });

  test("used up: failed, or with on_exhausted: continue the last result stands", () => {
    const play = rounds("until: false, max: 2").ok("a").ok("a");
    assert.deepEqual(
      [play.error("a").class, play.error("a").message],
      ["criteria_failed", "until was not met after 2 iterations"],
    );
    const kept = rounds("until: false, max: 2, on_exhausted: continue").give("a", 1).give("a", 2);
    assert.deepEqual([kept.status("a"), kept.task("a").output], ["success", { value: 2 }]);
    const failed = rounds("until: false, max: 1, on_failure: continue, on_exhausted: continue").fail("a");
    assert.equal(failed.error("a").class, "transient");
  });

  test("a failed iteration fails the task, with on_failure: continue the next one sees it as previous", () => {
    assert.equal(rounds("until: true, max: 3").fail("a").status("a"), "failed");
    const play = rounds("until: \"${a.status == 'success'}\", max: 3, on_failure: continue");
    play.end("a", {
      status: "failed",
      output: { value: { report: "red" } },
      failure: { class: "criteria_failed", message: "red", action: "retry" },
    });
    const previous = play.unit("a").previous as { status: string; output: unknown; error: unknown };
    assert.deepEqual(
      [previous.status, previous.output, previous.error],
      ["failed", { report: "red" }, { class: "criteria_failed", message: "red" }],
    );
    assert.equal(play.ok("a").status("a"), "success");
  });

  test("each iteration has its own tries, repairs and fallback", () => {
    const play = rounds("until: '${a.output}', max: 3", ", retry: { max_attempts: 2, delay: 0 }");
    play.fail("a").give("a", false).fail("a").give("a", true);
    assert.deepEqual([play.status("a"), play.unit("a").attempt, play.unit("a").iteration], ["success", 4, 2]);
  });

  test("the delay between iterations is waited for", () => {
    const play = rounds("until: '${a.output}', max: 3, delay: 10").give("a", false);
    assert.deepEqual([play.status("a"), play.run.clock.since], ["waiting/time", null]);
    assert.equal(play.wait("unit:a").give("a", true).status("a"), "success");
    assert.equal(
      rounds("until: false, max: 3, delay: '${trigger.body}'").ok("a").error("a").class,
      "config_error",
    );
  });

  test("`until` that errors or is no boolean fails the task", () => {
    assert.match(rounds("until: '${a.output.x}', max: 3").give("a", {}).error("a").message, /E_EXPR_NAME/);
    assert.equal(
      rounds("until: '${a.output}', max: 3").give("a", 7).error("a").message,
      "until gave 7, which is not true or false",
    );
  });

  test("an output too large to read does not stop a loop that does not read it", () => {
    const large = { digest: "d", bytes: 9_000_000, text: false };
    const play = rounds("until: '${a.exit_code == 0}', max: 3").end("a", { exitCode: 1, output: large });
    assert.equal((play.unit("a").previous as { output: unknown }).output, null);
    assert.equal(play.end("a", { output: large }).status("a"), "success");
    assert.equal(
      rounds("until: '${a.output.x}', max: 3").end("a", { output: large }).error("a").class,
      "config_error",
    );
  });

  test("of a group `until` sees the body by id", () => {
    const body = "parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }";
    const play = new Play(
      flow(
        `g : agent: group, ${body}, repeat: { until: "\${x.status == 'success'}", max: 3, on_failure: continue }`,
      ),
    );
    play.child("g", {
      status: "failed",
      tasks: { x: { status: "failed" } },
      failure: { class: "child_failed", message: "x failed", action: "retry" },
    });
    assert.deepEqual(play.unit("g").iteration, 2);
    assert.equal(play.child("g", { tasks: { x: { status: "success" } } }).status("g"), "success");
  });

  test("what happened although it was lost counts as an iteration", () => {
    const play = rounds("until: '${iteration == 2}', max: 3", ", effect: once")
      .lose("a")
      .decide("a", "happened");
    assert.deepEqual([play.unit("a").iteration, play.status("a")], [2, "queued"]);
  });
});
