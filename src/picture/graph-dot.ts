/** A graph in the language of Graphviz. */
import { everyNode, type Graph, type GraphNode } from "./graph.ts";
import { noteOf, titleOf } from "./graph-text.ts";
import { labelOf } from "./label.ts";
import { LIGHT } from "./looks.ts";

export function graphDot(graph: Graph): string {
  const all = [...graph.nodes, ...graph.hooks];
  const names: Names = new Map([...everyNode(all)].map((node, at) => [node, `n${at}`]));
  const lines = [
    `digraph ${quoted(labelOf(graph.name))} {`,
    `  graph [rankdir=LR compound=true tooltip=${quoted(titleOf(graph))} fontname="sans-serif"]`,
    `  node [shape=box style="rounded,filled" fillcolor="${LIGHT.surface}" color="${LIGHT.line}" fontcolor="${LIGHT.text}" fontname="sans-serif"]`,
    `  edge [color="${LIGHT.line}"]`,
    ...all.flatMap((node) => nodeLines(node, names, "  ")),
    ...edgesIn(all, names),
  ];
  return `${lines.join("\n")}\n}\n`;
}

type Names = ReadonlyMap<GraphNode, string>;

function nodeLines(node: GraphNode, names: Names, indent: string): readonly string[] {
  const name = names.get(node);
  const colour = node.state === null ? "" : ` color="${LIGHT.tones[node.state.look.tone]}" penwidth=1.5`;
  if (node.body.length === 0) {
    const shape = node.kind === "approval" ? " shape=hexagon style=filled" : "";
    return [`${indent}${name} [label=${labelText(node)}${colour}${shape}]`];
  }
  return [
    `${indent}subgraph cluster_${name} {`,
    `${indent}  graph [label=${labelText(node)} style=rounded color="${node.state === null ? LIGHT.line : LIGHT.tones[node.state.look.tone]}"]`,
    ...node.body.flatMap((one) => nodeLines(one, names, `${indent}  `)),
    `${indent}}`,
  ];
}

/** Graphviz draws edges between nodes alone: one to a group leads to a node in it and is cut at its box. */
function edgesIn(nodes: readonly GraphNode[], names: Names): readonly string[] {
  return nodes.flatMap((node) => [
    ...node.dependencies.map((at) => edgeLine(nodes[at] as GraphNode, node, names)),
    ...edgesIn(node.body, names),
  ]);
}

function edgeLine(from: GraphNode, to: GraphNode, names: Names): string {
  const ends = [
    from.body.length === 0 ? "" : `ltail=cluster_${names.get(from)}`,
    to.body.length === 0 ? "" : `lhead=cluster_${names.get(to)}`,
  ].filter((one) => one !== "");
  const [one, other] = [names.get(leafOf(from, -1)), names.get(leafOf(to, 0))];
  return `  ${one} -> ${other}${ends.length === 0 ? "" : ` [${ends.join(" ")}]`}`;
}

function leafOf(node: GraphNode, at: 0 | -1): GraphNode {
  const inside = node.body.at(at);
  return inside === undefined ? node : leafOf(inside, at);
}

function labelText(node: GraphNode): string {
  const glyph = node.state === null ? "" : `${node.state.look.glyph} `;
  const note = noteOf(node);
  return (
    quoted(glyph + labelOf(node.name)).slice(0, -1) + (note === "" ? '"' : `\\n${quoted(note).slice(1)}`)
  );
}

/** A backslash would begin one of Graphviz's own escapes, an ampersand a character by its name. */
function quoted(text: string): string {
  return `"${text.replaceAll("&", "&amp;").replace(/["\\]/g, "\\$&")}"`;
}
