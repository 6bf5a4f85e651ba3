/** Layouts that people could have written: comments and blank lines anywhere, values of all spellings. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import { definitionText } from "../../src/spec/digest.ts";
import { tidy } from "../../src/spec/document.ts";
import { Findings } from "../../src/spec/findings.ts";
import { formatWorkflow } from "../../src/spec/format.ts";
import { readText } from "../../src/spec/read.ts";
import { type Chance, chance } from "../support/chance.ts";
import { SCALE } from "../support/scale.ts";

const COUNTS: Readonly<Record<string, number>> = { commit: 60, ci: 3000, soak: 200_000 };
const COUNT = COUNTS[SCALE] as number;
const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_261_129);

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["templates", "examples", "test/data/example-workflows", "test/data/workflow-shapes/argo"];
const TEXTS = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
);
const VALUES = [
  ..."null ~ true 1.10 1e3 0x1F 0o17 007 -0 .5 '' [] {} [a,b] {a:1} 'it''s' plain-text".split(" "),
  ...['"a\\tb"', "{a: 1}", "[ 1, [2 ,3] ]", "{a: [x], b: }", "[a, ]", "'a # b'", '"# no comment"', "x#y", ""],
];

it(`a text in any layout is formatted to one that means the same, has its comments and comes to rest (${COUNT} texts, seed ${SEED})`, () => {
  let formatted = 0;
  for (let run = 0; run < COUNT; run += 1) {
    const seed = SEED + run;
    const text = mutated(chance(seed));
    const told = `DECAPOD_TEST_SEED=${seed} node scripts/test.mjs test/fuzz/workflow-fmt`;
    const before = meaningOf(text);
    if (before === null) continue;
    const once = formatWorkflow("a.yaml", text);
    assert.ok(once.ok, told);
    assert.equal(meaningOf(once.value), before, told);
    assert.deepEqual(notesOf(once.value), notesOf(text), told);
    const twice = formatWorkflow("a.yaml", once.value);
    assert.ok(twice.ok && twice.value === once.value, told);
    formatted += 1;
  }
  assert.ok(formatted > COUNT / 3, `only ${formatted} of ${COUNT} texts could be read`);
});

/** null for a text that is refused. */
function meaningOf(text: string): string | null {
  const read = readText("a.yaml", text);
  if (!read.ok) return null;
  const findings = new Findings(null);
  const definition = tidy(read.value.value, findings);
  return findings.problems.length > 0 ? null : definitionText(definition as JsonMap);
}

/** Of ours alone: they have words of their own that nothing else has. */
function notesOf(text: string): readonly string[] {
  return [...text.matchAll(/# note \d+ of ours/g)].map(([note]) => note).sort();
}

function mutated(random: Chance): string {
  let text = random.pick(TEXTS);
  for (let left = 1 + random.below(8); left > 0; left -= 1) {
    const next = changed(text, random);
    // A note inside a script is no comment, and a broken text is of no use.
    if (readText("a.yaml", next).ok) text = next;
  }
  return text;
}

function changed(text: string, random: Chance): string {
  const lines = text.split("\n");
  const at = random.below(lines.length);
  const line = lines[at] ?? "";
  const note = `# note ${random.below(1_000_000)} of ours`;
  switch (random.below(5)) {
    case 0:
      lines[at] = `${line} ${note}`;
      break;
    case 1:
      lines.splice(
        at,
        0,
        `${random.below(3) === 0 ? " ".repeat(random.below(9)) : (/^ */.exec(line)?.[0] ?? "")}${note}`,
      );
      break;
    case 2:
      lines.splice(at, 0, "");
      break;
    case 3:
      lines[at] = line.replace(/^( *(?:- )?[\w-]+: ).*$/, `$1${random.pick(VALUES)}`);
      break;
    default:
      lines.splice(random.below(lines.length), 0, ...lines.splice(at, 1 + random.below(3)));
  }
  return lines.join("\n");
}
