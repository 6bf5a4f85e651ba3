// When an agent worked in the project's own folder, told by the journal.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Entry } from "../../core/event.ts";
import type { Change } from "../../core/replay.ts";
import type { Workflow } from "../../core/workflow.ts";
import type { RunRow } from "../../host/host.ts";
import { realClock } from "../../port/clock.ts";
import { AgentsAtWork, type WorkReader } from "./agents-at-work.ts";
import { depthOf, rootsOf } from "./lineage.ts";

/** Of one task; what is called `coder` is an agent. */
function workflow(task: object, settings: object = {}): Workflow {
  const parts = {
    tasks: [{ id: "a", agent: "coder", ...task }],
    indexOf: new Map([["a", 0]]),
    roles: new Map([["coder", {}]]),
    settings,
  };
  return parts as unknown as Workflow;
}

const started = (at: number, run = "r1"): Entry =>
  ({ run, at, event: { type: "attempt.started", task: "a", attempt: 1 } }) as unknown as Entry;
const ended = (at: number, run = "r1"): Entry =>
  ({ run, at, event: { type: "attempt.ended", task: "a", attempt: 1 } }) as unknown as Entry;

interface Told {
  readonly workflow: Workflow;
  readonly entries: readonly Entry[];
  readonly parent?: string;
  readonly printed?: number;
}

async function lookedBack(runs: Readonly<Record<string, Told>>, isLive = false): Promise<AgentsAtWork> {
  const reader: WorkReader = {
    run: (id) =>
      ({
        run: id,
        root: runs[id]?.parent ?? id,
        parent: runs[id]?.parent ?? null,
        rehearse: false,
      }) as RunRow,
    workflow: (run) => runs[run]?.workflow ?? null,
    entries: (run) => runs[run]?.entries ?? [],
    livedSince: () => Object.keys(runs),
    lastPrinted: ({ run }) => runs[run]?.printed ?? null,
  };
  const agents = new AgentsAtWork(reader);
  await agents.lookBack(0, realClock, () => isLive);
  return agents;
}

const span = [started(10), ended(20)];
const APART = { workspace: { mode: "worktree" } };

describe("agents at work", () => {
  it("I3: work from the start of their attempt to its end", async () => {
    const agents = await lookedBack({ r1: { workflow: workflow({}), entries: span } });
    const asked = [9, 10, 20, 21].map((at) => agents.runsAt(at));
    assert.deepEqual(asked, [[], ["r1"], ["r1"], []]);
  });

  it("I3: are who mends a task or stands in for it too, and no script or worker is one", async () => {
    const script = { agent: "shell", repair: null, fallback: null };
    for (const [task, expected] of [
      [script, []],
      [{ ...script, repair: { agent: "coder" } }, ["r1"]],
      [{ ...script, fallback: { agent: "coder" } }, ["r1"]],
    ] as const) {
      const agents = await lookedBack({ r1: { workflow: workflow(task), entries: span } });
      assert.deepEqual(agents.runsAt(15), expected);
    }
  });

  it("I3: in a worktree, of the task, of its run or of the run that called it, write there", async () => {
    const inner = { workflow: workflow({}), entries: [started(10, "r2"), ended(20, "r2")], parent: "r1" };
    const outer = (settings: object) => ({ workflow: workflow({ agent: "shell" }, settings), entries: [] });
    for (const runs of [
      { r1: { workflow: workflow(APART), entries: span } },
      { r1: { workflow: workflow({}, APART), entries: span } },
      { r1: outer(APART), r2: inner },
    ])
      assert.deepEqual((await lookedBack(runs)).runsAt(15), []);
    assert.deepEqual((await lookedBack({ r1: outer({}), r2: inner })).runsAt(15), ["r1"]);
    const began = { run: "r2", at: 0, event: { type: "run.started", worktree: {} } } as unknown as Entry;
    const pass = { ...inner, entries: [began, ...inner.entries] };
    assert.deepEqual((await lookedBack({ r1: outer({}), r2: pass })).runsAt(15), []);
  });

  it("I3: whose end nobody saw worked as long as they said something, or still do", async () => {
    const open = { workflow: workflow({}), entries: [started(10)], printed: 30 };
    const left = await lookedBack({ r1: open });
    assert.deepEqual([left.runsAt(30), left.runsAt(31)], [["r1"], []]);
    assert.deepEqual((await lookedBack({ r1: open }, true)).runsAt(31), ["r1"]);
  });

  it("I3: are followed as it happens, and what ended long ago is forgotten", async () => {
    const agents = await lookedBack({});
    const see = (entry: Entry) =>
      agents.see([
        { entry, after: { id: entry.run, start: { parent: null, rehearse: false }, workflow: workflow({}) } },
      ] as unknown as Change[]);
    for (let at = 0; at < 1_100; at += 1) {
      see(started(at, `r${at}`));
      see(ended(at, `r${at}`));
    }
    assert.deepEqual(agents.runsAt(1_099), ["r1099"]);
    see(started(10_000_000, "late"));
    see(ended(10_000_001, "late"));
    assert.deepEqual([agents.runsAt(1_099), agents.runsAt(10_000_000)], [[], ["late"]]);
  });
});

describe("where a task file comes from", () => {
  const reader = (parents: Readonly<Record<string, readonly string[]>>) => ({
    run: (id: string) => ({ root: id.replace("inner-", "") }),
    started: (run: string) =>
      ({
        parent: null,
        trigger: { kind: "files", body: { task_id: run, parents: parents[run] ?? [] } },
      }) as never,
  });

  it("I3: is told by the run at the top of each attempt", () => {
    assert.deepEqual(rootsOf(["inner-r1/a/1", "r1", "r2/b/2"], reader({})), ["r1", "r2"]);
  });

  it("I3: is counted in task files, and a circle that a file claims ends the count", () => {
    const chain = reader({ r2: ["r1/a/1"], r3: ["r2", "r1"] });
    assert.deepEqual(
      [[], ["r1"], ["r2"], ["r1", "r3"]].map((parents) => depthOf(parents, chain, 9)),
      [0, 1, 2, 3],
    );
    assert.equal(depthOf(["r1"], reader({ r1: ["r1"] }), 3), 4);
  });
});
