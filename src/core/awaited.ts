/** Which events a run could still read: what its waits, and those inside its groups, say of them. */
import { isEnded, type RunView, type Spot, viewOf } from "./draft.ts";
import type { Template } from "./expression/template.ts";
import { must } from "./invariant.ts";
import { type Json, type JsonMap, own } from "./json.ts";
import type { KeptEvent, Run, Unit } from "./run.ts";
import { unitName } from "./timer.ts";
import { at } from "./vector.ts";
import type { Task, Workflow } from "./workflow.ts";

/** Names of events, as a task waits for them; null stands for those that only an expression or another file says. */
export type Awaited = readonly (string | null)[];

export function awaitedBy({ kind, parameters, body }: Task): Awaited {
  if (kind === "workflow") return [null];
  if (body !== null) return awaitedIn(body);
  return kind === "wait" ? eventOf(parameters) : [];
}

export function awaitedIn({ tasks }: Workflow): Awaited {
  return [...new Set(tasks.flatMap(awaitedBy))];
}

/** Parameters stand as a map; a part of it that is no expression is one value. */
function eventOf(parameters: Template): Awaited {
  if (parameters.kind === "literal") return namesOf(own(parameters.value as JsonMap, "event"));
  must(parameters.kind === "map", "the parameters of a task are a map");
  const event = parameters.entries.find(([name]) => name === "event")?.[1];
  return event === undefined || event.kind === "literal" ? namesOf(event?.value) : [null];
}

function namesOf(event: Json | undefined): Awaited {
  return event === undefined ? [] : [String(event)];
}

/** Names that what has not ended in the run may wait for, now or later. */
export function stillAwaited(run: Run): Awaited {
  const open = run.workflow.tasks.filter(({ index }) => !isEnded(at(run.tasks, index).status));
  return [...new Set(open.flatMap(awaitedBy))];
}

export function isAwaited(awaited: Awaited, name: string): boolean {
  return awaited.some((one) => one === null || one === name);
}

export interface Waiter {
  readonly spot: Spot;
  readonly waiting: NonNullable<Unit["waiting"]>;
}

/** What waits for an event at this moment. */
export function waitersIn({ workflow, taskAt }: Pick<RunView, "workflow" | "taskAt">): readonly Waiter[] {
  return workflow.tasks
    .filter(({ kind }) => kind === "wait")
    .flatMap((task) => {
      const { unit, items } = taskAt(task.index);
      const begun = Array.from({ length: items?.begun ?? 0 }, (_, item) => item);
      const units =
        items === null ? [{ item: -1, unit }] : begun.map((item) => ({ item, unit: at(items.units, item) }));
      return units.flatMap(({ item, unit: { waiting } }) =>
        waiting === null ? [] : [{ spot: { task, item }, waiting }],
      );
    });
}

/** Events that came while nobody looked after the run, and that something in it waits for. */
export function dueEvents(run: Run): readonly KeptEvent[] {
  const waiters = waitersIn(viewOf(run));
  return run.inbox.filter(({ name, key, taken }) =>
    waiters.some(
      ({ spot, waiting }) => waiting.event === name && waiting.key === key && !taken.includes(unitName(spot)),
    ),
  );
}
