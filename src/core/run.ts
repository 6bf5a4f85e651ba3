import type { Decision, StopCause, Timer } from "./effect.ts";
import type { GivenEvent, Item, RunStarted } from "./event.ts";
import type { Json, JsonMap } from "./json.ts";
import type { Measured } from "./measured.ts";
import type { Failure, GivenAnswer, OutputValue, Usage } from "./outcome.ts";
import type { Vector } from "./vector.ts";
import type { Budget, Workflow } from "./workflow.ts";

export type TaskStatus =
  | "pending"
  | "queued"
  | "running"
  | "waiting"
  | "success"
  | "failed"
  | "skipped"
  | "cancelled";
export type RunStatus = "queued" | "running" | "paused" | "success" | "failed" | "cancelled";
export type WaitReason =
  | "approval"
  | "retry"
  | "quota"
  | "event"
  | "time"
  | "blocked"
  | "review"
  | "budget"
  | "concurrency";
export type SkipReason =
  | "condition"
  | "failure"
  | "upstream_skipped"
  | "upstream_failed"
  | "stopped"
  | "finished"
  | "not_selected";

export const TASK_STATUSES: readonly TaskStatus[] = [
  "pending",
  "queued",
  "running",
  "waiting",
  "success",
  "failed",
  "skipped",
  "cancelled",
];
export const RUN_STATUSES: readonly RunStatus[] = [
  "queued",
  "running",
  "paused",
  "success",
  "failed",
  "cancelled",
];
export const WAIT_REASONS: readonly WaitReason[] = [
  "approval",
  "retry",
  "quota",
  "event",
  "time",
  "blocked",
  "review",
  "budget",
  "concurrency",
];
export const SKIP_REASONS: readonly SkipReason[] = [
  "condition",
  "failure",
  "upstream_skipped",
  "upstream_failed",
  "stopped",
  "finished",
  "not_selected",
];

export type EndStatus = "success" | "failed" | "cancelled";

/**
 * What a run is, folded from its entries. Immutable: transition makes a new one and shares what it did not touch.
 *
 * Phases, in order: `queued` (waits for its concurrency group) → `on_start` (its hooks) → `main` (tasks) →
 * `after` (on_success or on_failure) → `complete` (on_complete) → `closed`. A phase without hooks is passed through.
 */
export interface Run {
  readonly id: string;
  readonly workflow: Workflow;
  readonly start: RunStarted;
  readonly startedAt: number;
  readonly status: RunStatus;
  readonly phase: "queued" | "on_start" | "main" | "after" | "complete" | "closed";
  /** Sequence, wall time and tick of the last entry. */
  readonly sequence: number;
  readonly at: number;
  readonly tick: number;
  /** 0, or less by what an attempt of it went on unseen, between engines. */
  readonly startedTick: number;
  readonly endedAt: number | null;
  readonly tasks: Vector<TaskState>;
  /** Tasks outside hooks that have not ended. */
  readonly left: number;
  /**
   * Units outside hooks that are queued, running, or waiting for retry or event: while one is, the run clock counts.
   * Of a group or sub-workflow that runs, only while something goes on in its child.
   */
  readonly ticking: number;
  /** Attempts started and not ended, children alive. */
  readonly live: number;
  /** How many tasks outside hooks are in each state; kept so that lists and closing cost nothing. */
  readonly counts: Readonly<Record<TaskStatus, number>>;
  /** Read when it started. */
  readonly settings: RunSettings;
  readonly clock: RunClock;
  /** Set by the first failure under on_failure: stop, by finish, cancel and timeout: what may still begin. */
  readonly halt: Halt | null;
  /** Why the run failed: its first failed task, or the run itself. */
  readonly failure: (Failure & { readonly task: string | null }) | null;
  /** Ids of the tasks that failed, in the order in which they did. */
  readonly failed: readonly string[];
  readonly variables: JsonMap;
  readonly group: { readonly name: string; readonly limit: number; readonly held: boolean } | null;
  readonly usage: Usage;
  /** Added to the budget by people. */
  readonly budgetRaised: { readonly usd: number; readonly tokens: number };
  /** How many decisions are open: "needs you" when it is not 0. They stand with the task, unit or run they belong to. */
  readonly openDecisions: number;
  /** The run's own: a used-up budget. */
  readonly decision: Decision | null;
  /** Instances of foreach and matrix made so far. */
  readonly instances: number;
  /** How often it was opened again after its end. */
  readonly reopened: number;
  /** Events that came, for waits that have not begun; each wait takes each event once. */
  readonly inbox: readonly KeptEvent[];
  /** What the tasks came to, once they have all ended; hooks follow it. */
  readonly outcome: EndStatus | null;
  /** The running hook list, or null. */
  readonly hook: HookRun | null;
  /** Tasks that are run again and have not ended: nothing after them begins. */
  readonly rerunning: readonly number[];
  readonly warnings: readonly string[];
  readonly outputs: JsonMap | null;
  /** How often it was cancelled: the second time skips the hooks. */
  readonly cancels: number;
}

/** A list of hooks on its way: which one is on, and what is left of the time the list may take. */
export interface HookRun {
  readonly list: "on_start" | "on_success" | "on_failure" | "on_complete";
  readonly position: number;
  readonly clock: RunClock;
  /** Its time is over or somebody cancelled: the running hook is the last. */
  readonly stopped: boolean;
}

/** `stop`: only descendants of a failure go on · the others: nothing new starts and what runs is ended. */
export type Halt =
  | { readonly kind: "stop"; readonly open: ReadonlySet<number> }
  | { readonly kind: "finish"; readonly status: EndStatus; readonly message: string | null }
  | { readonly kind: "cancel" }
  | { readonly kind: "timeout" }
  /** A person did not raise the used-up budget of the run. */
  | { readonly kind: "budget" };

export interface KeptEvent extends GivenEvent {
  /** Names of the units that have had it. */
  readonly taken: readonly string[];
}

export interface RunSettings {
  readonly maxParallel: number;
  readonly timeoutSeconds: number;
  readonly budget: Budget | null;
}

export interface RunClock {
  readonly remainingMs: number;
  /** Tick since which it counts; null while it stands. */
  readonly since: number | null;
}

export interface TaskState {
  readonly status: TaskStatus;
  readonly reason: WaitReason | null;
  readonly skipReason: SkipReason | null;
  /** Dependencies that have not ended. */
  readonly left: number;
  /** Counts send-backs and reopenings; part of decision ids. */
  readonly round: number;
  readonly feedback: string | null;
  /** The open question of the task's approval block. */
  readonly decision: Decision | null;
  /** What the approval block of the task gave. */
  readonly approval: JsonMap | null;
  /** What is to be approved is being looked at; nobody is asked before. */
  readonly measuring: boolean;
  /** What was found; an approval is bound to it. */
  readonly measured: Measured | null;
  /** How what was approved had changed when it was about to be done. */
  readonly difference: string | null;
  /** How often an approval of it became void by that. */
  readonly voided: number;
  /** How many agents a person has let it start beyond the cap. */
  readonly fanOut: number;
  /** The unit of a task that is not mapped. */
  readonly unit: Unit;
  /** Of a mapped task, once expanded. */
  readonly items: Mapped | null;
  readonly startedAt: number | null;
  readonly startedTick: number | null;
  readonly endedAt: number | null;
  readonly durationMs: number;
  readonly output: OutputValue;
  readonly error: Failure | null;
  /** Used by the whole task. */
  readonly usage: Usage;
  readonly budgetRaised: { readonly usd: number; readonly tokens: number };
  readonly cached: boolean;
  /** While it is run again: how it was, which others see until it has ended. */
  readonly earlier: TaskState | null;
}

export interface Mapped {
  readonly list: readonly Item[];
  readonly units: Vector<Unit>;
  /** Units begun: they are begun in order, so this is also the next one. */
  readonly begun: number;
  /** Units begun and not ended. */
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly maxParallel: number;
  /** No further unit is begun. */
  readonly stopped: boolean;
}

/** One instance on its way: iterations, in them tries, in them attempts. */
export interface Unit {
  readonly status: TaskStatus;
  readonly reason: WaitReason | null;
  readonly skipReason: SkipReason | null;
  /** Number of the last attempt asked for; over all iterations, repairs and rounds. */
  readonly attempt: number;
  /** True between attempt.started and its end; of a child from its request on. */
  readonly live: boolean;
  /** What the current attempt is. */
  readonly role: "task" | "repair" | "fallback";
  /** Counted tries of this iteration under this role. */
  readonly tries: number;
  readonly lost: number;
  readonly repairs: number;
  readonly fallbackUsed: boolean;
  readonly iteration: number;
  /** View of the iteration before, null in the first. */
  readonly previous: JsonMap | null;
  readonly startedAt: number | null;
  /** As many ticks earlier than it was as it went on unseen, between engines. */
  readonly startedTick: number | null;
  /** When the last attempt, or child, began. */
  readonly triedTick: number | null;
  readonly durationMs: number;
  readonly exitCode: number | null;
  readonly output: OutputValue;
  readonly error: Failure | null;
  readonly usage: Usage;
  /** Of a group: views of its body's tasks. */
  readonly tasks: JsonMap | null;
  /** Checks judged after the last attempt. */
  readonly checks: readonly { readonly check: string; readonly passed: boolean; readonly actual: Json }[];
  /** What was said to its attempts, for those that follow. Of a misfit until the try it belongs to is counted. */
  readonly answers: readonly GivenAnswer[];
  /** The attempt to which the last of that was said: the next one goes on with its session. null: nothing was, or it was tried since. */
  readonly answered: number | null;
  /** The open question of an approval task, an agent, a blocker or a used-up budget. */
  readonly decision: Decision | null;
  /** What a wait waits for. */
  readonly waiting: { readonly event: string; readonly key: string } | null;
  /** Of a waiting unit: its timer, so that it can be set again after a restart. */
  readonly timer: Timer | null;
  /** Being stopped, and why. */
  readonly stopping: StopCause | null;
  /** Its child lives and only waits. */
  readonly childWaits: boolean;
  /** The attempt whose failure is being mended, or was before the current try; absent and null: none. */
  readonly mends?: number | null;
  /** The attempt in whose worktree it goes on since a repair; absent and null: each attempt has its own. */
  readonly worksIn?: number | null;
}
