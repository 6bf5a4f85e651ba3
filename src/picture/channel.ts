/**
 * The lines between two columns of a graph that is drawn with letters. Everything that leads to the same rows shares
 * one upright; uprights stand side by side so that no line runs over another that leads elsewhere.
 */

/** Lines from these rows on the left to these on the right. */
interface Bundle {
  readonly sources: readonly number[];
  readonly targets: readonly number[];
}

/** Rows on the left → rows on the right. */
export type Links = ReadonlyMap<number, ReadonlySet<number>>;

export interface Channel {
  /** What stands in a row between the columns; in each row of the same width. */
  row(row: number): string;
}

const [LEFT, RIGHT, UP, DOWN] = [1, 2, 4, 8];
const LETTERS = " ╴╶─╵┘└┴╷┐┌┬│┤├┼";

/** null when no drawing says what leads where and nothing else. */
export function channelOf(links: Links): Channel | null {
  const bundles = bundled(links);
  const uprights = bundles.filter((bundle) => !isLevel(bundle));
  const tracks = tracksOf(uprights);
  if (tracks === null) return null;
  const count = tracks.reduce((most, track) => Math.max(most, track + 1), 0);
  const cells = new Cells(count === 0 ? 1 : count + 2);
  for (const [at, bundle] of uprights.entries()) drawUpright(bundle, (tracks[at] as number) + 1, cells);
  for (const bundle of bundles) {
    const at = uprights.indexOf(bundle);
    const column = at < 0 ? cells.width : (tracks[at] as number) + 1;
    for (const row of bundle.sources) drawLevel(cells.of(row), 0, column);
    for (const row of bundle.targets) drawLevel(cells.of(row), column + 1, cells.width);
  }
  if (!saysOnly(links, cells)) return null;
  return { row: (row) => [...cells.of(row)].map((mask) => LETTERS[mask]).join("") };
}

class Cells {
  readonly width: number;
  readonly #rows = new Map<number, Uint8Array>();

  constructor(width: number) {
    this.width = width;
  }

  of(row: number): Uint8Array {
    const known = this.#rows.get(row) ?? new Uint8Array(this.width);
    this.#rows.set(row, known);
    return known;
  }
}

function isLevel({ sources, targets }: Bundle): boolean {
  return sources.length === 1 && targets.length === 1 && sources[0] === targets[0];
}

function bundled(links: Links): readonly Bundle[] {
  const byTargets = new Map<string, { sources: number[]; targets: readonly number[] }>();
  for (const [source, targets] of links) {
    const sorted = [...targets].sort((one, other) => one - other);
    const known = byTargets.get(sorted.join()) ?? { sources: [], targets: sorted };
    known.sources.push(source);
    byTargets.set(sorted.join(), known);
  }
  return [...byTargets.values()];
}

/** A column for each upright, from the left; null when none would do. */
function tracksOf(bundles: readonly Bundle[]): readonly number[] | null {
  const before = bundles.map((bundle) =>
    bundles.flatMap((other, at) => (other !== bundle && mustStandBefore(other, bundle) ? [at] : [])),
  );
  const tracks: number[] = new Array(bundles.length).fill(-1);
  // What leads to more places stands further left, so that what joins it later is not read as leading there too.
  const left = bundles.map((_, at) => at).sort((one, other) => sizeOf(bundles[other]) - sizeOf(bundles[one]));
  while (left.length > 0) {
    const next = left.findIndex((at) =>
      (before[at] as readonly number[]).every((other) => tracks[other] !== -1),
    );
    if (next < 0) return null;
    const [at = 0] = left.splice(next, 1);
    const least = Math.max(
      0,
      ...(before[at] as readonly number[]).map((other) => (tracks[other] as number) + 1),
    );
    tracks[at] = firstFree(bundles, tracks, at, least);
  }
  return tracks;
}

function sizeOf(bundle: Bundle | undefined): number {
  return bundle?.targets.length ?? 0;
}

/** A line that comes in a row has left it before another one arrives in the same row. */
function mustStandBefore(one: Bundle, other: Bundle): boolean {
  return one.sources.some((row) => other.targets.includes(row) && !one.targets.includes(row));
}

function firstFree(bundles: readonly Bundle[], tracks: readonly number[], at: number, least: number): number {
  for (let track = least; ; track++) {
    const isTaken = bundles.some(
      (other, place) => tracks[place] === track && meet(other, bundles[at] as Bundle),
    );
    if (!isTaken) return track;
  }
}

function meet(one: Bundle, other: Bundle): boolean {
  const [first, second] = [rangeOf(one), rangeOf(other)];
  return first.top <= second.bottom && second.top <= first.bottom;
}

function rangeOf({ sources, targets }: Bundle): { readonly top: number; readonly bottom: number } {
  const rows = [...sources, ...targets];
  return { top: Math.min(...rows), bottom: Math.max(...rows) };
}

function drawUpright(bundle: Bundle, column: number, cells: Cells): void {
  const { top, bottom } = rangeOf(bundle);
  for (let row = top; row <= bottom; row++) {
    const level = (bundle.sources.includes(row) ? LEFT : 0) | (bundle.targets.includes(row) ? RIGHT : 0);
    cells.of(row)[column] = level | (row > top ? UP : 0) | (row < bottom ? DOWN : 0);
  }
}

/** Where it meets an upright that leads elsewhere, the upright passes over it. */
function drawLevel(cells: Uint8Array, from: number, to: number): void {
  for (let column = from; column < to; column++) {
    if (cells[column] !== (UP | DOWN)) cells[column] = (cells[column] as number) | LEFT | RIGHT;
  }
}

/** Follows each line as an eye would, never to the left: it must come to where it leads, and nowhere else. */
function saysOnly(links: Links, cells: Cells): boolean {
  return [...links].every(([source, targets]) => {
    const reached = reachedFrom(source, cells);
    return reached.size === targets.size && [...targets].every((row) => reached.has(row));
  });
}

function reachedFrom(source: number, cells: Cells): ReadonlySet<number> {
  const reached = new Set<number>();
  const seen = new Set<string>();
  const open: (readonly [row: number, column: number])[] = [[source, 0]];
  const go = (row: number, column: number) => {
    if (seen.has(`${row} ${column}`)) return;
    seen.add(`${row} ${column}`);
    open.push([row, column]);
  };
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [row, column] = at;
    const mask = cells.of(row)[column] as number;
    if ((mask & UP) !== 0) go(row - 1, column);
    if ((mask & DOWN) !== 0) go(row + 1, column);
    if ((mask & RIGHT) === 0) continue;
    // Below uprights it goes on behind them.
    let next = column + 1;
    while (next < cells.width && cells.of(row)[next] === (UP | DOWN)) next += 1;
    if (next >= cells.width) reached.add(row);
    else go(row, next);
  }
  return reached;
}
