import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { isCode } from "../../src/core/codes.ts";
import { explainAll } from "../../src/spec/explain.ts";
import { linkDefinition, readWorkflow } from "../../src/spec/workflow-file.ts";
import { type Chance, chance } from "../support/chance.ts";
import { processorMs } from "../support/least.ts";
import { SCALE } from "../support/scale.ts";
import { surroundings } from "../support/surroundings.ts";

const COUNTS: Readonly<Record<string, number>> = { commit: 1500, ci: 30_000, soak: 5_000_000 };
const COUNT = COUNTS[SCALE] as number;
const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_260_119);
const SLOW_MS = 1000;

const DATA = join(import.meta.dirname, "../data");
const FOLDERS = ["example-workflows", "founding", "workflow-shapes/archon", "workflow-shapes/argo"];
const TEXTS = FOLDERS.flatMap((folder) =>
  readdirSync(join(DATA, folder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => readFileSync(join(DATA, folder, name), "utf8")),
);

const KEYS = [
  ..."id agent dependencies condition retry timeout on_failure approval foreach matrix repeat tasks hooks outputs".split(
    " ",
  ),
  ..."settings context params defaults env parameters options success_criteria output_schema session cache".split(
    " ",
  ),
  ..."__proto__ constructor prototype toString hasOwnProperty x-note then length".split(" "),
];
const VALUES = [
  ..."null true false 0 -1 1e9 1e400 .inf .nan 0777 1.10 12345678901234567890 [] {} [[]] {a: 1} ~ '' \"\"".split(
    " ",
  ),
  ..."&a *a !!str !foo << | > - ? : # %YAML --- ...".split(" "),
  ...[
    "${",
    "}",
    "$${x}",
    "${a.output",
    "${fn:hash(x)}",
    "${secrets.X}",
    "${item.x}",
    "'${previous.output}'",
    '"${run.id}"',
  ],
  ...[
    "\t",
    "\n",
    "\n\n",
    "  ",
    "\r\n",
    "\u0000",
    "\u2028",
    "\ufeff",
    "\ud800",
    "😀",
    "ü",
    "\\",
    '"',
    "'",
    "`",
  ],
  ...["[".repeat(300), "{a: ".repeat(70), "- ".repeat(80), "x".repeat(5000)],
];

/** One small change of the kind that typing, pasting, merging and malice make. */
function change(text: string, random: Chance): string {
  const at = random.below(text.length + 1);
  const lines = text.split("\n");
  const line = random.below(lines.length);
  switch (random.below(10)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1 + random.below(8));
    case 1:
      return text.slice(0, at) + random.pick(VALUES) + text.slice(at);
    case 2:
      return lines.toSpliced(line, 1).join("\n");
    case 3:
      return lines.toSpliced(line, 0, lines[random.below(lines.length)] ?? "").join("\n");
    case 4:
      return lines.toSpliced(line, 1, " ".repeat(random.below(6)) + (lines[line] ?? "")).join("\n");
    case 5:
      return lines
        .toSpliced(line, 0, `${" ".repeat(2 * random.below(4))}${random.pick(KEYS)}: ${random.pick(VALUES)}`)
        .join("\n");
    case 6:
      return lines.toSpliced(line, 1, swapValue(lines[line] ?? "", random.pick(lines))).join("\n");
    case 7:
      return lines
        .toSpliced(line, 1, (lines[line] ?? "").replace(/:.*$/, `: ${random.pick(VALUES)}`))
        .join("\n");
    case 8:
      return text.slice(0, at);
    default:
      return swapWords(text, random);
  }
}

/** The value of another line under this line's key. */
function swapValue(line: string, other: string): string {
  const value = /:\s+(.*)$/.exec(other)?.[1] ?? "";
  return line.replace(/:\s.*$/, () => `: ${value}`);
}

/** Names change places: ids, keys and references go wrong in ways that parse. */
function swapWords(text: string, random: Chance): string {
  const words = text.match(/[A-Za-z_][A-Za-z0-9_]{2,}/g) ?? ["a"];
  const from = random.pick(words);
  const to = random.below(2) === 0 ? random.pick(words) : random.pick(KEYS);
  const at = text.indexOf(from, random.below(text.length));
  return at === -1 ? text : text.slice(0, at) + to + text.slice(at + from.length);
}

/** JSON by way of a good definition, changed as text or as bytes. */
function jsonOf(text: string): string | null {
  const read = readWorkflow("wf.yaml", text, SURROUNDINGS);
  return read.ok ? JSON.stringify(JSON.parse(read.value.definition), null, 1) : null;
}

const SURROUNDINGS = surroundings({
  roles: new Set(["claude", "planner", "coder", "checker", "frontend", "backend", "research", "researcher"]),
});

it("fuzz: no workflow text crashes, hangs or changes a prototype, and every refusal has a code and a place", () => {
  const before = prototypes();
  const jsons = TEXTS.map(jsonOf).filter((text) => text !== null);
  for (let round = 0; round < COUNT; round += 1) {
    const random = chance(SEED + round);
    const isJson = random.below(5) === 0;
    let text = random.pick(isJson ? jsons : TEXTS);
    for (let changes = random.pick([1, 1, 1, 2, 4]); changes > 0; changes -= 1) text = change(text, random);
    tryOne(text, isJson ? "wf.json" : "wf.yaml", SEED + round);
  }
  assert.deepEqual(prototypes(), before);
});

function tryOne(text: string, file: string, seed: number): void {
  const replay = `DECAPOD_TEST_SEED=${seed}`;
  const started = processorMs();
  let read: ReturnType<typeof readWorkflow>;
  try {
    read = readWorkflow(file, text, SURROUNDINGS);
    if (read.ok) linkDefinition(read.value.definition, SURROUNDINGS);
  } catch (thrown) {
    throw new Error(`${replay}: threw`, { cause: thrown });
  }
  const took = processorMs() - started;
  assert.ok(took < SLOW_MS, `${replay}: took ${Math.round(took)} ms`);
  if (read.ok) return;
  assert.ok(read.problems.length > 0, replay);
  for (const { code, message, at } of read.problems) {
    assert.ok(isCode(code), `${replay}: ${code} is in the table`);
    assert.ok(
      at !== undefined && at.line >= 1 && at.column >= 1,
      `${replay}: ${code} ${message} has a place`,
    );
    assert.ok(!/Invalid input|undefined|\[object/.test(message), `${replay}: ${message}`);
  }
  explainAll(read.problems, { text, columns: 80 });
}

function prototypes(): readonly string[] {
  return [Object.prototype, Array.prototype, String.prototype, Map.prototype].map((one) =>
    Reflect.ownKeys(one).map(String).join(" "),
  );
}
