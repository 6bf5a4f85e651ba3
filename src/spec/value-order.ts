/** Params with a default and variables, in an order in which each comes after what it reads, wherever it is written. */

import { type Template, templateReferences } from "../core/expression/template.ts";
import { present } from "../core/invariant.ts";
import type { Param } from "../core/workflow.ts";
import type { Path } from "./source.ts";

/** A value that may read others of its kind. */
export interface Named {
  readonly name: string;
  readonly kind: "param" | "variable";
  readonly template: Template;
}

export interface Ordered {
  /** What stands on a cycle is left out, and what reads it. */
  readonly order: readonly Named[];
  readonly cycles: readonly (readonly Named[])[];
}

export function namedValues(
  params: Iterable<Param>,
  variables: readonly (readonly [string, Template])[],
): readonly Named[] {
  const defaults: Named[] = [];
  for (const { name, default: template } of params)
    if (template !== null) defaults.push({ name, kind: "param", template });
  const others = variables.map(([name, template]) => ({ name, kind: "variable", template }) as const);
  return [...defaults, ...others];
}

/** As written, but for what reads something that is written below it. */
export function inOrder(values: readonly Named[]): Ordered {
  const byName = new Map(values.map((value) => [value.name, value]));
  const done = new Set<Named>();
  const order: Named[] = [];
  const cycles: (readonly Named[])[] = [];
  const stuck = new Set<Named>();
  for (const start of values) {
    const way: Named[] = [start];
    // Without recursion, because a chain may be as long as a map.
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const reads = done.has(at) || stuck.has(at) ? [] : readsOf(at, byName);
      const next = reads.find((one) => !done.has(one) && !stuck.has(one));
      if (next === undefined) {
        if (!stuck.has(at) && reads.some((one) => stuck.has(one))) stuck.add(at);
        if (!stuck.has(at) && !done.has(at)) order.push(at);
        if (!stuck.has(at)) done.add(at);
        way.pop();
      } else if (way.includes(next)) {
        const cycle = way.slice(way.indexOf(next));
        cycles.push(cycle);
        for (const one of cycle) stuck.add(one);
      } else way.push(next);
    }
  }
  return { order, cycles };
}

function readsOf({ template }: Named, byName: ReadonlyMap<string, Named>): readonly Named[] {
  return templateReferences(template).flatMap(({ head, path }) => {
    const name = head === "params" ? path[0] : head === "context" ? path[1] : head;
    const found = name === undefined ? undefined : byName.get(name);
    return found === undefined ? [] : [found];
  });
}

/** Where it is written. */
export function pathOf({ kind, name }: Named): Path {
  return kind === "param" ? ["params", name, "default"] : ["context", "variables", name];
}

/** `a → b → a (lines 3, 4)` */
export function cycleText(cycle: readonly Named[], lineOf: (path: Path) => number): string {
  const names = [...cycle, present(cycle[0], "a cycle has a value")].map(({ name }) => name);
  const lines = cycle.map((one) => lineOf(pathOf(one)));
  const where = lines.includes(0) ? "" : ` (${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")})`;
  return `${names.join(" → ")}${where}`;
}
