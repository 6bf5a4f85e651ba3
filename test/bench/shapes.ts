/** The workflows that the bench runs. */
import type { JsonMap } from "../../src/core/json.ts";

export type Shape = "chain" | "fan";

/** A chain, or tasks that may all run at once, eight at a time. */
export function shapeOf(shape: Shape, count: number): JsonMap {
  const tasks = Array.from({ length: count }, (_, place) => ({
    id: `t${place}`,
    agent: "shell",
    parameters: { run: "true" },
    ...(shape === "chain" && place > 0 ? { dependencies: [`t${place - 1}`] } : {}),
  }));
  return { name: shape, settings: { max_parallel: 8 }, tasks };
}

const WIDTH = 100;

/** Layers of 100 tasks, each with three dependencies in the layer before. */
export function layersOf(count: number): JsonMap {
  const tasks = Array.from({ length: count }, (_, place) => {
    const before = Math.floor(place / WIDTH) * WIDTH - WIDTH;
    const dependencies = [0, 1, 7].map((step) => `t${before + ((place + step) % WIDTH)}`);
    return {
      id: `t${place}`,
      agent: "shell",
      parameters: { run: "true" },
      ...(before < 0 ? {} : { dependencies }),
    };
  });
  return { name: "layers", settings: { max_parallel: 16 }, tasks };
}
