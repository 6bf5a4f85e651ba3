import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { plainRole } from "../../test/support/plain-role.ts";
import { assign } from "./assignment.ts";
import type { Entry, RunStarted } from "./event.ts";
import type { Run } from "./run.ts";
import { homeOf } from "./workspace.ts";
import { SHARED_RUN } from "./workspace-words.ts";

const PARAMS = "params: { t: { type: string } }";

const moment = (play: Play): Entry => ({
  run: play.run.id,
  sequence: play.run.sequence,
  at: play.at,
  tick: play.tick,
  key: null,
  event: { type: "run.resumed", by: "test" },
});

function worktreeOf(fields: string, params: Record<string, string> = { t: "worktree" }) {
  const play = new Play(flow(`a : ${fields}`, PARAMS), { params });
  const read = assign(play.run, play.ref("a"), moment(play), play.lookup);
  assert.ok(read.ok);
  return read.assignment.worktree;
}

describe("where a task works (formats.md 1.9)", () => {
  test("in a worktree of its own when it says so, written out or by an expression", () => {
    const usual = { merge: "squash", keep: "on_failure", mustChange: false };
    assert.equal(worktreeOf("timeout: 5"), undefined);
    assert.equal(worktreeOf("workspace: shared"), undefined);
    assert.deepEqual(worktreeOf("workspace: worktree"), usual);
    assert.deepEqual(worktreeOf("workspace: '${t}'"), usual);
    assert.equal(worktreeOf("workspace: '${t}'", { t: "shared" }), undefined);
    assert.deepEqual(worktreeOf("workspace: { mode: worktree, merge: commits, keep: always }"), {
      merge: "commits",
      keep: "always",
      mustChange: false,
    });
    const bounded = "success_criteria: ['changed.files <= 10'], workspace: worktree, cache: { key: k }";
    assert.deepEqual(worktreeOf(bounded), { ...usual, isCounted: true });
    const listed = "success_criteria: ['fn:sort(files) == changed.paths'], workspace: worktree";
    assert.deepEqual(worktreeOf(listed), { ...usual, isCounted: true, isListed: true });
  });

  test("what is counted there comes from no cache, and is judged by what was counted", () => {
    const bounded = "success_criteria: ['changed.files <= 10'], cache: { key: k }";
    for (const [mode, isCached] of [
      ["worktree", false],
      ["shared", true],
    ] as const) {
      const play = new Play(flow(`a : ${bounded}, workspace: ${mode}`));
      const read = assign(play.run, play.ref("a"), moment(play), play.lookup);
      assert.ok(read.ok);
      assert.equal(read.assignment.cache !== null, isCached, mode);
    }
    const play = new Play(flow(`a : ${bounded}, workspace: worktree`));
    play.end("a", { changed: { files: 14, insertions: 1, deletions: 1 } });
    const { class: kind, message } = play.error("a");
    assert.deepEqual([kind, message], ["criteria_failed", "not met: changed.files <= 10 (was 14)"]);
    assert.deepEqual(play.replayed(), play.run);
  });

  test("and must change something there when it is an agent and its task says what it writes", () => {
    const writes = "workspace: worktree, touches: [content/**]";
    const coder = "agent: coder, parameters: { task: x }";
    const roles = new Map([["coder", plainRole("")]]);
    for (const [fields, wanted] of [
      [`${coder}, ${writes}`, true],
      [`${coder}, workspace: worktree`, false],
      [`${coder}, workspace: worktree, touches: []`, false],
      [writes, false],
    ] as const) {
      const { workflow } = new Play(flow(`a : ${fields}`)).run;
      const play = new Play({ ...workflow, roles });
      const read = assign(play.run, play.ref("a"), moment(play), play.lookup);
      assert.ok(read.ok);
      assert.equal(read.assignment.worktree?.mustChange, wanted, fields);
    }
  });
});

describe("the run whose branch it starts from", () => {
  const family = (...settings: readonly (string | Partial<RunStarted>)[]) => {
    const plays = settings.map((top) => new Play(flow("a", typeof top === "string" ? top : "")));
    const runs = new Map<string, Run>(
      plays.map(({ run }, index) => {
        const above = { run: `R${index - 1}`, root: "R0", depth: index, task: "g", attempt: 1 };
        const asked = settings[index];
        const more = typeof asked === "string" ? {} : asked;
        const start = { ...run.start, parent: index === 0 ? null : above, ...more };
        return [`R${index}`, { ...run, id: `R${index}`, start }];
      }),
    );
    const [first] = plays;
    assert.ok(first !== undefined);
    const around = {
      runOf: (id: string) => runs.get(id),
      momentIn: () => moment(first),
      lookup: first.lookup,
    };
    return (id: string) => {
      const run = runs.get(id);
      assert.ok(run !== undefined);
      return homeOf(run, around);
    };
  };

  test("is the one at the top, without a word", () => {
    assert.deepEqual(family("", "", "")("R2"), { run: "R0", workspace: SHARED_RUN, outer: null });
  });

  const OWN = { ...SHARED_RUN, mode: "worktree" };

  test("is the nearest that has a worktree, within those around it", () => {
    const home = family(
      "settings: { workspace: worktree }",
      "settings: { workspace: { mode: worktree, base: main, branch: 'work/${workflow.name}' } }",
      "settings: { workspace: shared }",
    );
    const outer = { run: "R0", workspace: OWN, outer: null };
    assert.deepEqual(home("R0"), outer);
    assert.deepEqual(home("R2"), {
      run: "R1",
      workspace: { ...OWN, base: "main", branch: "work/test" },
      outer,
    });
  });

  test("is one whose task asked for a worktree, which says over the file how it is merged", () => {
    const worktree = { merge: "squash", keep: "always" } as const;
    const outer = { run: "R0", workspace: SHARED_RUN, outer: null };
    const asked = { ...OWN, ...worktree };
    assert.deepEqual(family("", { worktree }, "")("R2"), { run: "R1", workspace: asked, outer });
    const [top, own] = new Array(2).fill(
      "settings: { workspace: { mode: worktree, base: b, merge: commits } }",
    );
    assert.equal(family(top, own)("R1").workspace.merge, "commits");
    const called = family("", own)("R1");
    assert.deepEqual(called.workspace, { ...OWN, base: "b", merge: "commits" });
  });

  test("is itself when nobody knows the run that called it", () => {
    const run = new Play(flow("a")).run;
    const parent = { run: "GONE", root: "GONE", depth: 1, task: "g", attempt: 1 };
    const orphan = { ...run, start: { ...run.start, parent } };
    const play = new Play(flow("a"));
    const around = { runOf: () => undefined, momentIn: () => moment(play), lookup: play.lookup };
    assert.equal(homeOf(orphan, around).run, run.id);
  });
});
