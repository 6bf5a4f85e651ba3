/** Questions about the graph of one level: cycles, ancestors, gates, the longest path. */
import { isProductionGate } from "../core/holds-production.ts";
import { must, present } from "../core/invariant.ts";
import type { Task } from "../core/workflow.ts";
import type { Level } from "./level.ts";

/** Cycles are shown one by one; who has more than this many sees the rest after mending these. */
const CYCLES_SHOWN_MAX = 10;

/** Every task that lies on a cycle is part of one shown path, with the lines of all its tasks. */
export function reportCycles(level: Level): void {
  const stuck = new Set(unsorted(level));
  if (stuck.size > 0) level.root.cyclic.add(level.ids);
  for (let shown = 0; stuck.size > 0 && shown < CYCLES_SHOWN_MAX; shown += 1) {
    const cycle = oneCycle(level, stuck);
    report(level, cycle);
    for (const index of cycle) stuck.delete(index);
    // What only waited for this cycle is not a problem of its own.
    for (const index of [...stuck]) if (!reachesItself(level, index, stuck)) stuck.delete(index);
  }
}

/** Tasks in an order in which each comes after its dependencies; shorter than the level when there is a cycle. */
export function sorted({ dependencies }: Level): readonly number[] {
  const waiting = dependencies.map((list) => list.length);
  const successors = successorsOf(dependencies);
  const order: number[] = [];
  waiting.forEach((count, index) => {
    if (count === 0) order.push(index);
  });
  for (let next = 0; next < order.length; next += 1) {
    for (const successor of successors[present(order[next], "an index in order")] ?? []) {
      waiting[successor] = present(waiting[successor], "a count for each task") - 1;
      if (waiting[successor] === 0) order.push(successor);
    }
  }
  return order;
}

const NONE: readonly number[] = [];

/** By task: the gates to production among it and all before it. */
export function gatesBefore(level: Level, tasks: readonly Task[]): readonly (readonly number[])[] {
  const found = tasks.map((task) => (isProductionGate(task) ? [task.index] : NONE));
  if (found.every((gates) => gates === NONE)) return found;
  for (const index of sorted(level)) {
    const before = (tasks[index]?.dependencies ?? []).flatMap((other) => found[other] ?? NONE);
    if (before.length > 0) found[index] = [...new Set([...(found[index] ?? NONE), ...before])];
  }
  return found;
}

export function successorsOf(dependencies: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const successors: number[][] = dependencies.map(() => []);
  dependencies.forEach((list, index) => {
    for (const dependency of list) successors[dependency]?.push(index);
  });
  return successors;
}

function unsorted(level: Level): readonly number[] {
  const order = sorted(level);
  if (order.length === level.raws.length) return [];
  const done = new Set(order);
  return level.raws.map((_, index) => index).filter((index) => !done.has(index));
}

/** Every stuck task waits for a stuck task, so walking back must come round. */
function oneCycle({ dependencies }: Level, stuck: ReadonlySet<number>): readonly number[] {
  const seen = new Map<number, number>();
  const path: number[] = [];
  let at: number | undefined = Math.min(...first(stuck));
  while (at !== undefined && !seen.has(at)) {
    seen.set(at, path.length);
    path.push(at);
    at = dependencies[at]?.find((dependency) => stuck.has(dependency));
  }
  must(at !== undefined, "a stuck task waits for another stuck task");
  // In the order in which they would run, the earliest of the file first.
  const cycle = path.slice(seen.get(at)).reverse();
  const start = cycle.indexOf(cycle.reduce((least, index) => Math.min(least, index)));
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

function first(set: ReadonlySet<number>): number[] {
  for (const index of set) return [index];
  return [];
}

function reachesItself({ dependencies }: Level, start: number, within: ReadonlySet<number>): boolean {
  const seen = new Set<number>();
  const open = [...(dependencies[start] ?? [])];
  while (open.length > 0) {
    const index = open.pop();
    if (index === start) return true;
    if (index === undefined || seen.has(index) || !within.has(index)) continue;
    seen.add(index);
    open.push(...(dependencies[index] ?? []));
  }
  return false;
}

/** How many names of a very long cycle are shown at its beginning; its end is always shown. */
const CYCLE_NAMES_MAX = 20;

function report({ root, raws }: Level, cycle: readonly number[]): void {
  const id = (index: number) => String(raws[index]?.value.id);
  const path = (index: number) => present(raws[index], "a task of the cycle").path;
  const start = present(cycle[0], "a cycle has a task");
  const shown =
    cycle.length > CYCLE_NAMES_MAX
      ? [...cycle.slice(0, CYCLE_NAMES_MAX), -1, present(cycle.at(-1), "a last task")]
      : cycle;
  const names = [...shown, start].map((index) =>
    index === -1 ? `… ${cycle.length - CYCLE_NAMES_MAX - 1} more …` : id(index),
  );
  const lines = shown
    .filter((index) => index !== -1)
    .map((index) => root.findings.line([...path(index), "id"]));
  const where = lines[0] === 0 ? "" : ` (lines ${lines.join(", ")})`;
  root.findings.add(
    "E_CYCLE",
    { path: [...path(start), "dependencies"] },
    { message: `${names.join(" → ")}${where}` },
  );
}

/** For each task asked about, the set of all tasks that have ended when it starts. Bits, made only when needed. */
export class Ancestors {
  private readonly rows = new Map<number, Uint32Array>();
  private readonly level: Level;

  constructor(level: Level) {
    this.level = level;
  }

  has(task: number, ancestor: number): boolean {
    // On a cycle everything comes before everything; the cycle is the problem to mend.
    if (this.level.root.cyclic.has(this.level.ids)) return true;
    if (this.level.dependencies[task]?.includes(ancestor)) return true;
    const row = this.row(task);
    return ((row[ancestor >> 5] ?? 0) & (1 << (ancestor & 31))) !== 0;
  }

  /** Without recursion, because chains are as long as files may be. */
  private row(task: number): Uint32Array {
    const open = [task];
    while (open.length > 0) {
      const at = present(open.at(-1), "an open task");
      const dependencies = this.level.dependencies[at] ?? [];
      const missing = this.rows.has(at)
        ? []
        : dependencies.filter((dependency) => !this.rows.has(dependency));
      if (missing.length > 0) open.push(...missing);
      else {
        open.pop();
        if (!this.rows.has(at)) this.rows.set(at, this.join(dependencies));
      }
    }
    return present(this.rows.get(task), "a row that was just made");
  }

  private join(dependencies: readonly number[]): Uint32Array {
    const row = new Uint32Array((this.level.raws.length + 31) >> 5);
    for (const dependency of dependencies) {
      const above = present(this.rows.get(dependency), "rows of dependencies come first");
      for (let word = 0; word < row.length; word += 1) row[word] = (row[word] ?? 0) | (above[word] ?? 0);
      row[dependency >> 5] = (row[dependency >> 5] ?? 0) | (1 << (dependency & 31));
    }
    return row;
  }
}

/** The path through the level with the largest sum. */
export function longestPath(
  level: Level,
  weight: (index: number) => number,
): { readonly sum: number; readonly path: readonly number[] } {
  const best = new Map<number, { readonly sum: number; readonly before: number | null }>();
  let end: number | null = null;
  for (const index of sorted(level)) {
    let before: number | null = null;
    for (const dependency of level.dependencies[index] ?? []) {
      if (before === null || (best.get(dependency)?.sum ?? 0) > (best.get(before)?.sum ?? 0))
        before = dependency;
    }
    const sum = weight(index) + (before === null ? 0 : (best.get(before)?.sum ?? 0));
    best.set(index, { sum, before });
    if (end === null || sum > (best.get(end)?.sum ?? 0)) end = index;
  }
  const path: number[] = [];
  for (let at = end; at !== null; at = best.get(at)?.before ?? null) path.unshift(at);
  return { sum: end === null ? 0 : (best.get(end)?.sum ?? 0), path };
}
