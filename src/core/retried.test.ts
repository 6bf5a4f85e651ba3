import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { type Retry, retriedTasks } from "./retried.ts";

const CONTINUE = "settings: { on_failure: continue }";

/** The tasks, sorted, or the code of the refusal with what it says. */
function asked({ run }: Play, { tasks = [], from = null }: Partial<Retry> = {}): string {
  const result = retriedTasks(run, { tasks, from });
  if (result.ok) return result.value.toSorted().join(" ");
  return result.problems.map(({ code, message, hint }) => `${code} ${message} (${hint ?? ""})`).join("\n");
}

describe("what a person asks to have done again", () => {
  test("is all that failed or was stopped, a task and all after it, or the tasks that are named", () => {
    const play = new Play(flow("ok\na <- ok\nb\nafter <- b\nboth <- a b", CONTINUE))
      .ok("ok")
      .fail("a")
      .fail("b");
    assert.equal(asked(play), "a after b both");
    assert.equal(asked(play, { from: "ok" }), "a both ok");
    assert.equal(asked(play, { tasks: ["b"] }), "after b both");
    assert.equal(asked(play, { tasks: ["a", "b"] }), "a after b both");
  });

  test("a named task that was the only failure brings back what was stopped for it", () => {
    const play = new Play(flow("a\nstopped <- ok\nok")).start("ok").fail("a").ok("ok");
    assert.deepEqual(play.states(), { a: "failed", ok: "success", stopped: "skipped/stopped" });
    assert.equal(asked(play, { tasks: ["a"] }), "a stopped");
    assert.equal(asked(play, { tasks: ["stopped"] }), "stopped");
  });

  test("is refused for tasks that are not there, that did not fail, and where nothing failed", () => {
    const play = new Play(flow("a\nb <- a\nc : condition: false")).ok("a").fail("b");
    assert.match(asked(play, { tasks: ["d", "b"], from: "e" }), /^E_UNKNOWN_TASK .*no task d, e/);
    assert.match(
      asked(play, { tasks: ["a", "c"] }),
      /^E_NOTHING_TO_DO task a did not fail: it is success \(--from a .*\nE_NOTHING_TO_DO .*it is skipped \(condition\)/,
    );
    const done = new Play("a").ok("a");
    assert.match(asked(done), /^E_NOTHING_TO_DO no task of this run failed .*--from TASK/);
    assert.equal(asked(done, { from: "a" }), "a");
  });

  test("never does what can be done only once behind anybody's back", () => {
    const once = (id: string, more = "") => `${id}${more} : effect: once`;
    const play = new Play(flow(`${once("pay")}\n${once("ship", " <- pay")}\nmail <- ship`))
      .ok("pay")
      .fail("ship");
    assert.equal(asked(play), "mail ship", "its failure is known");
    assert.match(asked(play, { from: "pay" }), /^E_ONCE pay has done, or may have done/);
    const stopped = new Play(flow(once("pay")))
      .start("pay")
      .send({ type: "run.cancelled", by: "kim", reason: "" })
      .end("pay", { status: "cancelled" });
    assert.match(asked(stopped), /^E_ONCE pay .*name the tasks/);
    assert.equal(asked(stopped, { tasks: ["pay"] }), "pay", "who names it has looked");
    const early = new Play(flow(`a\n${once("pay", " <- a")}`)).fail("a");
    assert.equal(asked(early), "a pay", "it has not begun");
  });
});
