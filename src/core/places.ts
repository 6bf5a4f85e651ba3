/** Where timer and decision ids point to. */
import { type RunView, type Spot, spotOf } from "./draft.ts";
import type { Decision } from "./effect.ts";
import { at } from "./vector.ts";

/** `unit:build`, `pass:build:3`: the unit a timer belongs to; undefined for the run's own or a stale one. */
export function spotOfTimer(view: RunView, timer: string): Spot | undefined {
  const [, , task = "", item] = timer.match(/^(unit|pass):([^:]+)(?::(\d+))?$/u) ?? [];
  return spotOf(
    view.workflow,
    (index) => view.taskAt(index),
    item === undefined ? { task } : { task, item: Number(item) },
  );
}

/** Whose a decision is, and what it was. */
export interface DecisionName {
  readonly task: string;
  readonly item?: number;
  /** An approval, of a task or of an item; what else is asked has a sign of its own. */
  readonly isApproval: boolean;
}

/** `ship#0`, `look:3@1`, `ship!2`; null: it is called like none that a task asks. */
export function readDecisionId(id: string): DecisionName | null {
  const [, task, item, sign = ""] = id.match(/^([A-Za-z0-9_-]+)(?::(\d+))?([#@!$?])/u) ?? [];
  if (task === undefined) return null;
  return { task, isApproval: "#@".includes(sign), ...(item !== undefined && { item: Number(item) }) };
}

export interface OpenDecision {
  readonly decision: Decision;
  /** null: the run's own. */
  readonly spot: Spot | null;
}

/** The open decision with this id; undefined when there is none (any more). */
export function findDecision(view: RunView, id: string): OpenDecision | undefined {
  if (view.decision?.id === id) return { decision: view.decision, spot: null };
  const name = readDecisionId(id);
  const index = view.workflow.indexOf.get(name?.task ?? "");
  if (name === null || index === undefined) return undefined;
  const state = view.taskAt(index);
  const whole = spotOf(view.workflow, (at) => view.taskAt(at), name);
  const found = view.workflow.tasks[index];
  if (state.decision?.id === id && found !== undefined)
    return { decision: state.decision, spot: { task: found, item: -1 } };
  if (whole === undefined) return undefined;
  const unit = unitOf(view, whole);
  return unit.decision?.id === id ? { decision: unit.decision, spot: whole } : undefined;
}

export function unitOf(view: Pick<RunView, "taskAt">, { task, item }: Spot) {
  const { unit, items } = view.taskAt(task.index);
  return item < 0 || items === null ? unit : at(items.units, item);
}
