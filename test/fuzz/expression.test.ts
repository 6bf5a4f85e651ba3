import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCriterion } from "../../src/core/criteria.ts";
import {
  type Evaluated,
  evaluate,
  type Parsed,
  parseCondition,
  parseExpression,
  type Scope,
} from "../../src/core/expression/expression.ts";
import { FUNCTION_NAMES } from "../../src/core/expression/functions.ts";
import {
  parseTemplate,
  render,
  renderEnvironment,
  templateReferences,
} from "../../src/core/expression/template.ts";
import { isMap, type Json } from "../../src/core/json.ts";
import { type Chance, chance } from "../support/chance.ts";
import { processorMs } from "../support/least.ts";
import { SCALE } from "../support/scale.ts";

const COUNTS: Readonly<Record<string, number>> = { commit: 5000, ci: 200_000, soak: 5_000_000 };
const COUNT = COUNTS[SCALE] as number;
const SEED = Number(process.env.DECAPOD_TEST_SEED ?? 20_260_729);
const SLOW_MS = 1000;
const CODES = [
  "E_EXPR_SYNTAX",
  "E_EXPR_NAME",
  "E_EXPR_TYPE",
  "E_EXPR_BUDGET",
  "E_SECRET_CONTEXT",
  "E_CRITERION",
];

const NAMES: Readonly<Record<string, Json>> = {
  build: { status: "success", output: { pages: 3, files: ["a", "b"], "dry-run": true, none: null } },
  title: 'it\'s "$(hostile)" ${secrets.KEY} 😀',
  count: -2.5,
  empty: null,
  list: [1, "1", null, { name: "x" }, [2]],
  when: "2026-03-29T01:30:00+01:00",
  large: "ab".repeat(100_000),
  hostile: JSON.parse('{"toString":"a","then":"b","toJSON":"c","hasOwnProperty":"d"}') as Json,
};

const scope: Scope = {
  get: (name) => (Object.hasOwn(NAMES, name) ? NAMES[name] : undefined),
  sha256: (text) => `sha256:${text.length}`,
};

const WORDS = [
  ...[
    ...Object.keys(NAMES),
    "output",
    "files",
    "pages",
    "name",
    "secrets",
    "KEY",
    "in",
    "true",
    "false",
    "null",
    "fn",
  ],
  ...["__proto__", "constructor", "prototype", "toString", "this", "globalThis", "length"],
  ...[
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "!",
    "??",
    "?",
    ":",
    ".",
    ",",
    "(",
    ")",
  ],
  ...[
    "[",
    "]",
    "{",
    "}",
    "${",
    "$${",
    "'",
    '"',
    "\\",
    "\\u00e9",
    "\\ud83d",
    "`",
    "=",
    ";",
    "#",
    "@",
    "\u0000",
    "\ud800",
  ],
  ...["0", "1", "-1", "1e308", "1e999", "0.1", "007", "9007199254740993", "😀", "ü", " ", "\n", "\t"],
  ...["yyyy-MM-dd", "days", "Europe/Berlin", "is empty", "present", ": ", "a: [1]", "''", '""', "'a'"],
  ...FUNCTION_NAMES.map((name) => `fn:${name}(`),
];

/** Any words in a row. */
function noise(random: Chance): string {
  const words = Array.from({ length: 1 + random.below(14) }, () => random.pick(WORDS));
  return words.join(random.pick(["", " ", " "]));
}

const BINARY = ["??", "*", "/", "%", "+", "-", "<", "<=", ">", ">=", "in", "==", "!=", "&&", "||"];
const LEAVES = [
  "1",
  "-0.5",
  "'a'",
  "''",
  "null",
  "true",
  "false",
  "[]",
  "{}",
  ...Object.keys(NAMES),
  "unknown",
];
const PATHS = [".output", ".files", ".pages", "[0]", "['dry-run']", "[count]", ".name", ".toString"];

/** An expression that parses, mostly. */
function grown(random: Chance, depth: number): string {
  if (depth === 0) return random.pick(LEAVES);
  const part = () => grown(random, depth - 1);
  switch (random.below(9)) {
    case 0:
      return `${part()} ${random.pick(BINARY)} ${part()}`;
    case 1:
      return `(${part()})`;
    case 2:
      return `${part()} ? ${part()} : ${part()}`;
    case 3:
      return `${random.pick(["!", "-"])}${part()}`;
    case 4:
      return `[${part()}, ${part()}]`;
    case 5:
      return `{a: ${part()}, "b-c": ${part()}}`;
    case 6:
      return `${part()}${random.pick(PATHS)}`;
    case 7:
      return `fn:${random.pick(FUNCTION_NAMES)}(${Array.from({ length: random.below(4) }, part).join(", ")})`;
    default:
      return random.pick(LEAVES);
  }
}

/** Small damage: a part left out, doubled, turned or replaced. */
function damaged(random: Chance, text: string): string {
  const [from, to] = [random.below(text.length + 1), random.below(text.length + 1)].sort(
    (left, right) => left - right,
  );
  const [before, middle, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  const replaced = [
    after,
    middle + middle + after,
    random.pick(WORDS) + after,
    [...middle].reverse().join("") + after,
  ];
  return before + random.pick(replaced);
}

/** Deep or long on purpose. */
function heavy(random: Chance): string {
  const piece = random.pick([
    "(",
    "[",
    "!",
    "a?",
    "x ?? ",
    "1+",
    "large + ",
    "fn:json(",
    "fn:replace(large, 'a', ",
    "{a:",
    ".b",
    "${",
  ]);
  return (
    piece.repeat(1 + random.below(random.pick([20, 200, 2000]))) + random.pick(["", "1", "large", "'a'"])
  );
}

function inputOf(random: Chance): string {
  const kind = random.below(100);
  if (kind < 30) return noise(random);
  if (kind < 65) return grown(random, 1 + random.below(4));
  if (kind < 97) return damaged(random, grown(random, 1 + random.below(4)));
  return heavy(random);
}

type Outcome = Evaluated | Parsed;

function checkRefusal(outcome: Outcome, text: string): void {
  if (outcome.ok) return;
  const { code, message, offset, length } = outcome.problem;
  assert(CODES.includes(code), code);
  assert.notEqual(message, "");
  assert(Number.isInteger(offset) && offset >= 0 && offset <= text.length, `offset ${offset}`);
  assert(length === undefined || (length >= 0 && offset + length <= text.length), `length ${length}`);
}

/** Values are JSON all the way down. */
function checkValue(value: Json): void {
  if (typeof value === "number") assert(Number.isFinite(value) && !Object.is(value, -0));
  if (typeof value !== "object" || value === null) {
    assert(value === null || ["string", "number", "boolean"].includes(typeof value), typeof value);
    return;
  }
  if (isMap(value)) assert.equal(Object.getPrototypeOf(value), Object.prototype);
  for (const item of Object.values(value)) checkValue(item as Json);
}

function tryExpression(text: string, parsed: Parsed): boolean {
  checkRefusal(parsed, text);
  if (!parsed.ok) return false;
  const { source, start, references } = parsed.expression;
  assert.equal(text.slice(start, start + source.length), source);
  for (const { head, offset, length } of references)
    assert(source.slice(offset, offset + length).startsWith(head));
  const evaluated = evaluate(parsed.expression, scope);
  checkRefusal(evaluated, source);
  if (evaluated.ok) checkValue(evaluated.value);
  return evaluated.ok;
}

function tryTemplate(text: string): void {
  const parsed = parseTemplate([text]);
  if (!parsed.ok) {
    for (const problem of parsed.problems) checkRefusal({ ok: false, problem }, text);
    return;
  }
  for (const { head, offset } of templateReferences(parsed.template))
    assert(text.slice(offset).startsWith(head));
  const rendered = render(parsed.template, scope);
  checkRefusal(rendered, text);
  if (rendered.ok) checkValue(rendered.value);
  renderEnvironment(parsed.template, scope);
}

function tryAll(text: string): boolean {
  const isEvaluated = tryExpression(text, parseExpression(text));
  const condition = `\${${text}}`;
  tryExpression(condition, parseCondition(condition));
  tryTemplate(text);
  tryTemplate(`a \${${text}} b`);
  const criterion = parseCriterion(text);
  checkRefusal(criterion.ok ? { ok: true, value: null } : criterion, text);
  return isEvaluated;
}

function prototypes(): string {
  const all = [Object, Array, String, Number, Boolean, Function, Map, RegExp];
  return all.map((one) => Reflect.ownKeys(one.prototype).map(String).join()).join("|");
}

describe("expressions, fuzzed", () => {
  it(`take ${COUNT} inputs without a crash, a hang or a changed prototype (seed ${SEED})`, (context) => {
    context.diagnostic(`seed ${SEED}; another one through DECAPOD_TEST_SEED`);
    const before = prototypes();
    let evaluated = 0;
    let slowest = { ms: 0, text: "" };
    for (let number = 0; number < COUNT; number += 1) {
      const text = inputOf(chance(SEED + number));
      const start = processorMs();
      try {
        if (tryAll(text)) evaluated += 1;
      } catch (error) {
        throw new Error(`input ${number} of seed ${SEED}: ${JSON.stringify(text.slice(0, 2000))}`, {
          cause: error,
        });
      }
      const ms = processorMs() - start;
      if (ms > slowest.ms) slowest = { ms, text: text.slice(0, 200) };
    }
    context.diagnostic(
      `${evaluated} gave a value; the slowest took ${slowest.ms.toFixed(1)} ms: ${JSON.stringify(slowest.text)}`,
    );
    assert(slowest.ms < SLOW_MS, `${slowest.ms} ms for ${slowest.text}`);
    assert.equal(prototypes(), before);
    assert(evaluated > COUNT / 20, `only ${evaluated} inputs gave a value, so the fuzzer sees too little`);
  });
});
