import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { flow, workflowOf } from "../../test/support/decider.ts";
import { channelOf } from "./channel.ts";
import { graphOf } from "./graph.ts";
import { drawnGraph } from "./graph-lines.ts";
import { stageLines } from "./stages.ts";

function drawn(lines: string, columns = 160): readonly string[] | null {
  return textOf(drawnGraph(graphOf(flow(lines)), columns));
}

function textOf(lines: ReturnType<typeof drawnGraph>): readonly string[] | null {
  return lines?.map((line) => line.map(({ text }) => text).join("")) ?? null;
}

describe("a graph drawn with letters", () => {
  it("reads from left to right", () => {
    const site = `
      content-check
      build
      link-check <- content-check build
      a11y-check <- build
      deploy-staging <- link-check a11y-check
      approve <- deploy-staging : agent: approval, parameters: { message: "Go?" }
      deploy-prod <- approve
      invalidate <- deploy-prod`;
    assert.deepEqual(drawn(site), [
      "content-check ──┐",
      "build ─────────┬┴─▶ link-check ─┐",
      "               └──▶ a11y-check ─┴─▶ deploy-staging ─▶ ◇ approve ─▶ deploy-prod ─▶ invalidate",
    ]);
    assert.equal(drawn(site, 80), null);
  });

  it("shows where two lines meet and where they only cross", () => {
    assert.deepEqual(drawn("a\nb\nc <- a b\nd <- a b"), ["a ─┬─▶ c", "b ─┴─▶ d"]);
    const crossing = channelOf(
      new Map([
        [0, new Set([2])],
        [1, new Set([1])],
      ]),
    );
    assert.deepEqual(
      [0, 1, 2].map((row) => crossing?.row(row)),
      ["─┐ ", "─│─", " └─"],
    );
  });

  it("gives up where two lines would lie over each other", () => {
    const swapped = new Map([
      [0, new Set([1])],
      [1, new Set([0])],
    ]);
    assert.equal(channelOf(swapped), null);
  });

  it("says of every drawing exactly what leads where", () => {
    const graphs = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 9 })
      .map((lists) =>
        lists.map((list, node) => (node === 0 ? [] : [...new Set(list.map((number) => number % node))])),
      );
    let seen = 0;
    fc.assert(
      fc.property(graphs, (dependencies) => {
        const lines = dependencies.map(
          (before, node) =>
            `t${node}${before.length === 0 ? "" : ` <- ${before.map((one) => `t${one}`).join(" ")}`}`,
        );
        const picture = drawn(lines.join("\n"), 1000);
        if (picture === null) return;
        seen += 1;
        const wanted = dependencies.flatMap((before, node) => before.map((one) => `t${one} t${node}`));
        assert.deepEqual(edgesIn(picture), wanted.sort(), picture.join("\n"));
      }),
      { numRuns: 300 },
    );
    assert.ok(seen > 100, `only ${seen} of 300 were drawn`);
  });

  it("puts what is in a group beside the others, or shows the group as one where that is too wide", () => {
    const workflow = workflowOf(`name: test
tasks:
  - { id: build, agent: shell, parameters: { run: b } }
  - id: rollout
    agent: group
    dependencies: [build]
    foreach: { items: [a] }
    parameters: { tasks: [{ id: ship, agent: shell, parameters: { run: b } }, { id: smoke, agent: shell, dependencies: [ship], parameters: { run: b } }] }
  - { id: report, agent: shell, dependencies: [rollout], parameters: { run: b } }
`);
    assert.deepEqual(textOf(drawnGraph(graphOf(workflow), 80)), [
      "build ─▶ rollout/ship ─▶ rollout/smoke ─▶ report",
    ]);
    assert.deepEqual(textOf(drawnGraph(graphOf(workflow), 44)), ["build ─▶ rollout ×n (2 tasks) ─▶ report"]);
  });

  it("measures names of wide signs by the places they take", () => {
    const lines =
      textOf(
        drawnGraph({ name: "x", hooks: [], nodes: [node("検査", []), node("b", []), node("c", [0, 1])] }, 80),
      ) ?? [];
    assert.deepEqual(lines, ["検査 ─┐", "b ────┴─▶ c"]);
  });
});

function node(name: string, dependencies: readonly number[]) {
  return {
    id: name,
    name,
    agent: "shell",
    kind: "attempt",
    each: null,
    dependencies,
    state: null,
    body: [],
  } as const;
}

describe("a graph as a list of stages", () => {
  const wide = ["plan", ...Array.from({ length: 100 }, (_, at) => `w${at} <- plan`)].join("\n");

  it("names each task with what it comes after where nobody looks", () => {
    const lines = textOf(stageLines(graphOf(flow(wide)), null)) ?? [];
    assert.equal(lines.length, 101);
    assert.equal(lines[0], "1  plan  shell");
    assert.equal(lines[100], "   w99   shell  after plan");
  });

  it("counts a long stage at a terminal, and is never wider than it", () => {
    const lines = textOf(stageLines(graphOf(flow(wide)), 40)) ?? [];
    assert.deepEqual(lines, ["1  plan  shell", "2  100 tasks  w0, w1, w2, … w99"]);
    const narrow =
      textOf(stageLines(graphOf(flow("some-very-long-name\nother <- some-very-long-name")), 20)) ?? [];
    for (const line of narrow) assert.ok(line.length <= 20, line);
  });
});

const [LEFT, RIGHT, UP, DOWN] = [1, 2, 4, 8];
const ARMS: Readonly<Record<string, number>> = {
  "─": LEFT | RIGHT,
  "│": UP | DOWN,
  "┌": RIGHT | DOWN,
  "┐": LEFT | DOWN,
  "└": RIGHT | UP,
  "┘": LEFT | UP,
  "├": UP | DOWN | RIGHT,
  "┤": UP | DOWN | LEFT,
  "┬": LEFT | RIGHT | DOWN,
  "┴": LEFT | RIGHT | UP,
  "┼": LEFT | RIGHT | UP | DOWN,
};

/** Reads a picture as a person does: from a name along its line, never to the left, to the heads of arrows. */
function edgesIn(picture: readonly string[]): readonly string[] {
  const edges: string[] = [];
  for (const [row, line] of picture.entries()) {
    for (const { 0: name, index } of line.matchAll(/t\d+/g)) {
      for (const end of endsFrom(picture, row, index + name.length + 1)) edges.push(`${name} ${end}`);
    }
  }
  return edges.sort();
}

function endsFrom(picture: readonly string[], row: number, column: number): ReadonlySet<string> {
  const ends = new Set<string>();
  const seen = new Set<string>();
  const open: [number, number][] = [[row, column]];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [y, x] = at;
    if (seen.has(`${y} ${x}`)) continue;
    seen.add(`${y} ${x}`);
    const arms = ARMS[picture[y]?.[x] ?? ""] ?? 0;
    if ((arms & UP) !== 0) open.push([y - 1, x]);
    if ((arms & DOWN) !== 0) open.push([y + 1, x]);
    if ((arms & RIGHT) === 0) continue;
    let next = x + 1;
    while (picture[y]?.[next] === "│") next += 1;
    if (picture[y]?.[next] === "▶") ends.add(/^t\d+/.exec(picture[y].slice(next + 2))?.[0] ?? "?");
    else open.push([y, next]);
  }
  return ends;
}
