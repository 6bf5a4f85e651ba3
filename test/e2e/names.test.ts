/** Names that somebody else chose, on their way out of the whole program. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wellFormed } from "../support/xml.ts";
import { freshFolder } from "./decapod.ts";

const HOSTILE = [
  '=HYPERLINK("http://e")',
  '"} 1\nfoo{',
  "<img src=x onerror=alert(1)>",
  '"]; n0 --> n1 %% #quot;',
  "a\r\u001b[2J\u009b\u202egnp.exe",
  "x".repeat(200),
];

/** What neither a picture nor a line for people may hold; cells of a list stand between tabs. */
const CONTROLS = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Keys of instances are any text that a task before them printed. */
const EACH = `name: each
params:
  names: { type: array }
tasks:
  - id: one
    agent: shell
    foreach: { items: "\${names}", key: "\${item}" }
    parameters: { run: 'echo "said by $DECAPOD_TASK"' }
`;

describe("O7, O9 names in what the program gives out", () => {
  it("O7, O9: are text in every picture, never a part of it, and cut to 120; in JSON they are as they are", async () => {
    const folder = freshFolder({ each: EACH });
    folder.write("names.json", JSON.stringify({ names: HOSTILE }));
    const ran = await folder.run("run", "each", "--inputs", "names.json");
    assert.equal(ran.code, 0, ran.stderr);
    assert.doesNotMatch(ran.stderr, CONTROLS);
    const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    const svg = (await folder.run("timeline", id, "--format", "svg")).stdout;
    const { names, attributes } = wellFormed(svg);
    assert.ok(
      !names.has("img") && !names.has("script") && !attributes.has("onerror") && !attributes.has("href"),
    );
    assert.doesNotMatch(svg, CONTROLS);
    assert.match(svg, /x{100}/);
    assert.doesNotMatch(svg, /x{120}/, "cut, with what stands before the key");
    assert.ok(svg.includes("=HYPERLINK"), "shown as text");
    for (const words of [
      ["timeline", id],
      ["show", id],
      ["logs", id],
      ["graph", id],
      ["graph", id, "--format", "mermaid"],
      ["graph", id, "--format", "dot"],
    ]) {
      const shown = await folder.run(...words);
      assert.equal(shown.code, 0, shown.stderr);
      assert.doesNotMatch(shown.stdout, CONTROLS, words.join(" "));
      for (const line of shown.stdout.split("\n")) assert.doesNotMatch(line, /^foo\{/, words.join(" "));
    }
    const timeline = JSON.parse((await folder.run("timeline", id, "--format", "json")).stdout);
    const text = JSON.stringify(timeline);
    for (const name of HOSTILE.slice(0, 5)) assert.ok(text.includes(JSON.stringify(name).slice(1, -1)), name);
  });

  it("O9: a task's id that is no name is refused where it is written", async () => {
    const id = JSON.stringify('"} 1\nfoo{');
    const folder = freshFolder({
      bad: `name: bad\ntasks:\n  - { id: ${id}, agent: shell, parameters: { run: 'true' } }\n`,
    });
    const refused = await folder.run("run", "bad");
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /error E_TYPE id must be a name/);
    assert.doesNotMatch(refused.stderr, /^foo\{/m);
  });
});
