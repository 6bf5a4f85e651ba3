/** What a run does outside and what it waits for: the effects tasks declare, and what is open now. */
import { instant } from "../core/calendar.ts";
import { isMap, type Json } from "../core/json.ts";
import type { EffectRow, RunRow } from "../host/host.ts";
import type { Reader } from "./application.ts";
import { openDecisionsOf } from "./deciding/open-decisions.ts";
import { type TaskDocument, tasksIn } from "./json.ts";

export interface EffectDocument {
  /** once or checkable: what a task declares of itself; timer, decision, child, group: what is open. */
  readonly kind: string;
  readonly task: string | null;
  readonly status: string;
  /** Of a timer when it is due, if that is a time of day. */
  readonly at: string | null;
}

export function effectsOf(
  reader: Reader,
  row: RunRow,
  tasks: readonly TaskDocument[],
): readonly EffectDocument[] {
  const status = new Map(tasks.map((task) => [task.id, task.status]));
  const declared = tasksIn(reader, row).flatMap((task): readonly EffectDocument[] => {
    const { id, effect } = task;
    if (typeof id !== "string" || typeof effect !== "string" || effect === "idempotent") return [];
    return [{ kind: effect, task: id, status: status.get(id) ?? "pending", at: null }];
  });
  const open = openDecisionsOf(reader).get(row.run) ?? [];
  const nameOf = ({ run, id }: EffectRow) =>
    open.find((one) => one.run === run && one.decision.id === id)?.name ?? id;
  return [...declared, ...reader.effects(row.run).map((one) => openEffect(one, nameOf))];
}

function openEffect(effect: EffectRow, nameOf: (decision: EffectRow) => string): EffectDocument {
  const { id, kind, detail } = effect;
  const fields: Readonly<Record<string, unknown>> = isMap(detail as Json)
    ? (detail as object as Record<string, unknown>)
    : {};
  const task = typeof fields.task === "string" ? fields.task : (/^(?:unit|task):(.+)$/.exec(id)?.[1] ?? null);
  if (kind === "decision") return { kind, task, status: nameOf(effect), at: null };
  return { kind, task, status: "open", at: dueOf(fields) };
}

/** A timer on the run's own time has no time of day. */
function dueOf({ kind, due, from, delayMs }: Readonly<Record<string, unknown>>): string | null {
  if (kind === "wall" && typeof due === "number") return instant(due);
  return kind === "delay" && typeof from === "number" && typeof delayMs === "number"
    ? instant(from + delayMs)
    : null;
}
