/**
 * Which of the asked-for attempts may start now. One pure function for slots, max_parallel, concurrency groups,
 * touched paths and pools: everything that limits is a lane with a count, or a set of globs.
 */
import type { Claim } from "./effect.ts";
import type { Lane } from "./event.ts";

/** What running attempts hold. Kept by the queue as attempts start and end; derived from runs after a restart. */
export interface Held {
  readonly lanes: ReadonlyMap<string, number>;
  readonly touches: readonly { readonly owner: string; readonly globs: readonly string[] }[];
}

export interface Offer {
  readonly freeSlots: number;
  readonly pool: string;
  readonly labels: readonly string[];
}

/** Whether this claim fits an arm and does not exceed what is held. */
export function fits(claim: Claim, offer: Offer, held: Held): boolean {
  if (claim.pool !== offer.pool || !claim.labels.every((label) => offer.labels.includes(label))) return false;
  if (!claim.lanes.every((lane) => isFree(lane, held))) return false;
  return claim.touches.length === 0 || !held.touches.some((other) => overlap(claim.touches, other.globs));
}

function isFree(lane: Lane, held: Held): boolean {
  return (held.lanes.get(lane.name) ?? 0) < lane.limit;
}

function overlap(left: readonly string[], right: readonly string[]): boolean {
  return left.some((one) => right.some((other) => globsMayOverlap(one, other)));
}

/** Two globs overlap unless their literal beginnings prove otherwise. A plain path may also be a folder. */
export function globsMayOverlap(left: string, right: string): boolean {
  const one = literalPrefix(left);
  const other = literalPrefix(right);
  if (one.whole && other.whole)
    return one.text === other.text || isUnder(one.text, other.text) || isUnder(other.text, one.text);
  if (one.whole) return one.text.startsWith(other.text) || isUnder(other.text, one.text);
  if (other.whole) return other.text.startsWith(one.text) || isUnder(one.text, other.text);
  return one.text.startsWith(other.text) || other.text.startsWith(one.text);
}

function isUnder(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function literalPrefix(glob: string): { readonly text: string; readonly whole: boolean } {
  const plain = glob.replace(/^(\.\/)+/u, "");
  const cut = plain.search(/[*?[{]/u);
  return cut < 0 ? { text: plain, whole: true } : { text: plain.slice(0, cut), whole: false };
}

/** Higher priority first, then the older run, then the order in the file. Negative: left goes first. */
export function compareClaims(left: Claim, right: Claim): number {
  if (left.priority !== right.priority) return right.priority - left.priority;
  if (left.run !== right.run) return left.run < right.run ? -1 : 1;
  return left.order - right.order;
}

/** Claims that are held up by exactly the same things share a bucket, so that one look answers for all of them. */
export function bucketOf(claim: Claim): string {
  const lanes = claim.lanes.map((lane) => `${lane.name}=${lane.limit}`);
  return JSON.stringify([claim.pool, claim.labels, lanes, claim.touches]);
}
