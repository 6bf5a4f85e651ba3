// Front matter as people write it, broken at random: cut, joined, other bytes, lines in another order. Whatever comes, it
// is read in no time to texts, lists and maps, and no key of it reaches a prototype. 200,000 inputs at ci.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { isMap, type Json, RESERVED_KEYS } from "../../src/core/json.ts";
import { readMarkdown } from "../../src/spec/front-matter.ts";
import { roleTextProblems, roleTextWarnings } from "../../src/spec/role-file.ts";
import { roleOf } from "../../src/spec/roles.ts";
import { type Chance, chance } from "../support/chance.ts";
import { SCALE } from "../support/scale.ts";

const INPUTS: Readonly<Record<string, number>> = { commit: 4_000, ci: 200_000, soak: 5_000_000 };
const inputs = INPUTS[SCALE] ?? 4_000;
const SEED = Number(process.env.DECAPOD_FUZZ_SEED ?? 20_263);
/** Of one input, in time of this process's own. */
const CPU_MS_MAX = 1_000;

const FRONTS = readFileSync(join(import.meta.dirname, "../data/agent-frontmatter/front-matter.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => String(JSON.parse(line).front_matter));
const PIECES = [
  ..."--- : :: - -- [ ] { } ( ) ' \" | > & * ! % @ ` # , \\ \t \r \0 \u2028 \ufeff \ud800".split(" "),
  ...[
    "__proto__:",
    "constructor: x",
    "decapod:",
    "  driver: x",
    "a:\n  b:\n    c:\n      d:",
    "[".repeat(300),
  ],
  ...["x".repeat(3_000), "a: ".repeat(500), " ".repeat(500), "(((", "\n\n\n", "---\n---\n", "- ".repeat(300)],
];

it(`front matter, broken at random, is read to plain values (${inputs} inputs, seed ${SEED})`, (t) => {
  let kept = 0;
  for (let run = 0; run < inputs; run += 1) {
    const seed = SEED + run;
    const told = `DECAPOD_FUZZ_SEED=${seed} node scripts/test.mjs test/fuzz/front-matter`;
    const text = broken(chance(seed));
    const before = process.cpuUsage();
    const { front, body } = readMarkdown(text);
    const role = roleOf(text);
    const said = [...roleTextProblems("a.md", text), ...roleTextWarnings("a.md", text)];
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1000 < CPU_MS_MAX, `${told}: ${(user + system) / 1000} ms`);
    assert.equal(typeof body, "string", told);
    checkPlain(front, told);
    assert.equal(typeof role.instructions, "string", told);
    for (const { code, at } of said)
      assert.ok(code !== "" && (at?.line ?? 0) >= 1 && (at?.line ?? 0) <= text.split(/\r?\n/).length, told);
    if (Object.keys(front).length > 0) kept += 1;
  }
  assert.equal(({} as Record<string, unknown>).x, undefined);
  t.diagnostic(`${kept} of ${inputs} still had keys`);
  assert.ok(kept > inputs / 4, `only ${kept} of ${inputs} had a key`);
});

function checkPlain(value: Json, told: string): void {
  if (typeof value === "string") return;
  if (Array.isArray(value)) return void value.forEach((one) => void assert.equal(typeof one, "string", told));
  assert.ok(isMap(value), told);
  for (const [key, one] of Object.entries(value)) {
    assert.ok(!RESERVED_KEYS.has(key), `${told}: ${key}`);
    checkPlain(one, told);
  }
}

function broken(random: Chance): string {
  let text = `---\n${random.pick(FRONTS)}\n---\nDo it.\n`;
  for (let left = random.below(6); left > 0; left -= 1) {
    const at = random.below(text.length + 1);
    const to = at + random.below(40);
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + random.pick(PIECES) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + text.slice(to);
        break;
      case 2:
        text = text.slice(0, to) + text.slice(at);
        break;
      case 3:
        text = text
          .split("\n")
          .sort(() => random.next() - 0.5)
          .join("\n");
        break;
      default:
        text = text.slice(0, at) + String.fromCharCode(random.below(0x1_0000)) + text.slice(at + 1);
    }
  }
  return text;
}
