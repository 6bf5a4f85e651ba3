/** Pictures that leave the terminal: what stands in a name is shown there, and never becomes part of the picture. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { wellFormed } from "../../test/support/xml.ts";
import type { Graph, GraphNode } from "./graph.ts";
import { graphDot } from "./graph-dot.ts";
import { graphDocument } from "./graph-json.ts";
import { drawnGraph } from "./graph-lines.ts";
import { graphMermaid } from "./graph-mermaid.ts";
import { graphSvg } from "./graph-svg.ts";
import { DARK, LIGHT, look, type Palette } from "./looks.ts";
import { stageLines } from "./stages.ts";

const HOSTILE: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  `"]; n0 --> n1 %% \`quoted\` #quot;`,
  '"} 1\nfoo{',
  "end",
  "a\\nb\\",
  "&lt;script&gt;]]>",
  "first\r\nsecond\u0000\u001b[2J\u009b",
  "\u202egnp.exe\u2066\u200b",
  "javascript:alert(1)",
  '=HYPERLINK("http://e")',
  "half \ud800 of one",
  "検査🚀",
  "x".repeat(500),
];

function hostile(): Graph {
  const state = {
    look: look("failed", "failed"),
    status: "failed",
    reason: null,
    counts: [{ look: look("failed", "failed"), count: 2 }],
    attempts: 1,
    durationMs: 1,
    costUsd: null,
  };
  const node = (name: string, at: number, body: readonly GraphNode[] = []): GraphNode => {
    const kind = at === 1 ? "approval" : "attempt";
    return {
      id: name,
      name,
      agent: name,
      kind,
      each: null,
      dependencies: at === 0 ? [] : [at - 1],
      state,
      body,
    };
  };
  const nodes = HOSTILE.map((name, at) => node(name, at, at === 2 ? [node(name, 0)] : []));
  return { name: HOSTILE.join(" "), nodes, hooks: [node("on_failure", 0, [node(HOSTILE[0] ?? "", 0)])] };
}

/** What no picture may hold: it would end a line, or turn or hide what stands beside it. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

describe("O7: names in pictures are encoded for each format", () => {
  it("SVG: well-formed, without a tag, an attribute or an address of theirs", () => {
    const text = graphSvg(hostile());
    const tags = wellFormed(text);
    assert.deepEqual([...tags.names].sort(), [
      "desc",
      "g",
      "path",
      "rect",
      "style",
      "svg",
      "text",
      "title",
      "tspan",
    ]);
    assert.deepEqual(
      [...tags.attributes].filter((name) => name.startsWith("on") || name.endsWith("href")),
      [],
    );
    assert.doesNotMatch(text, CONTROLS);
    assert.match(text, /&#60;img src=x onerror=alert\(1\)&#62;/);
  });

  it("Mermaid: every sign that could mean something is a number", () => {
    const text = graphMermaid(hostile());
    assert.doesNotMatch(text, CONTROLS);
    for (const line of text.split("\n"))
      assert.match(
        line,
        /^(?:flowchart LR|\s*(?:accTitle: [\p{L}\p{N} ._\-/]*|n\d+(?:\["[^"<>`]*(?:<br\/>[^"<>`]*)?"\]|\{\{"[^"<>`]*(?:<br\/>[^"<>`]*)?"\}\}):::\w+|n\d+ --> n\d+|subgraph n\d+\["[^"<>`]*(?:<br\/>[^"<>`]*)?"\]|end|classDef .*)|)$/u,
      );
  });

  it("DOT: one statement a line, whatever the names", () => {
    const text = graphDot(hostile());
    assert.doesNotMatch(text, CONTROLS);
    const bare = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
    for (const line of bare.split("\n"))
      assert.match(
        line,
        /^(?:digraph "" \{|\}|\s*(?:subgraph cluster_n\d+ \{|\}|(?:graph|node|edge|n\d+) \[[\w =".,]*\]|n\d+ -> n\d+(?: \[[\w =]*\])?)|)$/,
      );
  });

  it("text: no line is broken, nothing reaches the terminal but letters", () => {
    const lines = [
      ...(drawnGraph(hostile(), 100_000) ?? []),
      ...stageLines(hostile(), null),
      ...stageLines(hostile(), 80),
    ];
    for (const line of lines) for (const { text } of line) assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  });

  it("JSON: names as they are", () => {
    const { nodes } = graphDocument(hostile());
    for (const name of HOSTILE) assert.ok(nodes.some(({ id }) => id === name));
  });
});

describe("O9: a name that becomes a label is cut to 120", () => {
  it("in every picture", () => {
    for (const text of [graphSvg(hostile()), graphMermaid(hostile()), graphDot(hostile())]) {
      assert.match(text, /x{119}…|x{119}#8230;/);
      assert.doesNotMatch(text, /x{120}/);
    }
  });
});

describe("pictures are taken by the programs they are made for", () => {
  const skipWithout = (program: string, ...words: readonly string[]) =>
    spawnSync(program, words, { stdio: "ignore" }).error === undefined
      ? false
      : `${program} is not installed`;

  it("dot (Graphviz)", { skip: skipWithout("dot", "-V") }, () => {
    const { status, stdout, stderr } = spawnSync("dot", ["-Tplain"], {
      input: graphDot(hostile()),
      encoding: "utf8",
    });
    assert.deepEqual([status, stderr], [0, ""]);
    // The leaf of the group stands for it.
    assert.equal(stdout.match(/^node /gm)?.length, HOSTILE.length + 1);
    assert.equal(stdout.match(/^edge /gm)?.length, HOSTILE.length - 1);
  });

  it("rsvg-convert (librsvg)", { skip: skipWithout("rsvg-convert", "--version") }, () => {
    const { status, stdout } = spawnSync("rsvg-convert", ["-f", "png"], { input: graphSvg(hostile()) });
    assert.equal(status, 0);
    assert.equal(stdout.subarray(1, 4).toString("latin1"), "PNG");
  });

  it("mmdc (Mermaid)", { skip: skipWithout("mmdc", "--version") }, () => {
    const folder = mkdtempSync(join(tmpdir(), "decapod-mermaid-"));
    try {
      writeFileSync(join(folder, "in.mmd"), graphMermaid(hostile()));
      const { status } = spawnSync("mmdc", ["-i", join(folder, "in.mmd"), "-o", join(folder, "out.svg")]);
      assert.equal(status, 0);
      assert.doesNotMatch(readFileSync(join(folder, "out.svg"), "utf8"), /<img/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("colours of pictures", () => {
  for (const [name, palette] of [
    ["light", LIGHT],
    ["dark", DARK],
  ] as const) {
    it(`can be read on a ${name} ground: text at 4.5 : 1, lines at 3 : 1`, () => {
      const { ground, surface, text, muted, line, tones } = palette satisfies Palette;
      for (const under of [ground, surface]) {
        for (const colour of [text, muted, ...Object.values(tones)])
          assert.ok(contrast(colour, under) >= 4.5, `${colour} on ${under}`);
        assert.ok(contrast(line, under) >= 3, `${line} on ${under}`);
      }
    });
  }

  it("are all in the SVG, the dark ones for who asks for dark", () => {
    const text = graphSvg(hostile());
    const [light = "", dark = ""] = text.split("@media (prefers-color-scheme:dark)");
    for (const colour of Object.values(LIGHT.tones)) assert.ok(light.includes(colour));
    for (const colour of Object.values(DARK.tones)) assert.ok(dark.includes(colour));
  });
});

/** As WCAG counts it. */
function contrast(one: string, other: string): number {
  const [bright = 0, dim = 0] = [luminance(one), luminance(other)].sort((left, right) => right - left);
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
