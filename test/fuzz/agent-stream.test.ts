// Recorded streams of an agent, broken at random: values of other types, bytes, cuts, lines in another order. Whatever
// comes, it is read to its end, judged, and shown. 100,000 inputs at ci.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import { FAILURE_CLASSES, type Usage } from "../../src/core/outcome.ts";
import * as acp from "../../src/driver/acp/facts.ts";
import { judge as judgeAcp } from "../../src/driver/acp/verdict.ts";
import { acpView } from "../../src/driver/acp/view.ts";
import { EVENT_BYTES_MAX, readEvent } from "../../src/driver/agent/event.ts";
import type { Verdict } from "../../src/driver/agent/verdict.ts";
import * as claude from "../../src/driver/claude/facts.ts";
import { judge as judgeClaude } from "../../src/driver/claude/verdict.ts";
import { claudeView } from "../../src/driver/claude/view.ts";
import * as codex from "../../src/driver/codex/facts.ts";
import { judge as judgeCodex } from "../../src/driver/codex/verdict.ts";
import { codexView } from "../../src/driver/codex/view.ts";
import type { Work } from "../../src/driver/driver.ts";
import * as gemini from "../../src/driver/gemini/facts.ts";
import { judge as judgeGemini } from "../../src/driver/gemini/verdict.ts";
import { geminiView } from "../../src/driver/gemini/view.ts";
import { lineSplitter } from "../../src/driver/lines.ts";
import type { OutputView } from "../../src/driver/output-view.ts";
import { type Chance, chance } from "../support/chance.ts";
import { SCALE } from "../support/scale.ts";

const INPUTS: Readonly<Record<string, number>> = { commit: 2_000, ci: 100_000, soak: 2_000_000 };
const inputs = INPUTS[SCALE] ?? 2_000;
const SEED = Number(process.env.DECAPOD_FUZZ_SEED ?? 20_262);

interface Kind<Facts> {
  readonly lines: readonly string[];
  readonly nothing: Facts;
  readonly learn: (facts: Facts, event: JsonMap) => Facts;
  readonly usageOf: (facts: Facts) => Usage | null;
  readonly judge: (facts: Facts, random: Chance) => Verdict;
  /** It has said that it is done. */
  readonly isTold: (facts: Facts) => boolean;
  readonly view: () => OutputView;
}

const DATA = join(import.meta.dirname, "../data");
const linesIn = (file: string) => readFileSync(join(DATA, file), "utf8").trim().split("\n");
const WORK = { outputSchema: null, limits: {} } as unknown as Work;
const endedBy = (random: Chance) => ({
  code: random.pick([0, 1, null]),
  signal: null,
  isDone: random.below(2) === 0,
  lastError: "",
});

const CLAUDE: Kind<claude.Facts> = {
  lines: readdirSync(join(DATA, "claude-code"))
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => linesIn(`claude-code/${name}`)),
  nothing: claude.NO_FACTS,
  ...claude,
  judge: (facts, random) =>
    judgeClaude(facts, {
      ...endedBy(random),
      textBytesMax: 65_536,
      servers: random.pick([[], ["bad"]] as const),
      isResumed: random.pick([true, false] as const),
      schema: random.pick(["none", "plain", "wrapped"] as const),
      denied: [],
      refuse: [],
    }),
  isTold: ({ result }) => result !== null,
  view: claudeView,
};
const CODEX: Kind<codex.Facts> = {
  lines: linesIn("other-agents/codex.jsonl"),
  nothing: codex.NO_FACTS,
  ...codex,
  judge: (facts, random) => judgeCodex(facts, endedBy(random), WORK),
  isTold: ({ isCompleted }) => isCompleted,
  view: codexView,
};
const GEMINI: Kind<gemini.Facts> = {
  lines: linesIn("other-agents/gemini.jsonl"),
  nothing: gemini.NO_FACTS,
  ...gemini,
  judge: (facts, random) => judgeGemini(facts, endedBy(random), WORK),
  isTold: ({ result }) => result?.isSuccess === true,
  view: geminiView,
};
const ACP: Kind<acp.Facts> = {
  lines: linesIn("other-agents/acp.jsonl"),
  nothing: acp.NO_FACTS,
  ...acp,
  judge: (facts, random) => judgeAcp(facts, endedBy(random), WORK),
  isTold: ({ stopReason }) => stopReason !== null,
  view: acpView,
};

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

function aLine(lines: readonly string[], random: Chance): string {
  const line = random.pick(lines);
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

function factsOf<Facts>({ nothing, learn }: Kind<Facts>, bytes: Uint8Array, cuts: readonly number[]): Facts {
  let facts = nothing;
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

function tried<Facts>(kind: Kind<Facts>, random: Chance, what: string): void {
  const lines = Array.from({ length: 1 + random.below(6) }, () => aLine(kind.lines, random));
  const bytes = Buffer.from(lines.join("\n"));
  const about = `${what}: ${bytes.toString("base64")}`;
  const facts = factsOf(kind, bytes, [random.below(bytes.length + 1)]);
  assert.deepEqual(facts, factsOf(kind, bytes, []), about);
  const used = kind.usageOf(facts);
  assert.ok(used === null || (used.tokens ?? 0) >= 0, about);
  const { status, failure, output } = kind.judge(facts, random);
  if (status === "failed" || status === "lost")
    assert.ok(failure !== null && CLASSES.has(failure.class), about);
  else assert.ok(failure === null && (status !== "success" || output !== undefined), about);
  assert.ok(status !== "success" || kind.isTold(facts), about);
  const view = kind.view();
  const shown = Buffer.concat([view.write(bytes), view.end()]).toString("utf8");
  assert.ok(
    shown.split("\n").every((line) => line.length <= 402),
    about,
  );
}

describe("F29: the stream of an agent", () => {
  for (const [name, share, run] of [
    ["claude-code", 1, (random: Chance, what: string) => tried(CLAUDE, random, what)],
    ["codex", 2, (random: Chance, what: string) => tried(CODEX, random, what)],
    ["gemini", 2, (random: Chance, what: string) => tried(GEMINI, random, what)],
    ["acp", 2, (random: Chance, what: string) => tried(ACP, random, what)],
  ] as const)
    it(`${name} is read, judged and shown whatever it holds, in ${inputs / share} inputs (seed ${SEED})`, () => {
      const random = chance(SEED);
      for (let count = 0; count < inputs / share; count += 1) run(random, `input ${count} of seed ${SEED}`);
    });
});
