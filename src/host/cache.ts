/** Outputs of earlier work, as the decider asks for them and gives them: found and kept where its effects are followed. */

import type { CacheAsker, CacheScope } from "../core/cache-scope.ts";
import type { Effect } from "../core/effect.ts";
import type { Event } from "../core/event.ts";
import type { OutputValue } from "../core/outcome.ts";

/** Only a shorter way: what it cannot find or keep is done again. */
export interface Cache {
  /** null: it has nothing. */
  find(cache: CacheScope, asker: CacheAsker): readonly OutputValue[] | null;
  /** Under what its files held when the same one asked; not when they hold something else by now. */
  keep(cache: CacheScope, asker: CacheAsker, outputs: readonly OutputValue[]): void;
}

export const NO_CACHE: Cache = { find: () => null, keep: () => {} };

type Expand = Effect & { readonly do: "expand" };

export function expansion(run: string, { task, items, cache }: Expand, kept: Cache): Event {
  const cached = cache === null || items.length === 0 ? null : kept.find(cache, { run, task });
  const isWhole = cached?.length === items.length;
  return { type: "task.expanded", task, items, ...(isWhole && { cached }) };
}
