// Random MAIN_TASK texts, weighted towards what it is made of: read, or refused with a line. 200,000 inputs at ci.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CURSOR_BYTES_MAX, cursorText, readCursor, STATUSES } from "../../src/exchange/maintask/cursor.ts";
import { WORDS_MAX } from "../../src/exchange/maintask/sentence.ts";
import { type Chance, chance } from "../support/chance.ts";
import { SCALE } from "../support/scale.ts";

const INPUTS: Readonly<Record<string, number>> = { commit: 5_000, ci: 200_000, soak: 5_000_000 };
const inputs = INPUTS[SCALE] ?? 5_000;
const SEED = Number(process.env.DECAPOD_FUZZ_SEED ?? 20_263);

const PIECES = [
  ...["STATUS:", "NEXT:", "TASK:", "FOCUS:", "Status:", "PLAN:", ":", " ", "  ", "\n", "\n\n", "\r\n", "\t"],
  ...["continue", "completed", "blocked", "Continue", "done", "__proto__", "constructor"],
  ...[
    "Execute",
    "market-sizing",
    "subtask",
    " and then ",
    "; ",
    ". Then",
    "vs. AMD",
    "U.S. Data",
    "../..",
    "a/b",
  ],
  ...["\u001b[2J", "\0", "\u202e", "\u2028", "\ufeff", "é", "日本", "👩‍💻", "\ud83d", "x".repeat(300)],
  ...["STATUS: continue\nNEXT: Execute market-sizing subtask\n", "TASK: market-sizing\n", "FOCUS: Q4 data\n"],
];

const WHOLE = "STATUS: continue\nNEXT: Execute market-sizing subtask\nTASK: market-sizing\nFOCUS: Q4 data\n";

/** Anything, or a whole one that was changed in a few places. */
function anInput(random: Chance): Uint8Array {
  if (random.below(2) === 0)
    return Buffer.concat(Array.from({ length: 1 + random.below(10) }, () => aPiece(random)));
  let text = Buffer.from(WHOLE);
  for (let changes = random.below(4); changes > 0; changes -= 1) {
    const at = random.below(text.length + 1);
    text = Buffer.concat([text.subarray(0, at), aPiece(random), text.subarray(at + random.below(8))]);
  }
  return text;
}

function aPiece(random: Chance): Buffer {
  if (random.below(12) > 0) return Buffer.from(random.pick(PIECES), "utf8");
  return Buffer.from(Array.from({ length: random.below(6) }, () => random.below(256)));
}

describe("fuzz: MAIN_TASK", () => {
  it(`P11 holds for ${inputs} texts, seed ${SEED}`, () => {
    const random = chance(SEED);
    let taken = 0;
    for (let input = 0; input < inputs; input += 1) {
      const bytes = anInput(random);
      const read = readCursor("MAIN_TASK", bytes);
      const shown = `input ${input}: ${JSON.stringify(Buffer.from(bytes).toString("utf8"))}`;
      if (!read.ok) {
        assert.ok(read.problems.length > 0, shown);
        for (const { code, at } of read.problems) {
          assert.match(code, /^E_/, shown);
          assert.ok(at !== undefined && at.line >= 1 && at.column >= 1, shown);
        }
        continue;
      }
      taken += 1;
      const { status, next, task, focus } = read.value;
      assert.ok(STATUSES.includes(status), shown);
      for (const text of [next, focus ?? "x"]) {
        assert.ok(text !== "" && text.split(/\s+/u).length <= WORDS_MAX, shown);
        assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u, shown);
      }
      assert.ok(task === null || !/[/\\]|\.\./.test(task), shown);
      const written = cursorText(read.value);
      assert.ok(Buffer.byteLength(written) < CURSOR_BYTES_MAX, shown);
      // Whatever was taken is written so that it is read as the same again.
      const again = readCursor("MAIN_TASK", written);
      assert.ok(again.ok, shown);
      assert.deepEqual(again.value, read.value, shown);
    }
    assert.ok(taken > inputs / 20, `${taken} of ${inputs} were taken`);
  });
});
