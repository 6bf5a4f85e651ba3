/** What runs ask people, with the names under which it is shown and typed. */
import type { Decision } from "../../core/effect.ts";
import type { EffectRow, RunRow } from "../../host/host.ts";
import type { Reader } from "../application.ts";
import { decisionName, shortDecisions } from "../ids.ts";
import { isClosed } from "../words.ts";

export interface OpenDecision {
  readonly run: string;
  readonly decision: Decision;
  /** As people see and type it. */
  readonly name: string;
}

/** What a run asks people, or a run inside it, however deep. */
export function openDecisions(reader: Reader, row: RunRow): readonly OpenDecision[] {
  if (isClosed(row.status)) return [];
  return allOpen(reader).filter(({ run }) => isInside(reader, run, row));
}

function isInside(reader: Reader, run: string, { run: outer }: RunRow): boolean {
  return aboveOf(reader, run).includes(outer);
}

/** Open decisions of all runs, by every run they stand in. */
export function openDecisionsOf(reader: Reader): ReadonlyMap<string, readonly OpenDecision[]> {
  const found = new Map<string, OpenDecision[]>();
  for (const one of allOpen(reader)) {
    for (const run of aboveOf(reader, one.run)) {
      const known = found.get(run) ?? [];
      known.push(one);
      found.set(run, known);
    }
  }
  return found;
}

/** Their names are short, and still differ. */
function allOpen(reader: Reader): readonly OpenDecision[] {
  const found = reader.effects().flatMap((effect) => {
    const decision = decisionOf(effect);
    return decision === null ? [] : [{ run: effect.run, decision }];
  });
  const names = shortDecisions(found.map(({ run, decision }) => decisionName(run, decision.id)));
  return found.map((one, index) => ({ ...one, name: names[index] ?? "" }));
}

/** The run and those it lies in. */
function aboveOf(reader: Reader, run: string): readonly string[] {
  const above: string[] = [];
  for (let at: string | null = run; at !== null; at = reader.run(at)?.parent ?? null) above.push(at);
  return above;
}

function decisionOf({ kind, detail }: EffectRow): Decision | null {
  return kind === "decision" ? (detail as Decision) : null;
}
