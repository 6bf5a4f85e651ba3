import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { runRow, taskRow } from "../../test/support/journal.ts";
import type { RunRow } from "../host/host.ts";
import { changedTaskRows, runRow as rowOfRun } from "../host/rows.ts";
import type { Reader } from "./application.ts";
import { failureTexts } from "./failures.ts";
import { exitOfRun } from "./summary.ts";

/** A run whose tasks failed in this order; in the file they stand the other way round. */
function texts(failed: readonly string[], more: Partial<RunRow> = {}): readonly string[] {
  const rows = failed.toReversed().map((task, place) => ({
    ...taskRow(place),
    task,
    status: "failed",
    failureClass: "unknown",
    failureMessage: `exit ${task.length}`,
  }));
  const [first = null] = failed;
  const row: RunRow = {
    ...runRow(1),
    status: "failed",
    failedTask: first,
    failureClass: "unknown",
    failureMessage: "exit",
    ...more,
    detail: { failed, halt: null, ...more.detail },
  };
  return failureTexts({ tasks: () => rows } as unknown as Reader, row);
}

describe("the exit code of a run", () => {
  const code = (failureClass: string, failureMessage: string) =>
    exitOfRun({ ...runRow(1), status: "failed", failedTask: "a", failureClass, failureMessage });

  it("G6: is 4 when what its task asked for was refused, as for any such problem", () => {
    assert.equal(code("config_error", "E_WORKTREE_TAMPERED the git pointer was changed"), 4);
    assert.equal(code("config_error", "E_GIT_CONFIG a setting could run a program"), 4);
    assert.equal(code("config_error", "E_GIT there is no repository"), 1);
    assert.equal(code("config_error", "constructor E_GIT_CONFIG"), 1);
    assert.equal(code("unknown", "E_WORKTREE_TAMPERED said a program"), 1);
  });
});

describe("what a run failed of", () => {
  it("is named in the order in which it failed", () => {
    assert.deepEqual(texts(["ship", "a"]), ["ship: exit 4 (unknown)", "a: exit 1 (unknown)"]);
  });

  it("is shortened to five with their reasons, and the names of the others", () => {
    const six = ["a", "b", "c", "d", "e", "f"];
    assert.equal(texts(six).length, 6);
    const many = texts([...six, "g", "h"]);
    assert.equal(many.length, 6);
    assert.equal(many.at(-1), "3 more failed: f, g, h");
    const most = texts(Array.from({ length: 5_000 }, (_, at) => `task-${at}`));
    assert.equal(most.length, 6);
    assert.ok((most.at(-1)?.length ?? 0) <= 200);
  });

  it("is read from what the journal keeps of a run", () => {
    const play = new Play(flow("a\nb\nslow", "settings: { on_failure: continue, timeout: 60 }"));
    play.start("a", "b", "slow").fail("b").fail("a", "timeout", "too slow").wait("run");
    play.end("slow", { status: "cancelled" });
    assert.equal(play.run.phase, "closed");
    const tasks = changedTaskRows(null, play.run);
    assert.deepEqual(failureTexts({ tasks: () => tasks } as unknown as Reader, rowOfRun(play.run, true)), [
      "b: no luck (transient)",
      "a: too slow (timeout)",
      "then the run took longer than its timeout (timeout)",
    ]);
  });

  it("tells of the end of a run that had failed before, and of one that only ended", () => {
    assert.deepEqual(texts(["a"], { detail: { halt: "timeout" } }), [
      "a: exit 1 (unknown)",
      "then the run took longer than its timeout (timeout)",
    ]);
    assert.equal(
      texts(["a"], { detail: { halt: "budget" } }).at(-1),
      "then the budget of the run was used up (budget)",
    );
    const alone = {
      failedTask: null,
      failureClass: "timeout",
      failureMessage: "it took longer than its 3 s",
    };
    assert.deepEqual(texts([], { ...alone, detail: { halt: "timeout" } }), [
      "it took longer than its 3 s (timeout)",
    ]);
  });

  it("is nothing for a success, and the first task in a row of an older journal", () => {
    assert.deepEqual(texts([], { status: "success", failureClass: null }), []);
    assert.deepEqual(texts(["a"], { detail: { failed: null } }), ["a: exit 1 (unknown)"]);
  });
});
