/**
 * The port behind which journals are kept and effects carried out, at least once. Types only: every room may
 * import this file. One suite, test/suites/host.suite.ts, passes on every implementation.
 */

import type { Decision } from "../core/effect.ts";
import type { Assignment, AttemptOutcome, Entry, Event, RunStarted } from "../core/event.ts";
import type { Json, JsonMap } from "../core/json.ts";
import type { Result } from "../core/problem.ts";
import type { RunStatus } from "../core/run.ts";
import type { SecretSource } from "../core/secret-source.ts";
import type { Home } from "../core/workspace-words.ts";

/** An attempt handed to an arm. The token must come back with the result: it is the fence. */
export interface Lease {
  readonly token: string;
  readonly arm: string;
  readonly assignment: Assignment;
  /** Where the secrets that `assignment.env` names come from; resolved by the arm when the attempt starts. */
  readonly secrets: Readonly<Record<string, SecretSource>>;
  /** The run whose branch it has to do with; absent: it works in the project itself. */
  readonly home?: Home;
  /** True when an earlier engine started it and its child may still be alive. */
  readonly reattach: boolean;
  /** Aborted with a StopCause when the attempt shall end. */
  readonly signal: AbortSignal;
}

/** An attempt whose end nobody saw. `undone`: the check of its effect says that it did not happen. */
export interface Lost {
  readonly lost: string;
  readonly undone?: boolean;
}

export interface ArmOffer {
  readonly name: string;
  readonly freeSlots: number;
  readonly pool: string;
  readonly labels: readonly string[];
}

export interface Host {
  /** Begins a run. The definition is kept under its digest before the run's first entry. */
  start(run: string, definition: string, started: RunStarted): Promise<Result<null>>;
  /** Applies an event once: a repeated key gets the recorded answer. Resolves when it is durable. */
  apply(run: string, key: string | null, event: Event): Promise<Result<null>>;
  /** Resolves with attempts for this arm once there are some and their starts are durable; empty when aborted. */
  claim(arm: ArmOffer, signal: AbortSignal): Promise<readonly Lease[]>;
  /** Accepts an attempt's outcome once; a late or repeated one is refused with E_FENCED. */
  result(lease: Lease, outcome: AttemptOutcome | Lost): Promise<Result<null>>;
  /** Entries of a run after a sequence, then every new one as it becomes durable, until aborted or the run is closed. */
  tail(run: string, after: number, signal: AbortSignal): AsyncGenerator<Entry>;
  /** Resolves with the end status once the run and its hooks have ended, or with null when it only waits for people. */
  ended(
    run: string,
    options: { readonly untilWaiting: boolean },
    signal: AbortSignal,
  ): Promise<RunStatus | null>;
  list(query: RunQuery): readonly RunRow[];
  tasks(run: string): readonly TaskRow[];
  /** Nothing new starts; resolves when everything is durable. Running attempts are left to their spawn host. */
  close(): Promise<void>;
}

export interface RunQuery {
  readonly status?: readonly RunStatus[];
  readonly workflow?: string;
  /** Children are left out unless asked for. */
  readonly parent?: string | null;
  readonly label?: string;
  /** Started at or after, ms since the epoch. */
  readonly since?: number;
  /** A text in its workflow, label, params or failure; capitals do not count in ASCII. */
  readonly search?: string;
  readonly limit?: number;
  /** Runs that began before this one: the next page. */
  readonly before?: string;
}

/** A run as lists show it. Read model: never read by the decider, rebuilt by replay. */
export interface RunRow {
  readonly run: string;
  readonly workflow: string;
  readonly digest: string;
  readonly status: RunStatus;
  readonly parent: string | null;
  readonly root: string;
  readonly label: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly done: number;
  readonly total: number;
  readonly failedTask: string | null;
  readonly failureClass: string | null;
  readonly failureMessage: string | null;
  readonly costUsd: number | null;
  readonly tokens: number | null;
  readonly waitingFor: number;
  readonly rehearse: boolean;
  /** Sequence of the last entry. */
  readonly sequence: number;
  /** Params, outputs and what else only `show` needs, as JSON. */
  /** null when written: what stands there is kept. */
  readonly detail: JsonMap | null;
}

/** A run that was started anew from another one, with other params. */
export interface RetryRow {
  readonly run: string;
  readonly of: string;
}

/** How many decisions people were asked for in a run, without those of runs inside it. */
export interface AskedRow {
  readonly run: string;
  readonly root: string;
  readonly count: number;
}

export interface TaskRow {
  readonly run: string;
  /** Task id, `TASK[key]` for an instance. */
  readonly task: string;
  /** Place in the file, then of the item. */
  readonly position: number;
  readonly status: string;
  readonly reason: string | null;
  readonly skipReason: string | null;
  readonly attempts: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly failureClass: string | null;
  readonly failureMessage: string | null;
  readonly costUsd: number | null;
  /** Inline output as JSON text, or `{"digest":…,"bytes":…}` for a large one. */
  readonly output: string | null;
  readonly detail: Json;
}

/** Open effects: what must be looked at again after a restart, and what `inbox` lists. */
export interface EffectRow {
  readonly run: string;
  readonly id: string;
  readonly kind: "timer" | "decision" | "child" | "group";
  readonly detail: Decision | JsonMap;
}
