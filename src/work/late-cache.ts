/** Most runs ask no cache: they do not load it. */
import type { Limits } from "../core/limits.ts";
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import type { WorkCache } from "./cache.ts";

export type AskedCache = Pick<WorkCache, "find" | "findWhole" | "keep">;

export function lateCache(
  ...parts: [files: Files, stateFolder: string, workspace: string, limits: Limits]
): AskedCache {
  let cache: AskedCache | null = null;
  const loaded = () => {
    cache ??= new (loadNow<typeof import("./cache.ts")>(import.meta.url, "cache").WorkCache)(...parts);
    return cache;
  };
  return {
    find: (...asked) => loaded().find(...asked),
    findWhole: (...asked) => loaded().findWhole(...asked),
    keep: (...kept) => loaded().keep(...kept),
  };
}
