/** The axis of a timeline: where nothing is done for long, time is folded. */
import { duration } from "./figures.ts";
import type { Timeline } from "./timeline.ts";

/** A piece of the axis: `size` is its share of the whole, which is 1. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly size: number;
  readonly isFolded: boolean;
}

export interface Axis {
  readonly pieces: readonly Piece[];
  /** From a time to its place between 0 and 1. */
  place(time: number): number;
}

/** A gap is folded when it is longer than this share of all that is done, and than a second. */
const GAP_SHARE = 0.3;
const GAP_MS_MIN = 1_000;
/** What a folded gap takes of the axis. */
const FOLD_SIZE = 0.04;

export function foldedAxis({ rows, length }: Pick<Timeline, "rows" | "length">): Axis {
  const busy = busySpans(rows, length);
  const total = busy.reduce((sum, { from, to }) => sum + to - from, 0);
  const least = Math.max(GAP_MS_MIN, total * GAP_SHARE);
  const cuts: { readonly from: number; readonly to: number; readonly isFolded: boolean }[] = [];
  let at = 0;
  for (const { from, to } of gapsIn(busy, length)) {
    if (to - from < least) continue;
    if (from > at) cuts.push({ from: at, to: from, isFolded: false });
    cuts.push({ from, to, isFolded: true });
    at = to;
  }
  if (at < length || cuts.length === 0)
    cuts.push({ from: at, to: Math.max(length, at + 1), isFolded: false });
  return axisOf(cuts);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** When something ran, or was ready to. */
function busySpans(rows: Timeline["rows"], length: number): readonly Span[] {
  const spans = rows
    .flatMap(({ stretches }) => stretches.filter(({ kind }) => kind === "running" || kind === "queued"))
    .map(({ from, to }) => ({ from: Math.max(0, from), to: Math.min(length, to) }))
    .sort((one, other) => one.from - other.from);
  const joined: { from: number; to: number }[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  return joined;
}

function gapsIn(busy: readonly Span[], length: number): readonly Span[] {
  const ends = [0, ...busy.map(({ to }) => to)];
  const starts = [...busy.map(({ from }) => from), length];
  return ends.map((from, at) => ({ from, to: starts[at] as number })).filter(({ from, to }) => to > from);
}

function axisOf(cuts: readonly (Span & { readonly isFolded: boolean })[]): Axis {
  const folds = cuts.filter(({ isFolded }) => isFolded).length;
  const open = cuts.reduce((sum, { from, to, isFolded }) => sum + (isFolded ? 0 : to - from), 0);
  const foldSize = open === 0 ? 1 / Math.max(1, folds) : Math.min(FOLD_SIZE, 0.4 / Math.max(1, folds));
  const rest = 1 - folds * foldSize;
  let start = 0;
  const pieces = cuts.map((cut): Piece => {
    const size = cut.isFolded ? foldSize : rest * ((cut.to - cut.from) / open);
    const piece = { ...cut, start, size };
    start += size;
    return piece;
  });
  return { pieces, place: (time) => placeIn(pieces, time) };
}

function placeIn(pieces: readonly Piece[], time: number): number {
  const piece = pieces.find(({ to }) => time < to);
  if (piece === undefined) return 1;
  const share = (time - piece.from) / (piece.to - piece.from);
  return piece.start + piece.size * Math.min(1, Math.max(0, share));
}

/** What stands at the axis: the time of day where a piece begins, then how long after the start; what was folded. */
export interface Tick {
  readonly place: number;
  readonly text: string;
  readonly isFold: boolean;
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 6, 12].map((step) => step * HOUR),
  ...[1, 2, 7, 30, 365].map((step) => step * DAY),
];

/** `most`: ticks on an axis without folds. */
export function ticksOf({ pieces }: Axis, most: number, clock: (time: number) => string): readonly Tick[] {
  return pieces.flatMap(({ from, to, start, size, isFolded }): readonly Tick[] => {
    if (isFolded) return [{ place: start + size / 2, text: `≈${duration(to - from)}`, isFold: true }];
    const wanted = (to - from) / Math.max(1, Math.floor(most * size));
    const step = STEPS.find((one) => one >= wanted) ?? to - from;
    const ticks: Tick[] = [{ place: start, text: clock(from), isFold: false }];
    for (let time = (Math.floor(from / step) + 1) * step; time < to; time += step) {
      const place = start + size * ((time - from) / (to - from));
      ticks.push({ place, text: `+${duration(time)}`, isFold: false });
    }
    return ticks;
  });
}
