/** An arm: claims attempts while it has free slots, does each through its driver, and reports one outcome. */
import type { AttemptOutcome } from "../core/event.ts";
import { INTERRUPTED } from "../core/event.ts";
import { failure, NO_OUTPUT, type OutputValue } from "../core/outcome.ts";
import type { Problem, Result } from "../core/problem.ts";
import type { Driver, Outcome, Progress } from "../driver/driver.ts";
import type { ArmOffer, Lease, Lost } from "../host/host.ts";
import type { Prepared } from "./prepare.ts";

const NOTHING_GIVEN = {
  exitCode: null,
  output: NO_OUTPUT,
  failure: null,
  durationMs: 0,
  usage: null,
} as const;

/** What an arm needs of its host; the same for one in the process and one far away. */
export interface ArmHost {
  claim(offer: ArmOffer, signal: AbortSignal): Promise<readonly Lease[]>;
  result(lease: Lease, outcome: AttemptOutcome | Lost): Promise<Result<null>>;
  cacheHit(lease: Lease, output: OutputValue): Promise<Result<null>>;
}

/** Of attempts with a home: asked for nothing else. */
export interface Places {
  /** Its files are saved before it is ended; waits only so long. */
  secure(lease: Lease): Promise<void>;
  /** Its files are taken over or saved; null: it is made again. */
  settle(lease: Lease, outcome: AttemptOutcome | null, isJudged?: boolean): Promise<AttemptOutcome | null>;
  /** Its result is handed in. */
  leave(lease: Lease): Promise<void>;
}

export interface ArmOptions {
  readonly name: string;
  readonly host: ArmHost;
  readonly slots: number;
  readonly pool: string;
  readonly labels: readonly string[];
  readonly driverFor: (lease: Lease) => Driver;
  /** Folder, secrets, environment and brief of an attempt, or why it cannot be made. */
  readonly prepare: (lease: Lease) => Promise<Prepared>;
  /** The files of attempts that do not work in the project itself. */
  readonly places?: Places;
  /** What the journal keeps of a driver's outcome; the workspace is null when it did not get that far. */
  readonly conclude: (lease: Lease, outcome: Outcome, workspace: string | null) => AttemptOutcome;
  /** What a success in the project itself hands on to others is kept, or it is none. `conclude` does so by itself. */
  readonly carry?: (lease: Lease, outcome: AttemptOutcome) => AttemptOutcome;
  /** Runs the check of a `checkable` effect: exit 0 it happened, 1 it did not, anything else nobody knows. */
  readonly check?: (
    argv: readonly string[],
    /** Where the attempt worked; null: the project itself. */
    workspace: string | null,
  ) => Promise<"happened" | "did_not_happen" | "unknown">;
  readonly onProgress: (lease: Lease, progress: Progress) => void;
  /** A result the host did not take: late, or its journal cannot be written. */
  readonly onRefused: (lease: Lease, problems: readonly Problem[]) => void;
}

export class Arm {
  readonly #options: ArmOptions;
  /** What takes up slots. */
  readonly #running = new Set<Lease>();
  /** Begun and not yet answered for; more than what runs while answers are on their way. */
  readonly #begun = new Map<Lease, AbortController>();
  readonly #interrupted = new Set<Lease>();
  #stopped = false;
  /** What is ended as soon as it has begun: its start was on the way when it was interrupted. */
  #isUnwanted: (lease: Lease) => boolean = () => false;
  #freed: () => void = () => {};
  #reports: (() => void)[] = [];

  constructor(options: ArmOptions) {
    this.#options = options;
  }

  /** None also where more go on than there are slots: an engine before had more of them. */
  get freeSlots(): number {
    return Math.max(0, this.#options.slots - this.#running.size);
  }

  /** Claims and works until stopped. */
  async work(): Promise<void> {
    const { host, name, pool, labels } = this.#options;
    while (!this.#stopped) {
      const { freeSlots } = this;
      if (freeSlots === 0) {
        await new Promise<void>((resolve) => {
          this.#freed = resolve;
        });
        continue;
      }
      const claiming = new AbortController();
      // With a reason: an error made for each would cost more than the claim.
      this.#freed = () => claiming.abort("freed");
      const leases = await host.claim({ name, freeSlots, pool, labels }, claiming.signal);
      for (const lease of leases) this.#begin(lease);
    }
  }

  /** Claims nothing more, ends what runs, and resolves when all of it is reported as interrupted. */
  async interrupt(): Promise<void> {
    this.#stopped = true;
    this.#freed();
    this.#interrupt(() => true);
    while (this.#begun.size > 0) await this.#nextReport();
  }

  /** The same of some attempts: it goes on claiming others. */
  async interruptOf(isMeant: (lease: Lease) => boolean): Promise<void> {
    this.#interrupt(isMeant);
    while ([...this.#begun.keys()].some(isMeant)) await this.#nextReport();
  }

  #interrupt(isMeant: (lease: Lease) => boolean): void {
    this.#isUnwanted = isMeant;
    for (const [lease, controller] of this.#begun) {
      if (!isMeant(lease)) continue;
      this.#interrupted.add(lease);
      this.#end(lease, controller, "shutdown");
    }
  }

  #nextReport(): Promise<void> {
    return new Promise((resolve) => this.#reports.push(resolve));
  }

  /** Claims nothing more; what runs is left to its spawn host. */
  stop(): void {
    this.#stopped = true;
    this.#freed();
  }

  #begin(lease: Lease): void {
    const controller = new AbortController();
    this.#running.add(lease);
    this.#begun.set(lease, controller);
    const stop = () => this.#end(lease, controller, lease.signal.reason);
    if (lease.signal.aborted) stop();
    else lease.signal.addEventListener("abort", stop, { once: true });
    void this.#attempt(lease, controller).finally(() => this.#ended(lease));
    if (this.#isUnwanted(lease)) this.#interrupt(this.#isUnwanted);
  }

  #end(lease: Lease, controller: AbortController, reason: unknown): void {
    const places = this.#placesOf(lease);
    if (places === undefined) controller.abort(reason);
    else void places.secure(lease).finally(() => controller.abort(reason));
  }

  #placesOf({ home }: Lease): Places | undefined {
    return home === undefined ? undefined : this.#options.places;
  }

  #ended(lease: Lease): void {
    this.#running.delete(lease);
    this.#begun.delete(lease);
    this.#interrupted.delete(lease);
    this.#freed();
    for (const tell of this.#reports.splice(0)) tell();
  }

  /** Whatever breaks around an attempt fails this attempt, never the engine. */
  async #attempt(lease: Lease, controller: AbortController): Promise<void> {
    try {
      await this.#make(lease, controller);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const broken = failure("unknown", `the arm could not finish the attempt: ${message.slice(0, 300)}`);
      await this.#handIn(
        lease,
        this.#options.host.result(lease, { ...NOTHING_GIVEN, status: "failed", failure: broken }),
      );
    } finally {
      await this.#placesOf(lease)?.leave(lease);
    }
  }

  async #make(lease: Lease, controller: AbortController): Promise<void> {
    const { host, prepare } = this.#options;
    const places = this.#placesOf(lease);
    const prepared = await prepare(lease);
    if (prepared.kind === "hit") return this.#hit(lease, prepared.output);
    const outcome =
      prepared.kind === "refused" ? prepared.outcome : await this.#drive(lease, prepared, controller);
    const workspace = prepared.kind === "refused" ? null : prepared.work.workspace;
    const isMadeAgain = this.#interrupted.has(lease) && outcome.status === "cancelled";
    const found = isMadeAgain
      ? { lost: INTERRUPTED }
      : outcome.status === "lost"
        ? await this.#lost(lease, outcome, workspace)
        : this.#options.conclude(lease, outcome, workspace);
    const settled = await places?.settle(lease, "lost" in found ? null : found);
    await this.#handIn(lease, host.result(lease, settled ?? found));
  }

  /** What was put back goes where the work itself would have gone. */
  async #hit(lease: Lease, output: OutputValue): Promise<void> {
    const { host } = this.#options;
    const success = this.#carried(lease, { ...NOTHING_GIVEN, status: "success", output });
    const settled = (await this.#placesOf(lease)?.settle(lease, success, true)) ?? success;
    const isTaken = settled.status === "success";
    return this.#handIn(lease, isTaken ? host.cacheHit(lease, output) : host.result(lease, settled));
  }

  /** A `checkable` effect has a way to learn whether it happened; everything else is left to the decider. */
  async #lost(
    lease: Lease,
    { failure: gone, neverBegan }: Outcome,
    workspace: string | null,
  ): Promise<AttemptOutcome | Lost> {
    const cause =
      neverBegan === true ? INTERRUPTED : (gone?.message ?? "its process is gone and left no exit code");
    const { effect, check } = lease.assignment;
    if (effect !== "checkable" || check === null) return { lost: cause };
    const found = (await this.#options.check?.(check, workspace)) ?? "unknown";
    const notes = [`found done by its check after: ${cause}`];
    if (found === "happened") return this.#carried(lease, { ...NOTHING_GIVEN, status: "success", notes });
    return found === "did_not_happen" ? { lost: cause, undone: true } : { lost: cause };
  }

  #carried(lease: Lease, outcome: AttemptOutcome): AttemptOutcome {
    return this.#options.carry?.(lease, outcome) ?? outcome;
  }

  /** Its slot is free once the outcome is handed in: what follows starts with the same commit, not with the next. */
  async #handIn(lease: Lease, answer: Promise<Result<null>>): Promise<void> {
    this.#running.delete(lease);
    this.#freed();
    const result = await answer;
    if (!result.ok) this.#options.onRefused(lease, result.problems);
  }

  /** A driver that throws has failed its attempt, not the engine. */
  async #drive(
    lease: Lease,
    prepared: Prepared & { readonly kind: "ready" },
    controller: AbortController,
  ): Promise<Outcome> {
    const steps = this.#options.driverFor(lease).run(prepared.work, controller.signal);
    try {
      for (;;) {
        const step = await steps.next();
        if (step.done === true) return step.value;
        if (step.value.kind === "usage" && isOver(lease, step.value)) this.#end(lease, controller, "budget");
        this.#options.onProgress(lease, step.value);
      }
    } catch (thrown) {
      return prepared.broken(thrown);
    }
  }
}

function isOver(lease: Lease, { usage }: Progress & { readonly kind: "usage" }): boolean {
  const { usd, tokens } = lease.assignment.budget;
  return (usd !== null && (usage.costUsd ?? 0) >= usd) || (tokens !== null && (usage.tokens ?? 0) >= tokens);
}
