import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layered, type Shape } from "./layered.ts";

const SPACING = { between: 40, spread: 80, beside: 10, way: 4 };
const [LENGTH, BREADTH] = [100, 30];

function shapeOf(dependencies: readonly (readonly number[])[]): Shape {
  return { dependencies, lengths: dependencies.map(() => LENGTH), breadths: dependencies.map(() => BREADTH) };
}

/** Graphs without cycles: each node may depend on any before it. */
const graphs = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 })
  .map((lists) =>
    lists.map((list, node) => (node === 0 ? [] : [...new Set(list.map((number) => number % node))])),
  );

describe("a graph in layers", () => {
  it("puts each node behind all it depends on, and where it could first begin", () => {
    fc.assert(
      fc.property(graphs, (dependencies) => {
        const { layerOf, layers } = layered(shapeOf(dependencies), SPACING);
        for (const [node, before] of dependencies.entries()) {
          const least = Math.max(-1, ...before.map((one) => layerOf[one] as number)) + 1;
          assert.equal(layerOf[node], least);
          assert.ok(layers[least]?.includes(node));
        }
        assert.equal(layers.flat().length, dependencies.length);
      }),
    );
  });

  it("lets no node lie over another, and no edge pass over a node", () => {
    fc.assert(
      fc.property(graphs, (dependencies) => {
        const placed = layered(shapeOf(dependencies), SPACING);
        const passed = dependencies.flatMap((before, to) =>
          before.flatMap((from) =>
            placed.passes(from, to).map((across, step) => ({
              layer: (placed.layerOf[from] as number) + step + 1,
              across,
            })),
          ),
        );
        for (const [at, layer] of placed.layers.entries()) {
          const middles = layer.map((node) => placed.across[node] as number);
          for (const [place, middle] of middles.entries()) {
            const next = middles[place + 1];
            if (next !== undefined) assert.ok(next - middle >= BREADTH + SPACING.beside - 1e-6);
            for (const edge of passed)
              if (edge.layer === at) assert.ok(Math.abs(edge.across - middle) >= BREADTH / 2 - 1e-6);
          }
        }
      }),
    );
  });

  it("lies within the length and breadth it says, from 0 on", () => {
    fc.assert(
      fc.property(graphs, (dependencies) => {
        const { across, starts, lengths, length, breadth } = layered(shapeOf(dependencies), SPACING);
        for (const middle of across)
          assert.ok(middle >= BREADTH / 2 - 1e-6 && middle <= breadth - BREADTH / 2 + 1e-6);
        assert.equal((starts.at(-1) ?? 0) + (lengths.at(-1) ?? 0), length);
      }),
    );
  });

  it("gives the same picture each time", () => {
    fc.assert(
      fc.property(graphs, (dependencies) => {
        assert.deepEqual(
          layered(shapeOf(dependencies), SPACING).across,
          layered(shapeOf(dependencies), SPACING).across,
        );
      }),
    );
  });

  it("unties a ladder that stands the wrong way round in the file", () => {
    const rungs = 12;
    const dependencies = [
      ...Array.from({ length: rungs }, () => []),
      ...Array.from({ length: rungs }, (_, at) => [rungs - 1 - at]),
    ];
    const { layers } = layered(shapeOf(dependencies), SPACING);
    const [first = [], second = []] = layers;
    assert.deepEqual(
      second.map((node) => dependencies[node]?.[0]),
      first,
    );
  });

  it("draws a chain, and a way along it, as straight lines", () => {
    const dependencies = [[], [0], [1], [2], [3, 0]];
    const placed = layered(shapeOf(dependencies), SPACING);
    const [one, ...others] = placed.across.slice(1, 4);
    for (const other of others) assert.ok(Math.abs(other - (one as number)) < 0.5);
    const passes = placed.passes(0, 4);
    assert.equal(passes.length, 3);
    for (const pass of passes) assert.ok(Math.abs(pass - (passes[0] as number)) < 0.5);
  });

  it("gives edges that climb far more room, within a bound", () => {
    const fan = [[], ...Array.from({ length: 200 }, () => [0])];
    const { starts } = layered(shapeOf(fan), SPACING);
    assert.equal(starts[1], LENGTH + SPACING.between + SPACING.spread);
  });

  it("keeps ways within bounds where long edges would need millions of them", () => {
    const size = 1500;
    const dependencies = Array.from({ length: size }, (_, node) =>
      node === 0 ? [] : [...new Set([node - 1, Math.floor(node / 2), 0])],
    );
    const placed = layered(shapeOf(dependencies), SPACING);
    assert.equal(placed.layers.length, size);
    assert.deepEqual(placed.passes(0, size - 1), []);
  });

  it("takes nothing at all, and refuses a cycle", () => {
    assert.deepEqual(layered(shapeOf([]), SPACING).layers, []);
    assert.throws(() => layered(shapeOf([[1], [0]]), SPACING), /invariant broken/);
  });
});
