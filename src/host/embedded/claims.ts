/** Where arms wait for attempts: what core/grant allows is started, in the turn in which it became free. */

import { assign } from "../../core/assignment.ts";
import { judged } from "../../core/attempt.ts";
import { Draft, type Spot, spotOf, viewOf } from "../../core/draft.ts";
import type { Claim, StopCause } from "../../core/effect.ts";
import type { Assignment, AttemptOutcome, AttemptRef, Event } from "../../core/event.ts";
import type { Lookup } from "../../core/lookup.ts";
import { type Failure, NO_OUTPUT } from "../../core/outcome.ts";
import { unitOf } from "../../core/places.ts";
import type { Run } from "../../core/run.ts";
import type { SecretSources } from "../../core/secret-source.ts";
import { secretSource } from "../../core/secrets.ts";
import { credentialsOf } from "../../core/worker.ts";
import type { ArmOffer, Lease } from "../host.ts";
import { attemptKey, refOf } from "../queue.ts";
import type { Desk } from "./desk.ts";
import { homeIn } from "./homes.ts";
import type { LeaseTable } from "./leases.ts";
import type { Store } from "./store.ts";

interface Pending {
  readonly offer: ArmOffer;
  readonly give: (leases: readonly Lease[]) => void;
}

export interface ClaimCounterOptions {
  readonly token: () => string;
  readonly lookup: Lookup;
  readonly store: Pick<Store, "pressure">;
}

export class ClaimCounter {
  readonly #desk: Desk;
  readonly #leases: LeaseTable;
  readonly #options: ClaimCounterOptions;
  readonly #pending: Pending[] = [];
  /** Their leases are on the way into the journal. */
  readonly #served = new Set<Pending>();
  /** Attempts of an earlier engine that an arm must look after. */
  readonly #orphans: Claim[] = [];

  constructor(desk: Desk, leases: LeaseTable, options: ClaimCounterOptions) {
    this.#desk = desk;
    this.#leases = leases;
    this.#options = options;
  }

  get hasWork(): boolean {
    return this.#desk.worlds.isAsked || this.#orphans.length > 0;
  }

  adopt(live: readonly Claim[]): void {
    this.#orphans.push(...live);
  }

  /** Waits in line; returns how to step out of it. */
  add(offer: ArmOffer, give: (leases: readonly Lease[]) => void): () => void {
    const pending: Pending = { offer, give };
    this.#pending.push(pending);
    return () => {
      const place = this.#pending.indexOf(pending);
      if (place < 0) return;
      this.#pending.splice(place, 1);
      give([]);
    };
  }

  /** Sends everybody away; what was served and will never be written was never given. */
  close(isWritten: boolean): void {
    for (const pending of this.#pending.splice(0)) pending.give([]);
    if (isWritten) return;
    for (const pending of this.#served) pending.give([]);
    this.#served.clear();
  }

  /** Starts what may start; what is returned hands the leases out, once the starts are in the journal. */
  serve(): (() => void)[] {
    this.#beginPasses();
    const handOuts: (() => void)[] = [];
    do handOuts.push(...this.#serveArms());
    while (this.#beginPasses() > 0);
    return handOuts;
  }

  /** What needs no arm: passes whose paths are free. How many there were. */
  #beginPasses(): number {
    let begun = 0;
    for (let claim = this.#nextPass(); claim !== undefined; claim = this.#nextPass()) {
      this.#desk.quietly(claim.run, startOf(claim));
      begun += 1;
    }
    return begun;
  }

  #nextPass(): Claim | undefined {
    return this.#nextClaim({ freeSlots: 0, pool: null, labels: [] });
  }

  /** On a full disk nothing new begins: what runs needs the room to end. */
  #nextClaim(offer: Parameters<Desk["worlds"]["next"]>[0]): Claim | undefined {
    return this.#options.store.pressure === null ? this.#desk.worlds.next(offer) : undefined;
  }

  #serveArms(): (() => void)[] {
    const handOuts: (() => void)[] = [];
    for (const pending of [...this.#pending]) {
      const leases = this.#leasesFor(pending.offer);
      if (leases.length === 0) continue;
      this.#pending.splice(this.#pending.indexOf(pending), 1);
      this.#served.add(pending);
      handOuts.push(() => {
        this.#served.delete(pending);
        pending.give(leases);
      });
    }
    return handOuts;
  }

  #leasesFor(offer: ArmOffer): readonly Lease[] {
    const leases: Lease[] = [];
    while (leases.length < offer.freeSlots) {
      const orphan = this.#orphans.shift();
      const claim = orphan ?? this.#nextClaim(offer);
      if (claim === undefined) break;
      const lease = orphan === undefined ? this.#begin(claim, offer) : this.#lease(claim, offer, true);
      if (lease !== null) leases.push(lease);
    }
    return leases;
  }

  #begin(claim: Claim, offer: ArmOffer): Lease | null {
    this.#desk.worlds.by(claim.run).queue.hold(claim);
    if (this.#desk.take(claim.run, null, startOf(claim)) !== null) {
      this.#desk.worlds.release(claim.run, claim);
      return null;
    }
    return this.#lease(claim, offer, false);
  }

  /** null when what the attempt shall do cannot be read: it has failed before it began. */
  #lease(claim: Claim, offer: ArmOffer, reattach: boolean): Lease | null {
    const run = this.#desk.run(claim.run);
    // Closed since, or set back so far that the place is gone: nobody waits for it any more.
    if (run === undefined || (reattach && placeOf(run, claim) === undefined)) {
      this.#desk.worlds.release(claim.run, claim);
      return null;
    }
    const ref = refOf(claim);
    const { parent } = run.start;
    const outer = parent === null ? undefined : this.#desk.run(parent.run);
    const assigned = assign(run, ref, this.#desk.moment(claim.run), this.#options.lookup, outer);
    if (assigned.ok) {
      const secrets = secretSources(run, assigned.assignment);
      const given = {
        token: this.#options.token(),
        arm: offer.name,
        assignment: assigned.assignment,
        secrets,
        reattach,
        ...this.#home(run, assigned.assignment),
      };
      const lease = this.#leases.give(given);
      const stopping = reattach ? stopOf(run, ref) : null;
      if (stopping !== null) this.#leases.stop(attemptKey(claim.run, ref), stopping);
      return lease;
    }
    this.#desk.worlds.release(claim.run, ref);
    const outcome = {
      status: "failed",
      exitCode: null,
      output: NO_OUTPUT,
      failure: assigned.failure,
      durationMs: 0,
      usage: null,
    } as const;
    this.#desk.quietly(claim.run, { type: "attempt.ended", ...ref, outcome });
    return null;
  }

  /** Nothing of the run changes by it. */
  judge({ assignment }: Lease, outcome: AttemptOutcome): Failure | null {
    const run = this.#desk.run(assignment.run);
    if (run === undefined) return null;
    const draft = new Draft(run, this.#desk.moment(run.id), this.#options.lookup);
    const spot = draft.spot(assignment);
    return spot === undefined ? null : judged(draft, spot, outcome);
  }

  /** What works in the project itself has none. */
  #home(run: Run, { worktree }: Assignment): Pick<Lease, "home"> {
    const home = homeIn(this.#desk, run, this.#options.lookup);
    return worktree === undefined && home.workspace.mode === "shared" ? {} : { home };
  }
}

function startOf(claim: Claim): Event {
  const { repairOf, retryOf } = claim;
  const purpose = { ...(repairOf !== undefined && { repairOf }), ...(retryOf !== undefined && { retryOf }) };
  return { type: "attempt.started", ...refOf(claim), ...purpose };
}

/** Why an attempt that an earlier engine began shall end; one that its run has given up is ended too. */
function stopOf(run: Run, ref: AttemptRef): StopCause | null {
  const spot = placeOf(run, ref);
  const unit = spot === undefined ? null : unitOf(viewOf(run), spot);
  return unit?.live === true && unit.attempt === ref.attempt ? unit.stopping : "cancelled";
}

function placeOf(run: Run, ref: AttemptRef): Spot | undefined {
  const view = viewOf(run);
  return spotOf(run.workflow, (index) => view.taskAt(index), ref);
}

/** Where the secrets come from that an environment names, and the credentials of a worker. */
function secretSources(run: Run, { agent, env, worker }: Assignment): SecretSources {
  const names = Object.values(env).flatMap((value) =>
    typeof value === "string" ? [] : value.flatMap((part) => (typeof part === "string" ? [] : [part.secret])),
  );
  const named = Object.fromEntries(names.map((name) => [name, secretSource(run, name)]));
  return worker === undefined ? named : { ...named, ...credentialsOf(agent, worker) };
}
