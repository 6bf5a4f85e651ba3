/** A graph as SVG: one box a task with glyph, word and colour of its state, groups around what is in them. */

import { widthOf } from "../work/width.ts";
import { type Box, type Edge, type Measure, type Plane, planeOf } from "./box.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { describeGraph, noteOf, titleOf } from "./graph-text.ts";
import { labelOf } from "./label.ts";
import { escaped, PLACE_PX, round, svg } from "./svg.ts";

const EDGE = 24;
const PADDING = 10;
const HEIGHT = 46;
const LINES = [19, 37] as const;
const HOOKS_GAP = 28;
const ARROW = 7;
const WIDTH_MIN = 70;

const MEASURE: Measure = {
  widthOf: (node) => {
    const places = Math.max(widthOf(headOf(node)), widthOf(noteOf(node)));
    return Math.max(WIDTH_MIN, Math.ceil(places * PLACE_PX) + 2 * PADDING);
  },
  height: HEIGHT,
  between: 40,
  spread: 80,
  beside: 14,
  way: 4,
  margin: 14,
  head: HEIGHT + 4,
};

export function graphSvg(graph: Graph): string {
  const plane = planeOf(graph.nodes, MEASURE);
  const hooks = planeOf(graph.hooks, MEASURE);
  const hooksAt = EDGE + plane.height + (hooks.boxes.length > 0 ? HOOKS_GAP : 0);
  return svg({
    width: Math.max(plane.width, hooks.width) + 2 * EDGE,
    height: hooksAt + hooks.height + EDGE,
    title: titleOf(graph),
    description: describeGraph(graph).join("\n"),
    body: [...planeText(plane, EDGE, EDGE), ...planeText(hooks, EDGE, hooksAt)],
  });
}

/** Edges below boxes, so that no line crosses a name. */
function planeText({ boxes, edges }: Plane, x: number, y: number): readonly string[] {
  const lines = edges.map((edge) => edgePath(edge, x, y));
  const path = lines.length === 0 ? [] : [`<path class="line" stroke-width="1.3" d="${lines.join("")}"/>`];
  const heads = edges.map((edge) => arrowPath(edge, x, y));
  const arrows = heads.length === 0 ? [] : [`<path class="arrow" d="${heads.join("")}"/>`];
  return [...path, ...arrows, ...boxes.flatMap((box) => boxText(box, x, y))];
}

/** Level inside a layer, bent between two. */
function edgePath({ points }: Edge, x: number, y: number): string {
  let text = "";
  let before: { readonly x: number; readonly y: number } | null = null;
  for (const [at, point] of points.entries()) {
    const isLast = at === points.length - 1;
    const to = { x: x + point.x - (isLast ? ARROW : 0), y: y + point.y };
    if (before === null) text += `M${round(to.x)} ${round(to.y)}`;
    else if (Math.abs(before.y - to.y) < 0.05) text += `H${round(to.x)}`;
    else {
      const middle = round((before.x + to.x) / 2);
      text += `C${middle} ${round(before.y)} ${middle} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
    }
    before = to;
  }
  return text;
}

function arrowPath({ points }: Edge, x: number, y: number): string {
  const end = points.at(-1) as { readonly x: number; readonly y: number };
  const [tipX, tipY] = [x + end.x, y + end.y];
  return `M${round(tipX)} ${round(tipY)}l${-ARROW} -3.5v7z`;
}

function boxText(
  { node, x: left, y: top, width, height, inside }: Box,
  x: number,
  y: number,
): readonly string[] {
  const [boxX, boxY] = [x + left, y + top];
  const tone = node.state?.look.tone ?? "pending";
  const isPressing = tone === "human" || tone === "failed" || tone === "running";
  const dash = tone === "skipped" ? ' stroke-dasharray="4 3"' : "";
  const frame = node.state === null ? "line" : `${tone}-line`;
  const fill = inside === null ? "surface" : "ground";
  const note = noteOf(node);
  const lines = [
    `<g><title>${escaped(`${labelOf(node.id)}${note === "" ? "" : `: ${note}`}`)}</title>`,
    `<rect class="${fill}" x="${round(boxX)}" y="${round(boxY)}" width="${round(width)}" height="${round(height)}" rx="7"/>`,
    `<rect class="${frame}" fill="none" stroke-width="${isPressing ? 2 : 1.3}"${dash} x="${round(boxX)}" y="${round(boxY)}" width="${round(width)}" height="${round(height)}" rx="7"/>`,
    nameText(node, boxX + PADDING, boxY + LINES[0]),
    `<text class="muted" x="${round(boxX + PADDING)}" y="${round(boxY + LINES[1])}">${escaped(note)}</text>`,
    "</g>",
  ];
  if (inside === null) return lines;
  const innerX = boxX + (width - inside.width) / 2;
  return [...lines, ...planeText(inside, innerX, boxY + MEASURE.head)];
}

function nameText(node: GraphNode, x: number, y: number): string {
  const glyph = glyphOf(node);
  const mark =
    glyph === "" ? "" : `<tspan class="${node.state?.look.tone ?? "muted"}">${escaped(glyph)}</tspan> `;
  return `<text class="text name" x="${round(x)}" y="${round(y)}">${mark}${escaped(labelOf(node.name))}</text>`;
}

function headOf(node: GraphNode): string {
  const glyph = glyphOf(node);
  return `${glyph === "" ? "" : `${glyph} `}${labelOf(node.name)}`;
}

/** Of a workflow that is not run, what a person decides is marked. */
function glyphOf({ state, kind }: GraphNode): string {
  return state?.look.glyph ?? (kind === "approval" ? "◇" : "");
}
