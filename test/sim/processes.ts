/** Processes outside of the engine, and what the claims of running attempts hold of slots, lanes and paths. */
import assert from "node:assert/strict";
import type { Claim } from "../../src/core/effect.ts";
import type { AttemptOutcome, AttemptRef, Hold } from "../../src/core/event.ts";
import { fits, type Held } from "../../src/core/grant.ts";
import { placeOf } from "./track.ts";

export interface Process {
  readonly run: string;
  readonly claim: Claim;
  endsAt: number;
  outcome: AttemptOutcome;
  isStopped: boolean;
  /** Its exit was told to the engine. The log keeps it, so that it can be told again after a crash. */
  told: boolean;
}

export class Processes {
  readonly #slots: number;
  readonly all = new Map<string, Process>();
  readonly #holds = new Map<string, Claim>();
  /** Paths of passes, by the run that each became. */
  readonly #passes = new Map<string, readonly string[]>();
  /** The most that ever ran at once. */
  most = 0;

  constructor(slots: number) {
    this.#slots = slots;
  }

  get held(): Held {
    const lanes = new Map<string, number>();
    const touches: { owner: string; globs: readonly string[] }[] = [...this.#passes].map(
      ([owner, globs]) => ({ owner, globs }),
    );
    for (const [owner, claim] of this.#holds) {
      for (const { name } of claim.lanes) lanes.set(name, (lanes.get(name) ?? 0) + 1);
      if (claim.touches.length > 0) touches.push({ owner, globs: claim.touches });
    }
    return { lanes, touches };
  }

  get freeSlots(): number {
    return this.#slots - this.#holds.size;
  }

  mayStart(claim: Claim): boolean {
    const isPass = claim.pool === null;
    const offer = { freeSlots: this.freeSlots, pool: isPass ? null : "default", labels: [] };
    return (isPass || this.freeSlots > 0) && fits(claim, offer, this.held);
  }

  /** Slots, lanes and paths are counted again, whoever granted them. */
  hold(claim: Claim): void {
    this.#holds.set(key(claim.run, claim), claim);
    assert.ok(this.#holds.size <= this.#slots, `${this.#holds.size} attempts at once, ${this.#slots} slots`);
    this.most = Math.max(this.most, this.#holds.size);
    const { lanes } = this.held;
    for (const { name, limit } of claim.lanes) {
      assert.ok(
        (lanes.get(name) ?? 0) <= limit,
        `lane ${name} holds ${lanes.get(name)}, its limit is ${limit}`,
      );
    }
    this.#mustBeAlone(key(claim.run, claim), claim.touches, claim.within);
  }

  /** A pass takes its paths for itself and for what is inside it. */
  holdPaths({ run, touches }: Hold, around: readonly Hold[]): void {
    this.#passes.set(run, touches);
    this.#mustBeAlone(
      run,
      touches,
      around.map((one) => one.run),
    );
  }

  releasePaths(run: string): void {
    this.#passes.delete(run);
  }

  #mustBeAlone(owner: string, touches: readonly string[], within: readonly string[]): void {
    for (const other of this.held.touches) {
      if (other.owner === owner || within.includes(other.owner)) continue;
      for (const one of other.globs)
        for (const two of touches)
          assert.notEqual(
            folder(one),
            folder(two),
            `${one} of ${other.owner} and ${two} of ${owner} at once`,
          );
    }
  }

  spawn(claim: Claim, endsAt: number, outcome: AttemptOutcome): void {
    this.all.set(key(claim.run, claim), {
      run: claim.run,
      claim,
      endsAt,
      outcome,
      isStopped: false,
      told: false,
    });
  }

  stop(run: string, ref: AttemptRef, endsAt: number): void {
    const process = this.all.get(key(run, ref));
    if (process === undefined) return;
    process.isStopped = true;
    if (process.endsAt <= endsAt) return;
    process.endsAt = endsAt;
    process.outcome = { ...process.outcome, status: "cancelled", exitCode: null, failure: null };
  }

  delay(process: Process, ms: number): void {
    process.endsAt += ms;
    process.told = false;
  }

  stateOf(claim: Claim): "known" | "unknown" {
    const process = this.all.get(key(claim.run, claim));
    if (process === undefined) return "unknown";
    process.told = false;
    return "known";
  }

  release(run: string, ref: AttemptRef): void {
    this.#holds.delete(key(run, ref));
  }

  forgetHolds(): void {
    this.#holds.clear();
    this.#passes.clear();
  }

  killAll(): void {
    this.all.clear();
  }
}

function key(run: string, ref: AttemptRef): string {
  return `${run}/${placeOf(ref)}`;
}

function folder(glob: string): string {
  return glob.split("/")[0] as string;
}
