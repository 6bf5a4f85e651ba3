/** Rows of a list: aligned for a person at a terminal, full values between tabs for everything else. */
import { clean, type Printer, type Style } from "./print.ts";
import { cut, padEnd, width } from "./text.ts";

export interface Cell {
  readonly text: string;
  readonly style?: Style;
}

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Longer values are cut to this in a table on a terminal that is not --wide. */
const CELL_MAX = 60;
const PIPED_MAX = 65_536;
const GAP = 2;

/** At a terminal a column that is empty in every row is left out, and so is the heading of no rows. */
export function printTable(printer: Printer, { headers, rows }: Table, isWide: boolean): void {
  const { columns } = printer;
  if (columns === null) {
    return printer.lines(rows.map((row) => row.map(({ text }) => clean(text, PIPED_MAX)).join("\t")));
  }
  if (rows.length === 0) return;
  const kept = headers.map((_, at) => at === 0 || rows.some((row) => (row[at]?.text ?? "") !== ""));
  const saying = <T>(list: readonly T[]) => list.filter((_, at) => kept[at]);
  printRows(printer, { headers: saying(headers), rows: rows.map(saying) }, isWide ? null : columns);
}

/** `columns`: as wide as it likes when null. */
function printRows(printer: Printer, { headers, rows }: Table, columns: number | null): void {
  const cellMax = columns === null ? PIPED_MAX : CELL_MAX;
  const texts = rows.map((row) => row.map(({ text }) => clean(text, cellMax)));
  const widths = headers.map((header, at) =>
    Math.max(width(header), ...texts.map((row) => width(row[at] ?? ""))),
  );
  if (columns !== null) fit(widths, columns);
  const painted = rows.map((row, at) => line(texts[at] ?? [], widths, (index) => row[index]?.style, printer));
  printer.lines([line(headers, widths, () => "gray", printer), ...painted]);
}

function line(
  texts: readonly string[],
  widths: readonly number[],
  styleAt: (index: number) => Style | undefined,
  printer: Printer,
): string {
  const cells = widths.map((wide, index) => {
    const text = cut(texts[index] ?? "", wide);
    const style = styleAt(index);
    const shown = style === undefined ? text : printer.paint(style, text);
    return index === widths.length - 1 ? shown : shown + " ".repeat(wide - width(text));
  });
  return cells.join(" ".repeat(GAP)).trimEnd();
}

/** Takes what is too much from the last column, then from the widest ones. */
function fit(widths: number[], columns: number): void {
  const total = () => widths.reduce((sum, wide) => sum + wide, 0) + GAP * (widths.length - 1);
  const last = widths.length - 1;
  const shrink = (at: number, least: number) => {
    const over = total() - columns;
    const wide = widths[at] ?? 0;
    if (over > 0) widths[at] = Math.max(Math.min(least, wide), wide - over);
  };
  shrink(last, 12);
  for (let round = 0; total() > columns && round < widths.length; round += 1) {
    shrink(widths.indexOf(Math.max(...widths)), 8);
  }
}

/** `name  value` lines, for one thing in detail. */
export function printPairs(printer: Printer, pairs: readonly (readonly [string, string])[]): void {
  const wide = Math.max(...pairs.map(([name]) => width(name)), 0);
  for (const [name, value] of pairs) {
    if (printer.columns === null) printer.line(`${name}\t${value}`);
    else printer.line(`${printer.paint("gray", padEnd(name, wide))}  ${value}`);
  }
}
