/**
 * Which of the asked-for attempts may start now. One pure function for slots, max_parallel, concurrency groups,
 * touched paths and pools: everything that limits is a lane with a count, or a set of globs.
 */
import type { Claim } from "./effect.ts";
import type { Lane } from "./event.ts";

/** What running attempts and passes hold. Kept by the queue as they start and end; derived from runs after a restart. */
export interface Held {
  readonly lanes: ReadonlyMap<string, number>;
  readonly touches: readonly { readonly owner: string; readonly globs: readonly string[] }[];
}

export interface Offer {
  readonly freeSlots: number;
  readonly pool: string | null;
  readonly labels: readonly string[];
}

/** Whether this claim fits an arm and does not exceed what is held. */
export function fits(claim: Claim, offer: Offer, held: Held): boolean {
  if (claim.pool !== offer.pool || !claim.labels.every((label) => offer.labels.includes(label))) return false;
  if (!claim.lanes.every((lane) => isFree(lane, held))) return false;
  return claim.touches.length === 0 || !held.touches.some((other) => isInTheWay(claim, other));
}

/** A pass holds its paths for what is inside it. */
export function isInTheWay(claim: Claim, { owner, globs }: Held["touches"][number]): boolean {
  return !claim.within.includes(owner) && overlap(claim.touches, globs);
}

function isFree(lane: Lane, held: Held): boolean {
  return (held.lanes.get(lane.name) ?? 0) < lane.limit;
}

/** The lane of a concurrency group, over all runs of the project; others belong to one run. */
export function groupLaneName(group: string): string {
  return `${GROUP}${group}`;
}

const GROUP = "group:";

export function isGroupLane({ name }: Lane): boolean {
  return name.startsWith(GROUP);
}

/** The first concurrency group that is in use under another limit than these lanes name. */
export function otherLimit(
  lanes: readonly Lane[],
  limitInUse: (name: string) => number | undefined,
): { readonly group: string; readonly limit: number; readonly inUse: number } | null {
  for (const { name, limit } of lanes) {
    const inUse = limitInUse(name);
    if (inUse !== undefined && inUse !== limit) return { group: name.slice(GROUP.length), limit, inUse };
  }
  return null;
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

/**
 * The globs that no outer one takes in. What lies inside a pass touches nothing that the pass does not hold: else two
 * passes could wait for each other for ever. Judged as overlaps are: whoever overlaps an inner one overlaps the outer.
 */
export function outsideOf(outer: readonly string[], inner: readonly string[]): readonly string[] {
  return inner.filter((one) => !outer.some((other) => takesIn(literalPrefix(other), literalPrefix(one))));
}

function takesIn(outer: LiteralPrefix, inner: LiteralPrefix): boolean {
  if (outer.whole) return (inner.whole && inner.text === outer.text) || isUnder(inner.text, outer.text);
  return inner.text.startsWith(outer.text) || (inner.whole && `${inner.text}/` === outer.text);
}

function isUnder(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

interface LiteralPrefix {
  readonly text: string;
  readonly whole: boolean;
}

function literalPrefix(glob: string): LiteralPrefix {
  const plain = glob.replace(/^(\.\/)+/u, "").replace(/\/+$/u, "");
  const cut = plain.search(/[*?[{]/u);
  if (cut >= 0) return { text: plain.slice(0, cut), whole: false };
  // The whole folder that everything lies in.
  return plain === "" || plain === "." ? { text: "", whole: false } : { text: plain, whole: true };
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
  return JSON.stringify([claim.pool, claim.labels, lanes, claim.touches, claim.within]);
}
