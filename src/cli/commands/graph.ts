/** decapod graph: the tasks of a workflow, or of a run with their states, as a picture. */
import { EXIT } from "../../core/problem.ts";
import { everyNode, type Graph, graphOf, graphOfRun } from "../../picture/graph.ts";
import type { Line } from "../../picture/span.ts";
import { type Context, hint, type Options, projectOf } from "../context.ts";
import { findRun, isRunName } from "../ids.ts";
import { jsonText } from "../json.ts";
import { formatAsked } from "../picture-format.ts";
import { playedOf } from "../played.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";
import { painted } from "../words.ts";

const FORMATS = ["ascii", "mermaid", "dot", "svg", "json"] as const;
/** Mermaid draws no more than this unless a page allows it. */
const MERMAID_EDGES_MAX = 500;

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const format = formatAsked(context, options, FORMATS);
  const graph = graphOfWord(context, words[0] ?? "");
  const { out } = context;
  switch (format) {
    case "ascii":
      for (const line of await asciiLines(context, graph)) out.line(painted(out, line));
      break;
    case "mermaid":
      warnOfEdges(context, graph);
      out.output.write((await import("../../picture/graph-mermaid.ts")).graphMermaid(graph));
      break;
    case "dot":
      out.output.write((await import("../../picture/graph-dot.ts")).graphDot(graph));
      break;
    case "svg":
      out.output.write((await import("../../picture/graph-svg.ts")).graphSvg(graph));
      break;
    case "json": {
      const { graphDocument } = await import("../../picture/graph-json.ts");
      out.line(jsonText({ schemaVersion: 1, name: graph.name, ...graphDocument(graph) }));
      break;
    }
    default:
      format satisfies never;
  }
  return EXIT.done;
}

/** A run by its short name or id, else a workflow by name or path. */
function graphOfWord(context: Context, word: string): Graph {
  const { application } = context;
  const project = projectOf(context);
  if (!isRunName(word)) return graphOf(take(application.workflow(project, word)).workflow);
  const reader = take(application.read(project));
  if (reader === null) throw refused("E_NOT_FOUND", `there is no run ${clean(word, 60)} in this project`);
  const row = reader.run(take(findRun(reader, word)));
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(word, 60)} in this project`);
  return graphOfRun(playedOf(reader, row));
}

/** A drawing where it fits, else the stages as a list; how many are in which state below it. */
async function asciiLines({ out }: Context, graph: Graph): Promise<readonly Line[]> {
  const { drawnGraph } = await import("../../picture/graph-lines.ts");
  const { hookLines, legendLine, stageLines } = await import("../../picture/stages.ts");
  const { legendOf } = await import("../../picture/graph-text.ts");
  const counts = legendOf(graph);
  const below = [...hookLines(graph), ...(counts === null ? [] : [legendLine(counts)])];
  const lines = drawnGraph(graph, out.columns ?? PIPED_COLUMNS) ?? stageLines(graph, out.columns);
  return below.length === 0 ? lines : [...lines, [], ...below];
}

/** Nobody's terminal: as wide as a page of text may be. */
const PIPED_COLUMNS = 160;

function warnOfEdges(context: Context, graph: Graph): void {
  let edges = 0;
  for (const { dependencies } of everyNode([...graph.nodes, ...graph.hooks])) edges += dependencies.length;
  if (edges > MERMAID_EDGES_MAX)
    hint(
      context,
      `${edges} edges: Mermaid draws ${MERMAID_EDGES_MAX} unless maxEdges is raised; svg has no limit`,
    );
}
