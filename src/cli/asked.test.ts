// How often a run asked people, whatever became of their decisions: counted from the journal for every screen.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Play } from "../../test/support/decider.ts";
import { KeptProject } from "../../test/support/kept-project.ts";

const GATES = `name: gates
tasks:
  - { id: one, agent: approval, parameters: { message: "One?" } }
  - { id: late, agent: approval, parameters: { message: "Late?", expires: 60 } }
  - { id: work, agent: shell, parameters: { run: x } }
`;

function project(t: TestContext): KeptProject {
  const kept = new KeptProject();
  t.after(() => kept.remove());
  return kept;
}

function approve(play: Play, task: string): void {
  const decision = play.unit(task).decision?.id ?? "";
  const made = { choice: "approve", comment: null, fields: {}, by: "kim", via: "cli" } as const;
  play.send({ type: "decision.made", decision, ...made });
}

async function askedIn(kept: KeptProject, ...words: readonly string[]): Promise<readonly number[]> {
  const { code, stdout, stderr } = await kept.says(...words, "--json");
  assert.equal(code, 0, stderr);
  const { run, runs } = JSON.parse(stdout);
  return (runs ?? [run]).map(({ asked }: { readonly asked: number }) => asked);
}

describe("the decisions that a run asked people for", () => {
  it("are counted once each: made, not made in time, or open", async (t) => {
    const kept = project(t);
    const open = await kept.keep(GATES, () => {});
    const half = await kept.keep(GATES, (play) => approve(play, "one"));
    const expired = await kept.keep(GATES, (play) => {
      approve(play, "one");
      play.pass(60_000).send({ type: "timer.fired", timer: `expire:${play.unit("late").decision?.id}` });
    });
    const none = await kept.keep(
      "name: none\ntasks:\n  - { id: a, agent: shell, parameters: { run: x } }\n",
      (play) => play.start("a").ok("a"),
    );
    for (const { name } of [open, half, expired]) assert.deepEqual(await askedIn(kept, "show", name), [2]);
    assert.deepEqual(await askedIn(kept, "show", none.name), [0]);
    assert.deepEqual(await askedIn(kept, "runs"), [0, 2, 2, 2]);
    assert.ok((await askedIn(kept, "status")).includes(2));
    assert.match((await kept.says("show", open.name)).stdout, /asked\s+2 decisions of a person/);
    assert.doesNotMatch((await kept.says("show", none.name)).stdout, /of a person/);
  });

  it("are those of the runs inside it too, and what an output says is none", async (t) => {
    const kept = project(t);
    const outer = await kept.keep(GATES, (play) => {
      const output = { value: { type: "decision.made", decision: "x", timer: "expire:x" } };
      play.start("work").end("work", { output });
    });
    const parent = { run: outer.id, root: outer.id, depth: 1, task: "work", attempt: 1 };
    const inner = await kept.keep(GATES, (play) => approve(play, "one"), { started: { parent } });
    assert.deepEqual(await askedIn(kept, "show", outer.name), [4]);
    assert.deepEqual(await askedIn(kept, "show", inner.name), [2]);
    assert.deepEqual(await askedIn(kept, "runs"), [4]);
  });
});
