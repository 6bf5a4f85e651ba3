// Random bytes, weighted towards what terminals obey, through the one sink for terminals. 200,000 inputs at ci.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secretForms } from "../../src/work/redact.ts";
import { safeLine, terminalSink } from "../../src/work/terminal.ts";
import { type Chance, chance } from "../support/chance.ts";
import { SCALE } from "../support/scale.ts";

const INPUTS: Readonly<Record<string, number>> = { commit: 5_000, ci: 200_000, soak: 5_000_000 };
const inputs = INPUTS[SCALE] ?? 5_000;
const SEED = Number(process.env.DECAPOD_FUZZ_SEED ?? 20_261);

const SECRET = "s3cr3t-of-the-fuzzer";
const FORMS = secretForms({ KEY: SECRET });
const PREFIX = "task | ";
const PIECES = [
  ...[
    "\x1b[",
    "\x1b]",
    "\x1bP",
    "\x1b\\",
    "\x1b_",
    "\x1b(0",
    "\x1bc",
    "\x07",
    "\x9b",
    "\x9d",
    "\u009b",
    "\u009d",
  ],
  ...["\r", "\n", "\r\n", "\t", "\b", "\0", "\x7f", "\x0e", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff"],
  ...[
    "m",
    "31m",
    "38;5;1m",
    "38;2;1;2;3m",
    "8m",
    "5m",
    "0m",
    ";",
    ":",
    "2J",
    "6n",
    "?1049h",
    "0;title",
    "52;c;eA==",
  ],
  ...[
    "plain",
    "é",
    "日本",
    "👩‍💻",
    "\ud83d",
    "decapod: approved",
    PREFIX,
    SECRET,
    SECRET.slice(0, 9),
    SECRET.slice(9),
  ],
];
/** What may reach a terminal: printable text, newline, tab, and colours. */
// biome's rule against control characters in literals is right elsewhere; here the escape is the point.
const ALLOWED = new RegExp(
  `^(?:[\\t\\n\\x20-\\x7e\\u00a0-\\u{10ffff}]|${String.fromCharCode(27)}\\[[0-9;:]{0,37}m)*$`,
  "u",
);
const WIDE_COLOUR = /[34]8[;:](?:5[;:]\d+|2[;:]\d+[;:]\d+[;:]\d+)/g;
/** Blinking and concealed text, once the colours that contain such numbers are taken out. */
const HIDING = new RegExp(`${String.fromCharCode(27)}\\[(?:[0-9;:]*[;:])?0*[568](?:[;:][0-9;:]*)?m`);
const DIRECTION = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function anInput(random: Chance): Uint8Array {
  const parts = Array.from({ length: 1 + random.below(12) }, () => {
    if (random.below(4) > 0)
      return Buffer.from(random.pick(PIECES), random.below(8) === 0 ? "latin1" : "utf8");
    return Buffer.from(Array.from({ length: random.below(6) }, () => random.below(256)));
  });
  return Buffer.concat(parts);
}

function cutAt(input: Uint8Array, random: Chance): readonly Uint8Array[] {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(input.length + 1)).sort(
    (a, b) => a - b,
  );
  return [...cuts, input.length].map((end, index) => input.subarray(cuts[index - 1] ?? 0, end));
}

describe("O1, O2, O4: the terminal filter", () => {
  it(`lets nothing act, forge a prefix or tell a secret in ${inputs} inputs (seed ${SEED})`, () => {
    const random = chance(SEED);
    for (let count = 0; count < inputs; count += 1) {
      const input = anInput(random);
      const sink = terminalSink({ prefix: PREFIX, forms: FORMS });
      const shown =
        cutAt(input, random)
          .map((piece) => sink.write(piece))
          .join("") + sink.end();
      const whole = terminalSink({ prefix: PREFIX, forms: FORMS });
      const about = () => `input ${count} of seed ${SEED}: ${Buffer.from(input).toString("hex")}`;
      assert.equal(shown, whole.write(input) + whole.end(), about());
      assert.match(shown, ALLOWED, about());
      assert.ok(!HIDING.test(shown.replace(WIDE_COLOUR, "0")), about());
      assert.ok(!DIRECTION.test(shown) && shown.isWellFormed(), about());
      assert.ok(!shown.includes(SECRET), about());
      assert.ok(shown === "" || shown.endsWith("\n"), about());
      for (const line of shown.split("\n").slice(0, -1)) assert.ok(line.startsWith(PREFIX), about());
      const line = safeLine(Buffer.from(input).toString("utf8"), 40);
      assert.ok(
        line.length <= 40 && ALLOWED.test(line) && !/[\n\t]/.test(line) && !line.includes("\x1b"),
        about(),
      );
    }
  });
});
