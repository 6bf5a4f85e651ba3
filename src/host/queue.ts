/** Attempts that were asked for and wait for a place, with what running ones hold. Decides nothing: core/grant does. */
import type { Claim } from "../core/effect.ts";
import type { AttemptOutcome, AttemptRef, Event, Hold, Lane } from "../core/event.ts";
import {
  bucketOf,
  compareClaims,
  fits,
  type Held,
  isGroupLane,
  isInTheWay,
  type Offer,
} from "../core/grant.ts";
import { failure, NO_OUTPUT } from "../core/outcome.ts";
import type { Problem } from "../core/problem.ts";
import type { Lost } from "./host.ts";
import type { LimitTable } from "./limits.ts";

export function attemptKey(run: string, ref: AttemptRef): string {
  return `${run}/${ref.task}/${ref.item ?? ""}/${ref.attempt}`;
}

function runOf(owner: string): string {
  return owner.split("/", 1)[0] as string;
}

/** The attempt alone, of whatever names one. */
export function refOf(named: AttemptRef): AttemptRef {
  const { task, item, attempt } = named;
  return item === undefined ? { task, attempt } : { task, item, attempt };
}

/** What ended it, as it is journalled. */
export function endOf(named: AttemptRef, outcome: AttemptOutcome | Lost): Event {
  const ref = refOf(named);
  if (!("lost" in outcome)) return { type: "attempt.ended", ...ref, outcome };
  return {
    type: "attempt.lost",
    ...ref,
    cause: outcome.lost,
    ...(outcome.undone === true && { undone: true }),
  };
}

interface Bucket {
  readonly run: string;
  readonly claims: Claim[];
  /** Claims before this index are gone. */
  head: number;
}

export class GrantQueue {
  readonly #buckets = new Map<string, Bucket>();
  readonly #withdrawn = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #holding = new Map<string, Claim>();
  readonly #lanes = new Map<string, number>();
  readonly #touches: { owner: string; globs: readonly string[] }[] = [];
  readonly #paused = new Set<string>();
  /** Concurrency groups of claims that wait or hold, by the claim's key. */
  readonly #groups = new Map<string, readonly Lane[]>();
  readonly #limits: LimitTable;

  constructor(limits: LimitTable) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.size;
  }

  get held(): Held {
    return { lanes: this.#lanes, touches: this.#touches };
  }

  add(claim: Claim): void {
    const key = attemptKey(claim.run, claim);
    this.#withdrawn.delete(key);
    this.#waiting.add(key);
    this.#use(key, claim);
    const name = bucketOf(claim);
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { run: claim.run, claims: [], head: 0 };
      this.#buckets.set(name, bucket);
    }
    insert(bucket, claim);
  }

  withdraw(run: string, ref: AttemptRef): void {
    const key = attemptKey(run, ref);
    if (this.#waiting.delete(key)) this.#withdrawn.add(key);
    this.#useNoMore(key);
  }

  pause(run: string): void {
    this.#paused.add(run);
  }

  resume(run: string): void {
    this.#paused.delete(run);
  }

  /** The best claim that fits this offer now, taken out of the queue; undefined when none does. */
  take(offer: Offer): Claim | undefined {
    let best: Bucket | undefined;
    for (const [name, bucket] of this.#buckets) {
      const head = this.#head(name, bucket);
      if (head === undefined || this.#paused.has(bucket.run) || !fits(head, offer, this.held)) continue;
      if (best === undefined || compareClaims(head, best.claims[best.head] as Claim) < 0) best = bucket;
    }
    if (best === undefined) return undefined;
    const claim = best.claims[best.head] as Claim;
    best.head += 1;
    this.#waiting.delete(attemptKey(claim.run, claim));
    return claim;
  }

  /** From its start on, an attempt holds its lanes and paths. */
  hold(claim: Claim): void {
    const key = attemptKey(claim.run, claim);
    this.#holding.set(key, claim);
    this.#use(key, claim);
    for (const { name } of claim.lanes) this.#lanes.set(name, (this.#lanes.get(name) ?? 0) + 1);
    if (claim.touches.length > 0) this.#touches.push({ owner: key, globs: claim.touches });
  }

  /** A run that holds paths for all that is inside it, as long as it is open. */
  holdPaths({ run, touches }: Hold): void {
    this.#touches.push({ owner: run, globs: touches });
  }

  releasePaths(run: string): void {
    this.#giveBack(run);
  }

  /**
   * The runs whose paths hold up everything that this run waits for; null when some of it waits for something else:
   * for an arm, or for an attempt to end.
   */
  heldUpBy(run: string): readonly string[] | null {
    const owners: string[] = [];
    for (const { claims, head } of this.#buckets.values()) {
      for (const claim of claims.slice(head)) {
        if (claim.run !== run || !this.#waiting.has(attemptKey(run, claim))) continue;
        const inTheWay = this.#touches.filter((one) => isInTheWay(claim, one));
        if (inTheWay.length === 0) return null;
        owners.push(...inTheWay.map(({ owner }) => owner));
      }
    }
    return owners;
  }

  /** The runs that hold a path or a concurrency group which this run waits for. */
  inTheWayOf(run: string): ReadonlySet<string> {
    const runs = new Set<string>();
    for (const { claims, head } of this.#buckets.values()) {
      for (const claim of claims.slice(head)) {
        if (claim.run !== run || !this.#waiting.has(attemptKey(run, claim))) continue;
        for (const touched of this.#touches) if (isInTheWay(claim, touched)) runs.add(runOf(touched.owner));
        const groups = new Set(claim.lanes.filter(isGroupLane).map(({ name }) => name));
        for (const held of this.#holding.values())
          if (held.lanes.some(({ name }) => groups.has(name))) runs.add(held.run);
      }
    }
    return runs;
  }

  release(run: string, ref: AttemptRef): void {
    const key = attemptKey(run, ref);
    const claim = this.#holding.get(key);
    this.#useNoMore(key);
    if (claim === undefined) return;
    this.#holding.delete(key);
    for (const { name } of claim.lanes) {
      const left = (this.#lanes.get(name) ?? 1) - 1;
      if (left === 0) this.#lanes.delete(name);
      else this.#lanes.set(name, left);
    }
    this.#giveBack(key);
  }

  #use(key: string, { lanes }: Claim): void {
    const groups = lanes.filter(isGroupLane);
    if (groups.length === 0 || this.#groups.has(key)) return;
    this.#groups.set(key, groups);
    this.#limits.enter(groups);
  }

  #useNoMore(key: string): void {
    this.#limits.leave(this.#groups.get(key) ?? []);
    this.#groups.delete(key);
  }

  #giveBack(owner: string): void {
    const place = this.#touches.findIndex((one) => one.owner === owner);
    if (place >= 0) this.#touches.splice(place, 1);
  }

  #head(name: string, bucket: Bucket): Claim | undefined {
    for (;;) {
      const head = bucket.claims[bucket.head];
      if (head === undefined) {
        this.#buckets.delete(name);
        return undefined;
      }
      if (!this.#withdrawn.delete(attemptKey(head.run, head))) return head;
      bucket.head += 1;
    }
  }
}

/** Claims mostly come in order, so the end is looked at first. */
function insert(bucket: Bucket, claim: Claim): void {
  const { claims } = bucket;
  let place = claims.length;
  if (bucket.head > 0 && bucket.head === claims.length) {
    claims.length = 0;
    bucket.head = 0;
    place = 0;
  }
  let low = bucket.head;
  const last = claims[place - 1];
  if (last !== undefined && place > bucket.head && compareClaims(claim, last) < 0) {
    while (low < place) {
      const middle = (low + place) >> 1;
      if (compareClaims(claim, claims[middle] as Claim) < 0) place = middle;
      else low = middle + 1;
    }
  }
  claims.splice(place, 0, claim);
}

export function noArm({ pool, labels }: Claim): Problem {
  const asked = labels.length > 0 ? `labels ${labels.join(", ")} in pool ${pool}` : `pool ${pool}`;
  return { code: "E_NO_ARM", message: `no arm has ${asked}` };
}

/** An attempt that will never get a place fails at once. */
export function turnedAway({ task, item, attempt }: Claim, { code, message }: Problem): readonly Event[] {
  const ref = item === undefined ? { task, attempt } : { task, item, attempt };
  const outcome = {
    status: "failed",
    exitCode: null,
    output: NO_OUTPUT,
    failure: failure("config_error", `${code} ${message}`),
    durationMs: 0,
    usage: null,
  } as const;
  return [
    { type: "attempt.started", ...ref },
    { type: "attempt.ended", ...ref, outcome },
  ];
}
