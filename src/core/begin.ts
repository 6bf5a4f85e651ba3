/** A new run and new units: the values everything starts from. */
import type { RunStarted } from "./event.ts";
import type { JsonMap } from "./json.ts";
import { NO_OUTPUT } from "./outcome.ts";
import type { Run, RunSettings, TaskState, TaskStatus, Unit } from "./run.ts";
import { type Vector, vectorOf } from "./vector.ts";
import type { Workflow } from "./workflow.ts";

const NOTHING_USED = { costUsd: null, tokens: null } as const;
const NOTHING_RAISED = { usd: 0, tokens: 0 } as const;

/** A unit that has not begun; `attempt` goes on from earlier rounds so that no attempt number comes twice. */
export function freshUnit(attempt: number): Unit {
  return {
    status: "pending",
    reason: null,
    skipReason: null,
    attempt,
    live: false,
    role: "task",
    tries: 0,
    lost: 0,
    repairs: 0,
    fallbackUsed: false,
    iteration: 1,
    previous: null,
    startedAt: null,
    startedTick: null,
    triedTick: null,
    durationMs: 0,
    exitCode: null,
    output: NO_OUTPUT,
    error: null,
    usage: NOTHING_USED,
    tasks: null,
    checks: [],
    answers: [],
    answered: null,
    decision: null,
    waiting: null,
    timer: null,
    stopping: null,
    childWaits: false,
  };
}

export function freshTask(left: number): TaskState {
  return {
    status: "pending",
    reason: null,
    skipReason: null,
    left,
    round: 0,
    feedback: null,
    decision: null,
    approval: null,
    measuring: false,
    measured: null,
    difference: null,
    voided: 0,
    fanOut: 0,
    unit: freshUnit(0),
    items: null,
    startedAt: null,
    startedTick: null,
    endedAt: null,
    durationMs: 0,
    output: NO_OUTPUT,
    error: null,
    usage: NOTHING_USED,
    budgetRaised: NOTHING_RAISED,
    cached: false,
    earlier: null,
  };
}

/** Tasks that have not begun are equal but for their dependencies, so one state stands for many: 10,000 cost nothing. */
function freshTasks({ tasks }: Workflow): Vector<TaskState> {
  const byLeft = new Map<number, TaskState>();
  const states = tasks.map(({ dependencies: { length } }) => {
    const known = byLeft.get(length) ?? freshTask(length);
    byLeft.set(length, known);
    return known;
  });
  return vectorOf(states);
}

export interface Beginning {
  readonly id: string;
  readonly workflow: Workflow;
  readonly start: RunStarted;
  readonly at: number;
  readonly variables: JsonMap;
}

export function freshRun({ id, workflow, start, at, variables }: Beginning): Run {
  return {
    id,
    workflow,
    start,
    startedAt: at,
    status: "running",
    phase: "queued",
    sequence: 0,
    at,
    tick: 0,
    startedTick: 0,
    endedAt: null,
    tasks: freshTasks(workflow),
    left: workflow.size,
    ticking: 0,
    live: 0,
    counts: { ...NO_COUNTS, pending: workflow.size },
    settings: UNREAD,
    clock: { remainingMs: UNREAD.timeoutSeconds * 1000, since: null },
    halt: null,
    failure: null,
    failed: [],
    variables,
    group: null,
    usage: NOTHING_USED,
    budgetRaised: NOTHING_RAISED,
    openDecisions: 0,
    decision: null,
    instances: 0,
    reopened: 0,
    inbox: (start.events ?? []).map((event) => ({ ...event, taken: [] })),
    outcome: null,
    hook: null,
    rerunning: [],
    warnings: [],
    outputs: null,
    cancels: 0,
  };
}

/** Until they are read, in the same entry (start.ts). */
const UNREAD: RunSettings = { maxParallel: 1, timeoutSeconds: 1, budget: null };

export const NO_COUNTS: Readonly<Record<TaskStatus, number>> = {
  pending: 0,
  queued: 0,
  running: 0,
  waiting: 0,
  success: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
};
