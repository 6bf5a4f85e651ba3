/** What a cache keeps outputs under, and who may be spared work by it. */
import type { Json } from "./json.ts";

/** Everything that made them, and the content of `files`. */
export interface CacheScope {
  readonly scope: Json;
  /** Globs. */
  readonly files: readonly string[];
  /** Kept and put back with the outputs. */
  readonly paths: readonly string[];
}

/** Whose work may be spared. */
export interface CacheAsker {
  readonly run: string;
  readonly task: string;
}
