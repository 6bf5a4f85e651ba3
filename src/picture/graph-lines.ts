/** A graph drawn with letters from left to right, where it is small and the terminal wide enough. */
import { layered } from "../layout/layered.ts";
import { type Channel, channelOf, type Links } from "./channel.ts";
import { count } from "./figures.ts";
import { flattened } from "./flat.ts";
import type { Count, Graph, GraphNode } from "./graph.ts";
import { labelOf } from "./label.ts";
import type { Tone } from "./looks.ts";
import { type Line, lineWidth, muted, plain, type Span } from "./span.ts";

/** Above this a list is easier to read. */
const NODES_MAX = 60;
const SPACING = { between: 0, spread: 0, beside: 0, way: 1 };

/** With what is in groups, else with groups as one; null where neither fits, or where lines could not be told apart. */
export function drawnGraph({ nodes }: Graph, columns: number): readonly Line[] | null {
  const flat = flattened(nodes);
  const whole = flat.length > NODES_MAX ? null : draw(flat, columns);
  if (whole !== null || flat.length === nodes.length || nodes.length > NODES_MAX) return whole;
  return draw(nodes, columns);
}

interface Column {
  readonly width: number;
  /** Nodes by their row; `true` where an edge passes. */
  readonly cells: ReadonlyMap<number, GraphNode | true>;
  /** What leads on to the next column; null behind the last one. */
  readonly channel: Channel | null;
}

function draw(nodes: readonly GraphNode[], columns: number): readonly Line[] | null {
  const table = settled(columnsOf(nodes));
  if (table === null) return null;
  const rows = Math.max(0, ...table.flatMap(({ cells }) => [...cells.keys()].map((row) => row + 1)));
  const lines = Array.from({ length: rows }, (_, row) => rowLine(table, row));
  return lines.some((line) => lineWidth(line) > columns) ? null : lines;
}

interface Loose {
  readonly width: number;
  readonly cells: Map<number, GraphNode | true>;
  /** Rows here → rows in the next column. */
  readonly links: Map<number, Set<number>>;
}

function columnsOf(nodes: readonly GraphNode[]): readonly Loose[] {
  const texts = nodes.map((node) => lineWidth(nodeSpans(node)));
  const dependencies = nodes.map((node) => node.dependencies);
  const placed = layered({ dependencies, lengths: texts, breadths: nodes.map(() => 1) }, SPACING);
  const rowOf = (across: number) => Math.round(across - 0.5 + 1e-6);
  const table = placed.layers.map(
    (layer): Loose => ({
      width: Math.max(...layer.map((node) => texts[node] as number)),
      cells: new Map(layer.map((node) => [rowOf(placed.across[node] as number), nodes[node] as GraphNode])),
      links: new Map(),
    }),
  );
  for (const [to, before] of dependencies.entries()) {
    for (const from of before) {
      const passed = placed.passes(from, to).map(rowOf);
      const rows = [rowOf(placed.across[from] as number), ...passed, rowOf(placed.across[to] as number)];
      addWay(table, placed.layerOf[from] as number, rows);
    }
  }
  return table;
}

function addWay(table: readonly Loose[], first: number, rows: readonly number[]): void {
  for (const [step, row] of rows.entries()) {
    const column = table[first + step];
    if (step > 0 && step < rows.length - 1) column?.cells.set(row, true);
    const next = rows[step + 1];
    if (next !== undefined) column?.links.set(row, (column.links.get(row) ?? new Set()).add(next));
  }
}

/** How far a column may be moved against the one before it, so that the lines between them can be told apart. */
const SHIFTS: readonly number[] = [0, 1, -1, 2, -2];

function settled(table: readonly Loose[]): readonly Column[] | null {
  const shifts = [0];
  const channels: Channel[] = [];
  for (const [at, { links }] of table.slice(0, -1).entries()) {
    const shift = shifts[at] as number;
    const found = SHIFTS.map((by) => ({ by, channel: channelOf(moved(links, shift, shift + by)) }));
    const first = found.find(({ channel }) => channel !== null);
    if (first?.channel === undefined || first.channel === null) return null;
    shifts.push(shift + first.by);
    channels.push(first.channel);
  }
  const top = Math.min(
    ...table.flatMap(({ cells }, at) => [...cells.keys()].map((row) => row + (shifts[at] as number))),
  );
  return table.map(({ width, cells }, at) => ({
    width,
    cells: new Map([...cells].map(([row, cell]) => [row + (shifts[at] as number) - top, cell])),
    channel: channels[at] === undefined ? null : { row: (row) => (channels[at] as Channel).row(row + top) },
  }));
}

function moved(links: Loose["links"], here: number, there: number): Links {
  return new Map([...links].map(([row, next]) => [row + here, new Set([...next].map((one) => one + there))]));
}

function rowLine(table: readonly Column[], row: number): Line {
  const spans: Span[] = [];
  for (const [at, { width, cells, channel }] of table.entries()) {
    const cell = cells.get(row);
    const text = channel?.row(row) ?? "";
    const fill = text.startsWith("─") ? "─" : " ";
    if (cell === true) spans.push(plain(fill.repeat(width + 1)));
    else {
      const own = cell === undefined ? [] : nodeSpans(cell);
      spans.push(...own, plain(` ${fill.repeat(width - lineWidth(own))}`));
    }
    if (channel !== null) spans.push(plain(text + arrowOf(text, table[at + 1]?.cells.get(row))));
  }
  return trimmed(spans);
}

/** Before a task the head of an arrow; a line that only passes goes on. */
function arrowOf(text: string, cell: GraphNode | true | undefined): string {
  if (!text.endsWith("─")) return "  ";
  return cell === true ? "──" : "▶ ";
}

function trimmed(spans: readonly Span[]): Line {
  const line = [...spans];
  for (let last = line.at(-1); last !== undefined && last.text.trimEnd() === ""; last = line.at(-1))
    line.pop();
  const last = line.pop();
  return last === undefined ? [] : [...line, { ...last, text: last.text.trimEnd() }];
}

/** `✓ build`, `◇ approve`, `● pages 3/8`, `rollout (2 tasks)` */
function nodeSpans({ state, name, kind, each, body }: GraphNode): Line {
  const gate = kind === "approval" ? [plain("◇ ")] : [];
  const mark = state === null ? gate : [{ text: `${state.look.glyph} `, tone: state.look.tone }];
  const more = [timesOf(state, each), body.length === 0 ? "" : `(${count(body.length, "task")})`];
  const tail = more.filter((text) => text !== "").map((text) => muted(` ${text}`));
  return [...mark, plain(labelOf(name)), ...tail];
}

/** How many of how many have ended; of what is not run that there are several. */
function timesOf(state: GraphNode["state"], each: string | null): string {
  if (state === null) return each === null ? "" : "×n";
  if (state.counts === null) return "";
  const ended = state.counts.filter(({ look }) => ENDED.has(look.tone));
  return `${sumOf(ended)}/${sumOf(state.counts)}`;
}

const ENDED: ReadonlySet<Tone> = new Set(["success", "failed", "skipped"]);

function sumOf(counts: readonly Count[]): number {
  return counts.reduce((total, one) => total + one.count, 0);
}
