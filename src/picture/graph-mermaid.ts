/** A graph in Mermaid's words, for pages that draw it themselves. */
import { everyNode, type Graph, type GraphNode } from "./graph.ts";
import { noteOf, titleOf } from "./graph-text.ts";
import { labelOf } from "./label.ts";
import { LIGHT, type Tone } from "./looks.ts";

export function graphMermaid(graph: Graph): string {
  const all = [...graph.nodes, ...graph.hooks];
  const names = namesOf(all);
  const lines = ["flowchart LR", `  accTitle: ${plainText(titleOf(graph))}`];
  for (const node of all) lines.push(...nodeLines(node, names, "  "));
  for (const list of listsOf(all)) lines.push(...edgeLines(list, names));
  return `${[...lines, ...classLines(all)].join("\n")}\n`;
}

type Names = ReadonlyMap<GraphNode, string>;

/** Ids of our own, so that no name of a task is one of the words of the language. */
function namesOf(nodes: readonly GraphNode[]): Names {
  return new Map([...everyNode(nodes)].map((node, at) => [node, `n${at}`]));
}

function nodeLines(node: GraphNode, names: Names, indent: string): readonly string[] {
  const name = names.get(node) ?? "";
  if (node.body.length > 0) {
    const inside = node.body.flatMap((one) => nodeLines(one, names, `${indent}  `));
    return [`${indent}subgraph ${name}["${headText(node)}"]`, ...inside, `${indent}end`];
  }
  const tone = node.state === null ? "" : `:::${node.state.look.tone}`;
  const [open, close] = node.kind === "approval" ? ['{{"', '"}}'] : ['["', '"]'];
  return [`${indent}${name}${open}${labelText(node)}${close}${tone}`];
}

function labelText(node: GraphNode): string {
  const note = noteOf(node);
  return `${quoted(nameOf(node))}${note === "" ? "" : `<br/>${quoted(note)}`}`;
}

/** Of a group one line: Mermaid draws a second one over what is in it. */
function headText(node: GraphNode): string {
  return quoted(node.state === null ? nameOf(node) : `${nameOf(node)} · ${node.state.look.word}`);
}

function nameOf({ state, name }: GraphNode): string {
  return state === null ? labelOf(name) : `${state.look.glyph} ${labelOf(name)}`;
}

/** Everything but letters, digits and a few marks as a number: nothing of it can be a word, a tag or a way out. */
function quoted(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{M} ._\-/·✓●◐✗–○◇×,$]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

/** Where Mermaid reads a line as it is. */
function plainText(text: string): string {
  return text.replace(/[^\p{L}\p{N} ._\-/]/gu, " ").trim();
}

function* listsOf(nodes: readonly GraphNode[]): Generator<readonly GraphNode[]> {
  yield nodes;
  for (const { body } of nodes) if (body.length > 0) yield* listsOf(body);
}

function edgeLines(nodes: readonly GraphNode[], names: Names): readonly string[] {
  return nodes.flatMap((node) =>
    node.dependencies.map((at) => `  ${names.get(nodes[at] as GraphNode)} --> ${names.get(node)}`),
  );
}

/** Only colours that are used; on their own light ground, so that they are read in dark pages too. */
function classLines(nodes: readonly GraphNode[]): readonly string[] {
  const used = new Set<Tone>(
    [...everyNode(nodes)].flatMap(({ state }) => (state === null ? [] : [state.look.tone])),
  );
  return [...used].map((tone) => {
    const colour = LIGHT.tones[tone];
    return `  classDef ${tone} fill:${LIGHT.surface},stroke:${colour},color:${colour},stroke-width:2px`;
  });
}
