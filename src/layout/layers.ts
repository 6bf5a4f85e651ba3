import { must } from "../core/invariant.ts";

/** The layer of each node: one more than the last of its dependencies, so that it stands where it could first begin. */
export function layersOf(dependencies: readonly (readonly number[])[]): Int32Array {
  const size = dependencies.length;
  const layerOf = new Int32Array(size);
  const left = new Int32Array(size);
  const after: number[][] = Array.from({ length: size }, () => []);
  const open: number[] = [];
  for (const [node, before] of dependencies.entries()) {
    left[node] = before.length;
    if (before.length === 0) open.push(node);
    for (const one of before) (after[one] as number[]).push(node);
  }
  for (let next = 0; next < open.length; next++) {
    const node = open[next] as number;
    for (const one of after[node] as number[]) {
      layerOf[one] = Math.max(layerOf[one] as number, (layerOf[node] as number) + 1);
      left[one] = (left[one] as number) - 1;
      if (left[one] === 0) open.push(one);
    }
  }
  must(open.length === size, "a graph that is drawn in layers has no cycle");
  return layerOf;
}
