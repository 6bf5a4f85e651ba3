/** A graph as a list of stages: for terminals too narrow for a drawing, and for graphs too large for one. */
import { cutToWidth, widthOf } from "../work/width.ts";
import type { Count, Graph, GraphNode } from "./graph.ts";
import { noteOf, stagesOf } from "./graph-text.ts";
import { labelOf } from "./label.ts";
import { type Look, TONES } from "./looks.ts";
import { type Line, lineWidth, muted, plain, type Span } from "./span.ts";

/** A stage with more tasks than this is counted at a terminal, but for those that ask for something. */
const SHOWN_MAX = 12;
const NAMES_SHOWN = 4;
const NAME_MAX = 40;

/** `columns` null: where nobody looks, every task has its line and nothing is cut. */
export function stageLines({ nodes }: Graph, columns: number | null): readonly Line[] {
  const stages = stagesOf(nodes);
  const places = String(stages.length).length;
  const nameWidth = Math.min(NAME_MAX, Math.max(0, ...nodes.map(({ id }) => widthOf(labelOf(id)))));
  const style = { columns, places, nameWidth, nodes };
  return stages.flatMap((stage, at) => stageOf(stage, String(at + 1), style));
}

interface Style {
  readonly columns: number | null;
  readonly places: number;
  readonly nameWidth: number;
  /** Where the dependencies of these tasks lie. */
  readonly nodes: readonly GraphNode[];
}

function stageOf(stage: readonly GraphNode[], number: string, style: Style): readonly Line[] {
  const isLong = style.columns !== null && stage.length > SHOWN_MAX;
  const shown = isLong ? stage.filter(isPressing).slice(0, SHOWN_MAX) : stage;
  const rest = isLong ? stage.filter((node) => !shown.includes(node)) : [];
  const lines = [...shown.flatMap((node) => nodeLines(node, style, "")), ...restLines(rest)];
  return lines.map((line, at) => {
    const head = muted(`${(at === 0 ? number : "").padStart(style.places)}  `);
    return fitted([head, ...line], style.columns);
  });
}

function isPressing({ state }: GraphNode): boolean {
  return state !== null && ["human", "failed", "running"].includes(state.look.tone);
}

function nodeLines(node: GraphNode, style: Style, indent: string): readonly Line[] {
  const { nameWidth, nodes } = style;
  const name = labelOf(node.id);
  const after = node.dependencies.map((at) => labelOf(nodes[at]?.name ?? ""));
  const tail = [noteOf(node), after.length === 0 ? "" : `after ${after.join(", ")}`];
  const pad = " ".repeat(Math.max(0, nameWidth - widthOf(name) - indent.length));
  const text = tail.filter((one) => one !== "").join("  ");
  const line: Line = [plain(indent), ...markOf(node), plain(`${name}${pad}  `), muted(text)];
  const inside = stagesOf(node.body).flat();
  return [line, ...inside.flatMap((one) => nodeLines(one, { ...style, nodes: node.body }, `${indent}  `))];
}

function markOf({ state, kind }: GraphNode): readonly Span[] {
  if (state !== null) return [{ text: `${state.look.glyph} `, tone: state.look.tone }];
  return kind === "approval" ? [plain("◇ ")] : [];
}

/** `✓ 88 success  t0, t1, t2, … t99` */
function restLines(nodes: readonly GraphNode[]): readonly Line[] {
  const byWord = Map.groupBy(nodes, ({ state }) => state?.look.word ?? "");
  return [...byWord.values()]
    .sort((one, other) => rankOf(one) - rankOf(other))
    .map((some): Line => {
      const names = some.map(({ id }) => labelOf(id));
      const few = names.slice(0, NAMES_SHOWN - 1);
      const shown = names.length > NAMES_SHOWN ? [...few, `… ${names.at(-1)}`] : names;
      return [...countSpans(some[0]?.state?.look ?? null, some.length), muted(`  ${shown.join(", ")}`)];
    });
}

function rankOf([first]: readonly GraphNode[]): number {
  return TONES.indexOf(first?.state?.look.tone ?? "pending");
}

function countSpans(look: Look | null, count: number): readonly Span[] {
  if (look === null) return [plain(`${count} tasks`)];
  return [{ text: `${look.glyph} `, tone: look.tone }, plain(`${count} ${look.word}`)];
}

function fitted(line: Line, columns: number | null): Line {
  if (columns === null || lineWidth(line) <= columns) return line;
  const kept: Span[] = [];
  let left = columns;
  for (const span of line) {
    const text = cutToWidth(span.text, left);
    kept.push({ ...span, text });
    left -= widthOf(text);
  }
  return kept;
}

/** Each list of hooks in a line: they run one after another. */
export function hookLines({ hooks }: Graph): readonly Line[] {
  return hooks.map(({ name, body }): Line => {
    const tasks = body.flatMap((node, at) => [
      plain(at === 0 ? "" : " ─▶ "),
      ...markOf(node),
      plain(labelOf(node.name)),
    ]);
    return [muted(`${labelOf(name)}  `), ...tasks];
  });
}

/** `✓ success 3 · ● running 1` */
export function legendLine(counts: readonly Count[]): Line {
  return counts.flatMap(({ look, count }, at): readonly Span[] => [
    plain(at === 0 ? "" : " · "),
    { text: `${look.glyph} ${look.word}`, tone: look.tone },
    plain(` ${count}`),
  ]);
}
