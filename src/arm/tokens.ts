import type { Random } from "../port/random.ts";

/** Unguessable as a whole and different each: chance is asked once, not for every lease. */
export function tokens(random: Random): () => string {
  const secret = Buffer.from(random.bytes(16)).toString("hex");
  let count = 0;
  return () => `${secret}-${++count}`;
}
