/**
 * What must hold of a run at rest, as code. `checkRun` counts everything again (tests, simulator, at the close);
 * `checkTouched` looks only at what one entry changed and is cheap enough for every event. Both throw: a broken
 * invariant is a bug of ours.
 */
import { NO_COUNTS } from "./begin.ts";
import { goesOn } from "./clock.ts";
import { isEnded } from "./draft.ts";
import { must } from "./invariant.ts";
import type { Mapped, Run, TaskState, TaskStatus, Unit } from "./run.ts";
import { at, changedPlaces, each } from "./vector.ts";
import type { Task } from "./workflow.ts";

export function checkRun(run: Run): void {
  checkSelf(run);
  for (const task of run.workflow.tasks) checkTask(run, task, at(run.tasks, task.index));
  const found = recount(run);
  const told = `counts of run ${run.id} are right`;
  must(found.live === run.live, `${told}: live ${run.live}, found ${found.live}`);
  must(found.ticking === run.ticking, `${told}: ticking ${run.ticking}, found ${found.ticking}`);
  must(
    found.decisions === run.openDecisions,
    `${told}: decisions ${run.openDecisions}, found ${found.decisions}`,
  );
  must(found.instances <= run.instances, `${told}: instances ${run.instances}, found ${found.instances}`);
  for (const status of Object.keys(run.counts) as TaskStatus[]) {
    must(
      found.counts[status] === run.counts[status],
      `${told}: ${status} ${run.counts[status]}, found ${found.counts[status]}`,
    );
  }
}

/** `after` is the run that one entry made of `before`. */
export function checkTouched(before: Run, after: Run): void {
  checkSelf(after);
  must(after.sequence === before.sequence + 1, "entries count on by one");
  must(after.tick >= before.tick, "ticks never go back");
  must(
    before.phase !== "closed" || after.reopened === before.reopened + 1,
    "what is closed changes only by being opened again",
  );
  for (const index of changedPlaces(before.tasks, after.tasks)) {
    const task = after.workflow.tasks[index] as Task;
    checkTask(after, task, at(after.tasks, index));
    checkChange(task, at(before.tasks, index), at(after.tasks, index));
  }
}

/** What the run's own fields say of each other. */
function checkSelf(run: Run): void {
  const { counts, left, status, phase, clock, hook } = run;
  const open = counts.pending + counts.queued + counts.running + counts.waiting;
  const ended = counts.success + counts.failed + counts.skipped + counts.cancelled;
  must(
    open === left && open + ended === run.workflow.size,
    `each task is counted once: ${JSON.stringify(counts)}, left ${left}`,
  );
  must(
    Math.min(...Object.values(counts), run.live, run.ticking, run.openDecisions) >= 0,
    "nothing is counted below zero",
  );
  const counting =
    status === "running" &&
    phase === "main" &&
    goesOn(run) &&
    (run.halt === null || run.halt.kind === "stop");
  must(
    (clock.since !== null) === counting,
    `the run clock ${counting ? "counts" : "stands"} in ${phase}, ${status}`,
  );
  must(clock.remainingMs >= 0, "no clock runs below zero");
  const isHooks = phase === "on_start" || phase === "after" || phase === "complete";
  must((hook !== null) === isHooks, `a list of hooks runs in its phase, ${phase}`);
  must(
    hook === null || (hook.clock.since !== null) === (status === "running" && !hook.stopped),
    "the clock of the hooks counts",
  );
  must(run.failed.length === 0 || run.failure !== null, "a run with failed tasks says why");
  for (const index of run.rerunning)
    must(!isEnded(at(run.tasks, index).status), "what is run again has not ended");
  checkPhase(run);
}

function checkPhase(run: Run): void {
  const { phase, status, outcome } = run;
  const isOpen = status === "running" || status === "paused";
  switch (phase) {
    case "queued":
      must(
        status === "queued" && run.group?.held === false && run.live === 0,
        "a queued run waits for its group",
      );
      break;
    case "on_start":
      must(isOpen && outcome === null && run.live <= 1, "on_start comes before the tasks");
      break;
    case "main":
      must(isOpen && outcome === null && run.left > 0, "tasks are left while they run");
      break;
    case "after":
    case "complete":
      must(isOpen && outcome !== null && run.left === 0 && run.live <= 1, "hooks come after the tasks");
      break;
    case "closed":
      must(
        status === outcome && run.endedAt !== null && run.left === 0,
        "a closed run has come to something",
      );
      must(run.live === 0 && run.ticking === 0 && run.openDecisions === 0, "nothing of a closed run goes on");
      break;
    /* node:coverage ignore next 2 */
    default:
      throw phase satisfies never;
  }
}

function recount(run: Run) {
  const counts: Record<TaskStatus, number> = { ...NO_COUNTS };
  const found = { counts, live: 0, ticking: 0, decisions: Number(run.decision !== null), instances: 0 };
  for (const task of run.workflow.tasks) {
    const state = at(run.tasks, task.index);
    if (task.hook === null) counts[state.status] += 1;
    found.decisions += Number(state.decision !== null);
    found.instances += state.items?.list.length ?? 0;
    for (const unit of unitsOf(state)) {
      found.live += Number(unit.live);
      found.decisions += Number(unit.decision !== null);
      found.ticking += Number(task.hook === null && isTicking(unit));
    }
  }
  return found;
}

function* unitsOf(state: TaskState): Generator<Unit> {
  if (state.items === null) yield state.unit;
  else yield* each(state.items.units);
}

function isTicking({ status, reason, childWaits }: Unit): boolean {
  return (
    status === "queued" || (status === "running" && !childWaits) || reason === "retry" || reason === "event"
  );
}

function checkTask(run: Run, task: Task, state: TaskState): void {
  const name = `task ${task.id} (${state.status})`;
  must(
    (state.status === "waiting") === (state.reason !== null),
    `${name}: a reason while it waits, ${state.reason}`,
  );
  must(
    (state.status === "skipped") === (state.skipReason !== null),
    `${name}: a skip reason when it is skipped`,
  );
  must(!state.measuring || state.status === "queued", `${name}: looked at before it begins`);
  must((state.status === "failed") <= (state.error !== null), `${name}: a failed task says why`);
  if (isEnded(state.status)) checkEnded(name, state);
  else if (state.status === "pending") checkPending(run, task, state);
  else if (task.hook === null) checkBegun(name, run, task, state);
  if (state.items !== null) checkItems(run, name, state, state.items);
  else if (task.map === null && state.decision === null && !state.measuring)
    must(state.unit.status === state.status, `${name}: its unit is ${state.unit.status}`);
  for (const unit of unitsOf(state)) checkUnit(name, task, unit);
}

/** Only what is run again may be open before it. */
function checkBegun(name: string, run: Run, task: Task, state: TaskState): void {
  const open = openDependencies(run, task);
  must(
    state.left === open && (open === 0 || run.rerunning.length > 0),
    `${name}: began after its dependencies`,
  );
}

function checkEnded(name: string, state: TaskState): void {
  must(
    state.endedAt !== null && state.decision === null && state.earlier === null,
    `${name}: nothing is open when it has ended`,
  );
  for (const unit of unitsOf(state))
    must(state.items === null || isEnded(unit.status), `${name}: all items have ended`);
}

function checkPending(run: Run, task: Task, state: TaskState): void {
  const name = `task ${task.id} (pending)`;
  const isHeldBack = run.rerunning.length > 0;
  must(
    state.items === null && state.decision === null && (state.startedAt === null || isHeldBack),
    `${name}: has not begun`,
  );
  const left = openDependencies(run, task);
  must(state.left === left, `${name}: waits for ${state.left} dependencies, found ${left}`);
  must(
    task.hook !== null || run.phase !== "main" || left > 0 || isHeldBack,
    `${name}: is considered once nothing is left to wait for`,
  );
}

function openDependencies(run: Run, task: Task): number {
  let open = 0;
  for (const index of task.dependencies) open += Number(!isEnded(at(run.tasks, index).status));
  return open;
}

function checkItems(run: Run, name: string, state: TaskState, items: Mapped): void {
  let [active, succeeded, failed] = [0, 0, 0];
  for (const [index, unit] of [...each(items.units)].entries()) {
    const isBegun = index < items.begun;
    active += Number(isBegun && !isEnded(unit.status));
    succeeded += Number(unit.status === "success");
    failed += Number(unit.status === "failed" || unit.status === "cancelled");
    must(
      isBegun || unit.status === "pending" || unit.status === "skipped",
      `${name}: item ${index} has not begun and is ${unit.status}`,
    );
    must(
      !isBegun || unit.status !== "pending" || run.rerunning.length > 0,
      `${name}: item ${index} has begun and is pending`,
    );
  }
  must(
    items.list.length === items.units.length && items.begun <= items.list.length,
    `${name}: a unit for each item`,
  );
  must(
    active === items.active && succeeded === items.succeeded && failed === items.failed,
    `${name}: items are counted right`,
  );
  must(active <= items.maxParallel, `${name}: ${active} items at once, ${items.maxParallel} allowed`);
  must(isEnded(state.status) || (state.status === "running" && active > 0), `${name}: runs while items do`);
}

const AGENT_ASKS: ReadonlySet<string | undefined> = new Set(["permission", "question"]);

function checkUnit(name: string, task: Task, unit: Unit): void {
  must((unit.status === "running") === unit.live, `${name}: runs while an attempt of it lives`);
  must(!unit.live || (unit.attempt > 0 && unit.startedAt !== null), `${name}: what lives was begun`);
  must(unit.stopping === null || unit.live, `${name}: only what lives is being stopped`);
  must(!unit.childWaits || (unit.live && task.kind !== "attempt"), `${name}: a child that waits lives`);
  must(unit.waiting === null || unit.reason === "event", `${name}: waits for the event it names`);
  const isTimed = unit.reason === "retry" || unit.reason === "quota" || unit.reason === "time";
  must(!isTimed || unit.timer !== null, `${name}: waits for a timer that is set`);
  must(
    unit.timer === null || isTimed || unit.reason === "event" || (unit.live && task.kind !== "attempt"),
    `${name}: a timer only while it waits or a child lives`,
  );
  const isAsked =
    unit.reason === "blocked" ||
    (unit.reason === "approval" && (task.kind === "approval" || AGENT_ASKS.has(unit.decision?.kind)));
  must(!isAsked || unit.decision !== null, `${name}: waits for a decision that is open`);
  must(
    unit.decision === null || isAsked || unit.reason === "budget",
    `${name}: a decision only while it waits for one`,
  );
}

function checkChange(task: Task, before: TaskState, after: TaskState): void {
  const name = `task ${task.id}`;
  must(after.round >= before.round, `${name}: rounds count on`);
  if (after.round > before.round) return;
  must(
    !isEnded(before.status) || after.status === before.status,
    `${name}: keeps its end (${before.status}, now ${after.status})`,
  );
  must(after.unit.attempt >= before.unit.attempt, `${name}: attempts count on`);
  if (before.items === null || after.items === null) return;
  const old = before.items.units;
  for (const [index, unit] of [...each(after.items.units)].entries()) {
    must(unit.attempt >= at(old, index).attempt, `${name}: attempts of item ${index} count on`);
    must(
      !isEnded(at(old, index).status) || unit.status === at(old, index).status,
      `${name}: item ${index} keeps its end`,
    );
  }
}
