/** A timeline drawn with letters: a bar for each task, each attempt a piece of it. */
import { cutToWidth, widthOf } from "../work/width.ts";
import { duration } from "./figures.ts";
import { type Axis, foldedAxis, type Piece, ticksOf } from "./fold.ts";
import { labelOf } from "./label.ts";
import type { Tone } from "./looks.ts";
import { type Line, muted, plain, type Span } from "./span.ts";
import type { Stretch, StretchKind } from "./stretches.ts";
import type { Timeline, TimeRow } from "./timeline.ts";

const LETTERS: Readonly<Record<StretchKind, string>> = {
  queued: "░",
  running: "█",
  human: "▒",
  waiting: "·",
  unknown: "╌",
};
/** Later ones are drawn over earlier ones where both would stand in one place. */
const ORDER: readonly StretchKind[] = ["waiting", "queued", "unknown", "human", "running"];
const LABEL_MAX = 40;
const BAR_MIN = 20;
const TIME_WIDTH = 7;
/** A time stands at the axis about every so many places. */
const TICK_PLACES = 14;

export function timelineLines(
  timeline: Timeline,
  columns: number,
  clock: (epochMs: number) => string,
): readonly Line[] {
  const axis = foldedAxis(timeline);
  const longest = Math.max(0, ...timeline.rows.map(({ id }) => widthOf(labelOf(id))));
  const labelWidth = Math.min(longest, LABEL_MAX, Math.max(8, Math.floor(columns / 3)));
  const width = Math.max(BAR_MIN, columns - labelWidth - TIME_WIDTH - 6);
  const style = { axis, width, labelWidth };
  const indent = plain(" ".repeat(labelWidth + 5));
  const rows = timeline.rows.map((row) => rowLine(row, style));
  return [[indent, axisLine(timeline, style, clock)], ...rows, [], legendLine(timeline, columns)];
}

interface Style {
  readonly axis: Axis;
  readonly width: number;
  readonly labelWidth: number;
}

function rowLine(row: TimeRow, style: Style): Line {
  const label = cutToWidth(labelOf(row.id), style.labelWidth);
  return [
    plain(row.isCritical ? "▸ " : "  "),
    { text: row.look.glyph, tone: row.look.tone },
    plain(` ${label}${" ".repeat(style.labelWidth - widthOf(label))} `),
    ...barSpans(row, style),
    plain(` ${timeOf(row).padStart(TIME_WIDTH - 1)}`),
  ];
}

/** How long it ran; of what never ran, how long a person took. */
export function timeOf({ stretches }: TimeRow): string {
  const sum = (wanted: StretchKind) =>
    stretches.reduce((total, { kind, from, to }) => total + (kind === wanted ? to - from : 0), 0);
  const ms = sum("running") || sum("human");
  return ms === 0 ? "" : duration(ms);
}

interface Cell {
  readonly text: string;
  readonly tone: Tone | "muted" | null;
}

/** Every stretch takes at least one place, however short it was. */
function barSpans({ stretches }: TimeRow, { axis, width }: Style): readonly Span[] {
  const cells: Cell[] = Array.from({ length: width }, () => ({ text: " ", tone: null }));
  for (const piece of axis.pieces)
    if (piece.isFolded) cells[middleOf(piece, width)] = { text: "┊", tone: "muted" };
  for (const kind of ORDER) {
    for (const stretch of stretches.filter((one) => one.kind === kind)) {
      const from = Math.min(width - 1, Math.floor(axis.place(stretch.from) * width));
      const to = Math.max(from + 1, Math.round(axis.place(stretch.to) * width));
      for (let at = from; at < to; at++) cells[at] = cellOf(stretch, at === to - 1);
    }
  }
  return joined(cells);
}

const REPAIR = "▓";

function cellOf(stretch: Stretch, isLast: boolean): Cell {
  const tone = toneOf(stretch);
  if (stretch.isRepair && stretch.kind === "running" && tone !== "failed") return { text: REPAIR, tone };
  // Also without colours it can be seen that an attempt failed.
  return { text: isLast && tone === "failed" ? "✗" : LETTERS[stretch.kind], tone };
}

export function toneOf({ kind, result }: Stretch): Tone | "muted" {
  if (kind === "human") return "human";
  return kind === "running" ? (result?.tone ?? "running") : "muted";
}

function joined(cells: readonly Cell[]): readonly Span[] {
  const spans: { text: string; tone: Cell["tone"] }[] = [];
  for (const { text, tone } of cells) {
    const last = spans.at(-1);
    if (last !== undefined && last.tone === tone) last.text += text;
    else spans.push({ text, tone });
  }
  return spans;
}

function middleOf({ start, size }: Piece, width: number): number {
  return Math.min(width - 1, Math.floor((start + size / 2) * width));
}

/** As far as there is room. */
function axisLine({ startedAt }: Timeline, { axis, width }: Style, clock: (epochMs: number) => string): Span {
  const ticks = ticksOf(axis, width / TICK_PLACES, (time) => clock(startedAt + time));
  let line = "";
  for (const { place, text, isFold } of ticks) {
    const at = Math.floor(place * width) - (isFold ? widthOf(text) : 0);
    const isFree = line === "" || at > widthOf(line);
    if (isFree && at >= 0 && at + widthOf(text) <= width) line += " ".repeat(at - widthOf(line)) + text;
  }
  return muted(line);
}

function legendLine({ rows }: Timeline, columns: number): Line {
  const kinds = new Set(rows.flatMap(({ stretches }) => stretches.map(({ kind }) => kind)));
  const words: readonly (readonly [StretchKind, string])[] = [
    ["running", "ran"],
    ["queued", "queued"],
    ["human", "waited for a person"],
    ["waiting", "waited"],
    ["unknown", "nobody saw"],
  ];
  const shown = words.filter(([kind]) => kinds.has(kind)).map(([kind, word]) => `${LETTERS[kind]} ${word}`);
  if (rows.some(({ stretches }) => stretches.some(({ isRepair }) => isRepair)))
    shown.push(`${REPAIR} repaired`);
  return [muted(cutToWidth([...shown, "▸ critical path"].join("  "), columns))];
}
