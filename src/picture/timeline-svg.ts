/** A timeline as SVG: queue time hatched, waits for people amber, folded gaps marked, the critical path outlined. */
import { cutToWidth, widthOf } from "../work/width.ts";
import { count, duration } from "./figures.ts";
import { type Axis, foldedAxis, ticksOf } from "./fold.ts";
import { labelOf } from "./label.ts";
import type { Stretch } from "./stretches.ts";
import { escaped, PLACE_PX, round, svg } from "./svg.ts";
import type { Timeline, TimeRow } from "./timeline.ts";
import { timeOf, toneOf } from "./timeline-lines.ts";
import { describeTimeline } from "./timeline-rows.ts";

const EDGE = 20;
const ROW = 26;
const BAR = 14;
const BARS_WIDTH = 820;
const HEAD = 58;
const TIMES_WIDTH = 70;
const LABEL_PLACES_MAX = 48;
/** More rows than this are no picture any more; what matters most is kept. */
const ROWS_MAX = 400;
const TICKS = 9;
/** The least width at which something can be seen. */
const WIDTH_MIN = 1.5;

export function timelineSvg(timeline: Timeline, title: string, clock: (epochMs: number) => string): string {
  const rows = shownRows(timeline.rows);
  const axis = foldedAxis(timeline);
  const longest = Math.max(8, ...rows.map(({ id }) => widthOf(labelOf(id))));
  const labelWidth = Math.min(LABEL_PLACES_MAX, longest) * PLACE_PX + 24;
  const left = EDGE + labelWidth;
  const leftOut = timeline.rows.length - rows.length;
  const bottom = HEAD + rows.length * ROW;
  const note = leftOut === 0 ? [] : [textAt(EDGE, bottom + 20, "muted", `and ${count(leftOut, "row")} more`)];
  return svg({
    width: left + BARS_WIDTH + TIMES_WIDTH + EDGE,
    height: bottom + (leftOut === 0 ? 12 : 34) + LEGEND,
    title: labelOf(title),
    description: describeTimeline(timeline, clock).join("\n"),
    head: PATTERNS,
    body: [
      textAt(EDGE, 24, "text name", labelOf(title)),
      ...axisText(timeline, axis, { left, bottom, clock }),
      ...rows.flatMap((row, at) => rowText(row, axis, { left, labelWidth, top: HEAD + at * ROW })),
      ...note,
      legendText(EDGE, bottom + (leftOut === 0 ? 12 : 34) + 14),
    ],
  });
}

const LEGEND = 30;

const PATTERNS = `<defs><pattern id="q" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="surface" width="6" height="6"/><path class="line" stroke-width="2.4" d="M1.2 0V6"/></pattern></defs>
`;

/** The critical path first, then what took longest, in the order in which they began. */
function shownRows(rows: readonly TimeRow[]): readonly TimeRow[] {
  if (rows.length <= ROWS_MAX) return rows;
  const spanOf = ({ stretches }: TimeRow) => (stretches.at(-1)?.to ?? 0) - (stretches[0]?.from ?? 0);
  const kept = new Set(
    rows
      .toSorted(
        (one, other) => Number(other.isCritical) - Number(one.isCritical) || spanOf(other) - spanOf(one),
      )
      .slice(0, ROWS_MAX),
  );
  return rows.filter((row) => kept.has(row));
}

interface Frame {
  readonly left: number;
  readonly bottom: number;
  readonly clock: (epochMs: number) => string;
}

function axisText({ startedAt }: Timeline, axis: Axis, { left, bottom, clock }: Frame): readonly string[] {
  const folds = axis.pieces
    .filter(({ isFolded }) => isFolded)
    .map(({ start, size }) => {
      const [x, width, height] = [left + start * BARS_WIDTH, size * BARS_WIDTH, bottom - HEAD + 4];
      const sides = `M${round(x)} ${HEAD - 4}v${height}m${round(width)} 0v${-height}`;
      return `<rect class="surface" x="${round(x)}" y="${HEAD - 4}" width="${round(width)}" height="${height}"/><path class="line" stroke-dasharray="4 4" d="${sides}"/>`;
    });
  let free = Number.NEGATIVE_INFINITY;
  const ticks = ticksOf(axis, TICKS, (time) => clock(startedAt + time)).flatMap(({ place, text, isFold }) => {
    const x = left + place * BARS_WIDTH;
    const half = (widthOf(text) * PLACE_PX) / 2;
    const line = isFold
      ? []
      : [`<path class="line" stroke-width="0.5" d="M${round(x)} ${HEAD - 4}V${bottom}"/>`];
    if (x - half < free + 8) return line;
    free = x + half;
    return [
      ...line,
      `<text class="muted" text-anchor="middle" x="${round(x)}" y="48">${escaped(text)}</text>`,
    ];
  });
  return [...folds, ...ticks];
}

interface Place {
  readonly left: number;
  readonly labelWidth: number;
  readonly top: number;
}

function rowText(row: TimeRow, axis: Axis, { left, labelWidth, top }: Place): readonly string[] {
  const middle = top + ROW / 2;
  const label = cutToWidth(labelOf(row.id), Math.floor((labelWidth - 24) / PLACE_PX));
  const bars = row.stretches.map((stretch) => barText(stretch, axis, left, middle - BAR / 2));
  return [
    `<g><title>${escaped(titleOf(row))}</title>`,
    `<text class="text" x="${EDGE}" y="${round(middle + 4)}"><tspan class="${row.look.tone}">${escaped(row.look.glyph)}</tspan> ${escaped(label)}</text>`,
    ...bars,
    ...(row.isCritical ? [outline(row, axis, left, middle)] : []),
    textAt(left + BARS_WIDTH + 10, middle + 4, "muted", timeOf(row)),
    "</g>",
  ];
}

function titleOf({ id, look, stretches, isCritical }: TimeRow): string {
  const parts = stretches.map(({ kind, from, to, attempt, reason, result, isRepair }) => {
    const what = isRepair ? `repair ${attempt}` : `attempt ${attempt}`;
    const word = kind === "running" ? `${what}, ${result?.word ?? "running"}` : (reason ?? kind);
    return `${word} ${duration(to - from)}`;
  });
  return `${labelOf(id)}: ${look.word}; ${parts.join("; ")}${isCritical ? "; on the critical path" : ""}`;
}

function barText(stretch: Stretch, axis: Axis, left: number, top: number): string {
  const { x, width } = spanOf(stretch, axis, left);
  const box = `x="${round(x)}" width="${round(width)}"`;
  switch (stretch.kind) {
    case "queued":
      return `<rect fill="url(#q)" ${box} y="${round(top + 2)}" height="${BAR - 4}"/>`;
    case "waiting":
      return `<path class="line" stroke-width="1.5" stroke-dasharray="2 3" d="M${round(x)} ${round(top + BAR / 2)}h${round(width)}"/>`;
    case "unknown":
      return `<rect class="failed-line" fill="none" stroke-dasharray="3 3" ${box} y="${round(top + 1)}" height="${BAR - 2}"/>`;
    case "human":
    case "running":
      return `<rect class="${toneOf(stretch)}" rx="2" ${box} y="${round(top)}" height="${BAR}"/>`;
    default:
      return stretch.kind satisfies never;
  }
}

function spanOf({ from, to }: { readonly from: number; readonly to: number }, axis: Axis, left: number) {
  const x = left + axis.place(from) * BARS_WIDTH;
  return { x, width: Math.max(WIDTH_MIN, left + axis.place(to) * BARS_WIDTH - x) };
}

function outline({ stretches }: TimeRow, axis: Axis, left: number, middle: number): string {
  const [first, last] = [stretches[0], stretches.at(-1)];
  const { x, width } = spanOf({ from: first?.from ?? 0, to: last?.to ?? 0 }, axis, left);
  return `<rect class="outline" fill="none" stroke-width="1.6" rx="4" x="${round(x - 3)}" y="${round(middle - BAR / 2 - 3)}" width="${round(width + 6)}" height="${BAR + 6}"/>`;
}

function textAt(x: number, y: number, style: string, text: string): string {
  return `<text class="${style}" x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`;
}

function legendText(x: number, y: number): string {
  const entries: readonly (readonly [string, string])[] = [
    [`<rect class="success" rx="2" width="22" height="${BAR}"/>`, "ran"],
    [`<rect fill="url(#q)" y="2" width="22" height="${BAR - 4}"/>`, "queued"],
    [`<rect class="human" rx="2" width="22" height="${BAR}"/>`, "waited for a person"],
    [`<path class="line" stroke-width="1.5" stroke-dasharray="2 3" d="M0 ${BAR / 2}h22"/>`, "waited"],
    [`<rect class="surface" width="22" height="${BAR}"/>`, "folded: nothing was done"],
    [
      `<rect class="outline" fill="none" stroke-width="1.6" rx="4" width="22" height="${BAR}"/>`,
      "critical path",
    ],
  ];
  let at = x;
  return entries
    .map(([sign, word]) => {
      const text = `<g transform="translate(${round(at)} ${round(y - BAR / 2 - 2)})">${sign}${textAt(29, 12, "muted", word)}</g>`;
      at += 29 + word.length * PLACE_PX + 22;
      return text;
    })
    .join("\n");
}
