/** A timeline as rows of figures, sorted by when they began: in place of the picture, and as data. */
import { duration } from "./figures.ts";
import { labelOf } from "./label.ts";
import type { Stretch, StretchKind } from "./stretches.ts";
import type { Timeline, TimeRow } from "./timeline.ts";

/** An attempt with the waits before it, or waits that no attempt came after. */
export interface Figures {
  readonly row: TimeRow;
  /** null where nothing ran. */
  readonly attempt: number | null;
  readonly from: number;
  readonly to: number;
  readonly queuedMs: number;
  readonly humanMs: number;
  readonly waitedMs: number;
  readonly ranMs: number;
  /** How long nobody saw what became of it. */
  readonly unknownMs: number;
  readonly result: string;
}

export function figuresOf({ rows }: Pick<Timeline, "rows">): readonly Figures[] {
  return rows.flatMap(rowFigures).sort((one, other) => one.from - other.from);
}

function rowFigures(row: TimeRow): readonly Figures[] {
  const groups: Stretch[][] = [];
  let isOver = true;
  for (const stretch of row.stretches) {
    const last = groups.at(-1);
    // What nobody saw belongs to the attempt it happened to.
    if (last === undefined || (isOver && stretch.kind !== "unknown")) groups.push([stretch]);
    else last.push(stretch);
    isOver = stretch.kind === "running" || stretch.kind === "unknown";
  }
  return groups.map((group) => groupFigures(row, group));
}

function groupFigures(row: TimeRow, group: readonly Stretch[]): Figures {
  const first = group[0] as Stretch;
  const last = group.at(-1) as Stretch;
  const sum = (kind: StretchKind) =>
    group.reduce((total, one) => total + (one.kind === kind ? one.to - one.from : 0), 0);
  const tried = group.find(({ kind }) => kind === "running" || kind === "unknown");
  return {
    row,
    attempt: tried === undefined || tried.attempt === 0 ? null : tried.attempt,
    from: first.from,
    to: last.to,
    queuedMs: sum("queued"),
    humanMs: sum("human"),
    waitedMs: sum("waiting"),
    ranMs: sum("running"),
    unknownMs: sum("unknown"),
    result: (last.isOpen ? row.look.word : last.result?.word) ?? row.look.word,
  };
}

/** One line for each attempt, for who does not see the picture. */
export function describeTimeline(timeline: Timeline, clock: (epochMs: number) => string): readonly string[] {
  const gone = timeline.gone.map(
    ({ from, to }) =>
      `nobody had the run open for ${duration(to - from)} from ${clock(timeline.startedAt + from)}`,
  );
  return [...figuresOf(timeline).map((figures) => describe(figures, timeline, clock)), ...gone];
}

function describe(figures: Figures, { startedAt }: Timeline, clock: (epochMs: number) => string): string {
  const { row, attempt, from, queuedMs, humanMs, waitedMs, ranMs, unknownMs, result } = figures;
  const parts = [
    `${clock(startedAt + from)} ${labelOf(row.id)}${attempt === null ? "" : `, attempt ${attempt}`}: ${result}`,
    queuedMs > 0 ? `queued ${duration(queuedMs)}` : "",
    humanMs > 0 ? `waited for a person ${duration(humanMs)}` : "",
    waitedMs > 0 ? `waited ${duration(waitedMs)}` : "",
    ranMs > 0 ? `ran ${duration(ranMs)}` : "",
    unknownMs > 0 ? `unseen ${duration(unknownMs)}` : "",
    row.isCritical ? "on the critical path" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}
