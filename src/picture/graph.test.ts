import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workflowOf } from "../../test/support/decider.ts";
import { taskRow } from "../../test/support/journal.ts";
import type { TaskRow } from "../host/host.ts";
import { type GraphNode, graphOf, graphOfRun, type Played } from "./graph.ts";
import { graphDocument } from "./graph-json.ts";
import { describeGraph, noteOf } from "./graph-text.ts";

const SITE = `name: site
tasks:
  - { id: build, agent: shell, parameters: { run: b } }
  - { id: pages, agent: shell, dependencies: [build], foreach: { items: [a] }, parameters: { run: b } }
  - { id: ask, agent: approval, dependencies: [build], parameters: { message: "Go?" } }
  - id: rollout
    agent: group
    dependencies: [ask]
    foreach: { items: [a] }
    parameters: { tasks: [{ id: ship, agent: shell, parameters: { run: b } }, { id: smoke, agent: shell, dependencies: [ship], parameters: { run: b } }] }
  - { id: report, agent: shell, dependencies: [rollout], parameters: { run: b } }
hooks: { on_failure: [{ id: page, agent: shell, parameters: { run: b } }] }
`;

const row = (task: string, changes: Partial<TaskRow> = {}): TaskRow =>
  taskRow(0, { task, detail: null, ...changes });

function played(): Played {
  const workflow = workflowOf(SITE);
  const body = workflow.tasks.find(({ id }) => id === "rollout")?.body;
  assert.ok(body !== null && body !== undefined);
  const rows = [
    row("build", { durationMs: 18_000, costUsd: 0.08, attempts: 2 }),
    row("pages", { status: "running", attempts: 4, detail: { items: 5 } }),
    row("pages[0]"),
    row("pages[1]", { status: "failed" }),
    row("pages[2]", { status: "running" }),
    row("ask", { status: "waiting", reason: "approval", attempts: 0, durationMs: null }),
    row("rollout", { status: "running", detail: { items: 2 } }),
    row("rollout[0]", { status: "running" }),
    row("rollout[1]", { status: "running" }),
  ];
  const passes = [[row("ship"), row("smoke", { status: "running" })], [row("ship", { status: "failed" })]];
  return {
    workflow,
    passes: [rows],
    children: new Map([["rollout", { workflow: body, passes, children: new Map() }]]),
  };
}

const at = (nodes: readonly GraphNode[], id: string): GraphNode => {
  const found = nodes.find((node) => node.id === id);
  assert.ok(found !== undefined, id);
  return found;
};

describe("the graph of a workflow", () => {
  it("has groups with what is in them, hooks apart, and no states", () => {
    const { nodes, hooks } = graphOf(workflowOf(SITE));
    assert.deepEqual(
      nodes.map(({ id, dependencies }) => [id, dependencies]),
      [
        ["build", []],
        ["pages", [0]],
        ["ask", [0]],
        ["rollout", [2]],
        ["report", [3]],
      ],
    );
    const rollout = at(nodes, "rollout");
    assert.deepEqual([rollout.each, rollout.state], ["foreach", null]);
    assert.deepEqual(
      rollout.body.map(({ id, name, dependencies }) => [id, name, dependencies]),
      [
        ["rollout/ship", "ship", []],
        ["rollout/smoke", "smoke", [0]],
      ],
    );
    assert.deepEqual(
      hooks.map(({ name, body }) => [name, body.map(({ id }) => id)]),
      [["on_failure", ["page"]]],
    );
    assert.equal(noteOf(rollout), "group · foreach · 2 tasks");
  });
});

describe("the graph of a run", () => {
  const graph = graphOfRun(played());

  it("shows each state with glyph and word, and a person's decision as theirs", () => {
    const looks = graph.nodes.map(({ id, state }) => `${id} ${state?.look.glyph} ${state?.look.word}`);
    assert.deepEqual(looks, [
      "build ✓ success",
      "pages ● running",
      "ask ◐ needs you",
      "rollout ● running",
      "report ○ pending",
    ]);
    assert.equal(noteOf(at(graph.nodes, "build")), "success · shell · 2 attempts · 18s · $0.08");
  });

  it("counts items, also those that have not begun", () => {
    const counts = at(graph.nodes, "pages").state?.counts?.map(({ look, count }) => [look.word, count]);
    assert.deepEqual(counts, [
      ["failed", 1],
      ["running", 1],
      ["pending", 2],
      ["success", 1],
    ]);
  });

  it("counts the passes of a group, the most pressing state in front", () => {
    const [ship, smoke] = at(graph.nodes, "rollout").body;
    assert.deepEqual(
      ship?.state?.counts?.map(({ look, count }) => [look.word, count]),
      [
        ["failed", 1],
        ["success", 1],
      ],
    );
    assert.equal(ship?.state?.look.word, "failed");
    assert.deepEqual(
      smoke?.state?.counts?.map(({ look, count }) => [look.word, count]),
      [
        ["running", 1],
        ["pending", 1],
      ],
    );
  });

  it("shows what a group would do that was never come to", () => {
    const none = graphOfRun({ ...played(), children: new Map() });
    assert.deepEqual(
      at(none.nodes, "rollout").body.map(({ state }) => state?.look.word),
      ["pending", "pending"],
    );
  });

  it("says all of it in words, and as data", () => {
    assert.deepEqual(describeGraph(graph), [
      "build: success · shell · 2 attempts · 18s · $0.08",
      "pages: running · shell · foreach · 1 failed, 1 running, 2 pending, 1 success · 13ms, after build",
      "ask: needs you · approval, after build",
      "rollout: running · group · foreach · 2 running · 13ms, after ask",
      "rollout/ship: failed · shell · 1 failed, 1 success",
      "rollout/smoke: running · shell · 1 running, 1 pending, after ship",
      "report: pending · shell, after rollout",
      "on_failure: hooks",
      "page: pending · shell",
    ]);
    const { nodes, edges, layers } = graphDocument(graph);
    assert.deepEqual(layers, [["build"], ["pages", "ask"], ["rollout"], ["report"]]);
    assert.ok(edges.some(({ from, to }) => from === "rollout/ship" && to === "rollout/smoke"));
    const smoke = nodes.find(({ id }) => id === "rollout/smoke");
    assert.deepEqual(smoke, {
      id: "rollout/smoke",
      agent: "shell",
      kind: "attempt",
      parent: "rollout",
      each: null,
      status: "running",
      reason: null,
      state: "running",
      counts: { running: 1, pending: 1 },
      attempts: 1,
      durationSeconds: null,
      costUsd: null,
    });
  });
});
