/** Outputs of earlier work, as the decider asks for them and gives them: found and kept where its effects are followed. */
import type { Effect } from "../core/effect.ts";
import type { CacheScope, Event } from "../core/event.ts";
import type { OutputValue } from "../core/outcome.ts";

/** Only a shorter way: what it cannot find or keep is done again. */
export interface Cache {
  /** null: it has nothing. */
  find(cache: CacheScope): readonly OutputValue[] | null;
  keep(cache: CacheScope, outputs: readonly OutputValue[]): void;
}

export const NO_CACHE: Cache = { find: () => null, keep: () => {} };

type Expand = Effect & { readonly do: "expand" };

export function expansion({ task, items, cache }: Expand, kept: Cache): Event {
  const cached = cache === null || items.length === 0 ? null : kept.find(cache);
  const isWhole = cached?.length === items.length;
  return { type: "task.expanded", task, items, ...(isWhole && { cached }) };
}
