// Recorded streams of an agent, broken at random: values of other types, bytes, cuts, lines in another order. Whatever
// comes, it is read to its end, judged, and shown. 100,000 inputs at ci.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { FAILURE_CLASSES } from "../../src/core/outcome.ts";
import { EVENT_BYTES_MAX, readEvent } from "../../src/driver/agent/event.ts";
import { type Facts, learn, NO_FACTS, usageOf } from "../../src/driver/claude/facts.ts";
import { judge } from "../../src/driver/claude/verdict.ts";
import { claudeView } from "../../src/driver/claude/view.ts";
import { lineSplitter } from "../../src/driver/lines.ts";
import { type Chance, chance } from "../support/chance.ts";

const INPUTS: Readonly<Record<string, number>> = { commit: 2_000, ci: 100_000, soak: 2_000_000 };
const inputs = INPUTS[process.env.DECAPOD_TEST_SCALE ?? "commit"] ?? 2_000;
const SEED = Number(process.env.DECAPOD_FUZZ_SEED ?? 20_262);

const folder = join(import.meta.dirname, "../data/claude-code");
const LINES = readdirSync(folder)
  .filter((name) => name.endsWith(".jsonl"))
  .flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  "",
  "success",
  [],
  [null, 3],
  {},
  { a: { b: [] } },
  "é\ud83d",
];
const CLASSES = new Set<string>([...FAILURE_CLASSES, "max_turns"]);

/** The same JSON with one value somewhere in it made another. */
function bent(value: unknown, random: Chance): unknown {
  if (typeof value !== "object" || value === null || random.below(5) === 0) return random.pick(ODD);
  const keys = Object.keys(value);
  if (keys.length === 0) return random.pick(ODD);
  const key = random.pick(keys);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (random.below(8) === 0) delete copy[key];
  else copy[key] = bent(copy[key], random);
  return copy;
}

function aLine(random: Chance): string {
  const line = random.pick(LINES);
  switch (random.below(6)) {
    case 0:
      return line;
    case 1:
      return line.slice(0, random.below(line.length));
    case 2:
      return `${line.slice(0, random.below(line.length))}${String.fromCharCode(random.below(65_536))}`;
    case 3:
      return JSON.stringify(random.pick(ODD));
    default:
      return JSON.stringify(bent(JSON.parse(line), random));
  }
}

function factsOf(bytes: Uint8Array, cuts: readonly number[]): Facts {
  let facts = NO_FACTS;
  const splitter = lineSplitter(EVENT_BYTES_MAX, (line) => {
    const event = line === null ? null : readEvent(line);
    if (event !== null) facts = learn(facts, event);
  });
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    splitter.write(bytes.subarray(from, cut));
    from = cut;
  }
  splitter.end();
  return facts;
}

describe("F29: the stream of an agent", () => {
  it(`is read, judged and shown whatever it holds, in ${inputs} inputs (seed ${SEED})`, () => {
    const random = chance(SEED);
    for (let count = 0; count < inputs; count += 1) {
      const lines = Array.from({ length: 1 + random.below(6) }, () => aLine(random));
      const bytes = Buffer.from(lines.join("\n"));
      const about = `input ${count} of seed ${SEED}: ${bytes.toString("base64")}`;
      const cuts = [random.below(bytes.length + 1)];
      const facts = factsOf(bytes, cuts);
      assert.deepEqual(facts, factsOf(bytes, []), about);
      const used = usageOf(facts);
      assert.ok(used === null || (used.tokens ?? 0) >= 0, about);
      const schema = random.pick(["none", "plain", "wrapped"] as const);
      const ended = {
        code: random.pick([0, 1, null]),
        signal: null,
        isDone: random.below(2) === 0,
        lastError: "",
        textBytesMax: 65_536,
        schema,
      };
      const { status, failure, output } = judge(facts, ended);
      if (status === "failed") assert.ok(failure !== null && CLASSES.has(failure.class), about);
      else assert.ok(failure === null && (status !== "success" || output !== undefined), about);
      assert.ok(status !== "success" || facts.result !== null, about);
      const view = claudeView();
      const shown = Buffer.concat([view.write(bytes), view.end()]).toString("utf8");
      assert.ok(
        shown.split("\n").every((line) => line.length <= 402),
        about,
      );
    }
  });
});
