import type { Json } from "./json.ts";

/**
 * What a transition may look up without ceasing to be pure: content by its digest, and a hash of a text.
 * Filled by the host, the same in replay.
 */
export interface Lookup {
  /** A large output by digest; undefined when it is not there or larger than expressions may read (1 MiB). */
  output(digest: string): Json | undefined;
  sha256(text: string): string;
}
