/** Rows of the bench as one table: what was measured beside its floor of the same rounds, and whether it will do. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export interface Line {
  /** The row of the page on performance. */
  readonly row: string;
  readonly what: string;
  readonly unit: string;
  readonly floor: Spread | null;
  readonly ours: Spread;
  /** To the floor; null where the bound is one of its own. */
  readonly ratio: number | null;
  readonly target: string;
  readonly gate: string;
  /** What was measured, as a share of what is allowed; null for what is only reported. */
  readonly share: number | null;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (place: number) => sorted[Math.min(sorted.length - 1, Math.floor(place))] ?? Number.NaN;
  return { min: at(0), median: at(sorted.length / 2), max: at(sorted.length - 1) };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Bound {
  readonly most: number;
  /** What the floor was on the machine for which `most` was set: on a slower one the bound is as much higher. */
  readonly floorThere?: number;
  /** How much slower this machine is in what is not of the floor: then that alone is stretched, and the floor is added. */
  readonly slower?: number;
}

/** Bounded by itself, where the machine is as fast as the one for which the bound was set. */
export function bounded(line: Omit<Line, "ratio" | "gate" | "share">, bound: Bound): Line {
  const { floor, ours, unit } = line;
  const ratio = floor === null ? null : ours.median / floor.median;
  const most = mostHere(floor, bound);
  const here = most > bound.most ? `, here ${shown(most)}` : "";
  return { ...line, ratio, gate: `≤ ${bound.most} ${unit}${here}`, share: shareOf(ours.median, most) };
}

function mostHere(floor: Spread | null, { most, floorThere, slower }: Bound): number {
  if (floor === null || floorThere === undefined) return most;
  if (slower === undefined) return most * Math.max(1, floor.median / floorThere);
  return Math.max(floorThere, floor.median) + (most - floorThere) * Math.max(1, slower);
}

/** Bounded by the floor of the same rounds. */
export function relative(
  line: Omit<Line, "ratio" | "gate" | "share"> & { readonly floor: Spread },
  most: number,
): Line {
  const ratio = line.ours.median / line.floor.median;
  return { ...line, ratio, gate: `≤ ${most} × floor`, share: shareOf(ratio, most) };
}

export function shareOf(figure: number, most: number): number {
  if (most > 0) return figure / most;
  return figure === 0 ? 0 : Number.POSITIVE_INFINITY;
}

export function reported(line: Omit<Line, "ratio" | "gate" | "share">): Line {
  const ratio = line.floor === null ? null : line.ours.median / line.floor.median;
  return { ...line, ratio, gate: "–", share: null };
}

const HEAD = ["row", "what", "floor", "ours min / median / max", "÷", "target", "gate", "ok"];

export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(({ row, what, unit, floor, ours, ratio, target, gate, share }) => [
    row,
    what,
    floor === null ? "–" : `${shown(floor.median)} ${unit}`,
    `${shown(ours.min)} / ${shown(ours.median)} / ${shown(ours.max)} ${unit}`,
    ratio === null ? "–" : shown(ratio),
    target,
    gate,
    share === null ? "" : share <= 1 ? "yes" : "NO",
  ]);
  const widths = HEAD.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(HEAD), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function shown(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
