/** Outputs of earlier work, as the decider asks for them and gives them: found and kept where its effects are followed. */

import type { CacheAsker, CacheScope } from "../core/cache-scope.ts";
import type { Whole } from "../core/carried.ts";
import type { Effect } from "../core/effect.ts";
import type { Event } from "../core/event.ts";
import type { OutputValue } from "../core/outcome.ts";

/** Only a shorter way: what it cannot find or keep is done again. */
export interface Cache {
  /** Of all items of a mapped task; null: it has nothing, or not all that others need of it. */
  findWhole(cache: CacheScope, whole: Whole): readonly OutputValue[] | null;
  /** Under what its files held when the same one asked; not when they hold something else by now. */
  keep(cache: CacheScope, asker: CacheAsker, outputs: readonly OutputValue[]): void;
}

export const NO_CACHE: Cache = { findWhole: () => null, keep: () => {} };

type Expand = Effect & { readonly do: "expand" };

export function expansion(
  { task, items, cache }: Expand,
  kept: Cache,
  around: Pick<Whole, "run" | "outer" | "moment" | "lookup">,
): Event {
  const isAsked = cache !== null && items.length > 0;
  const cached = isAsked ? kept.findWhole(cache, { ...around, task, items }) : null;
  const isWhole = cached?.length === items.length;
  return { type: "task.expanded", task, items, ...(isWhole && { cached }) };
}
