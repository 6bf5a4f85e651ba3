import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { secretForms } from "./redact.ts";
import { LINE_LENGTH_MAX, safeLine, type TerminalOptions, terminalSink } from "./terminal.ts";

function shown(data: string | Uint8Array, options: TerminalOptions = {}): string {
  const sink = terminalSink(options);
  return sink.write(data) + sink.end();
}

/** Cut in two at every byte, the same text must come out. */
function shownInPieces(data: string | Uint8Array, options: TerminalOptions = {}): string {
  const bytes = Buffer.from(data);
  const whole = shown(bytes, options);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const sink = terminalSink(options);
    assert.equal(sink.write(bytes.subarray(0, cut)) + sink.write(bytes.subarray(cut)) + sink.end(), whole);
  }
  return whole;
}

const ACTS: readonly (readonly [string, string | Uint8Array, string])[] = [
  ["OSC 52, the clipboard", "a\x1b]52;c;cm0gLXJm\x07b", "a\\x1b]52;c;cm0gLXJm\\x07b\n"],
  ["OSC 8, a link to a file", "\x1b]8;;file:///etc/passwd\x1b\\x", "\\x1b]8;;file:///etc/passwd\\x1b\\x\n"],
  ["OSC 0, the title", "\x1b]0;title\x07", "\\x1b]0;title\\x07\n"],
  ["DCS", "\x1bP$qm\x1b\\", "\\x1bP$qm\\x1b\\\n"],
  ["clearing the screen", "\x1b[2J", "\\x1b[2J\n"],
  ["asking for the cursor", "\x1b[6n", "\\x1b[6n\n"],
  ["C1 as bytes", Buffer.from([0x61, 0x9b, 0x9d, 0x62]), "a\ufffd\ufffdb\n"],
  ["C1 as characters", "\u009b31m\u009d0;x", "\\x9b31m\\x9d0;x\n"],
  ["concealed text", "\x1b[8mhidden", "\\x1b[8mhidden\n"],
  ["blinking among colours", "\x1b[31;5mx", "\\x1b[31;5mx\n"],
  ["a private mode", "\x1b[?1049h\x1b[>4;2m", "\\x1b[?1049h\\x1b[>4;2m\n"],
];

describe("O1: what could take over the terminal", () => {
  for (const [name, text, expected] of ACTS) {
    it(name, () => assert.equal(shownInPieces(text), expected));
  }

  it("plain colours pass, and end with their line", () => {
    assert.equal(shownInPieces("\x1b[1;31mred\x1b[0m\n"), "\x1b[1;31mred\x1b[0m\x1b[0m\n");
    assert.equal(
      shownInPieces("\x1b[38;5;208mo\x1b[48;2;1;2;3mx\ny"),
      "\x1b[38;5;208mo\x1b[48;2;1;2;3mx\x1b[0m\ny\n",
    );
    assert.equal(
      shownInPieces("\x1b[38;5mx\x1b[38;2;1mx\x1b[38;5;300mx"),
      "\\x1b[38;5mx\\x1b[38;2;1mx\\x1b[38;5;300mx\n",
    );
    assert.equal(shownInPieces("\x1b[31mred", { colours: false }), "red\n");
  });

  it("text of any language and tabs pass", () => {
    assert.equal(shownInPieces("grüße\t日本 👩‍💻 ❤️\n"), "grüße\t日本 👩‍💻 ❤️\n");
  });
});

describe("O2: lines that pretend to be somebody else's", () => {
  const prefix = "build | ";

  it("a carriage return does not reach the beginning of the line", () => {
    assert.equal(
      shownInPieces("real\rdecapod: approved\n", { prefix }),
      "build | real\\rdecapod: approved\n",
    );
    assert.equal(shownInPieces("one\r\ntwo\r\n", { prefix }), "build | one\nbuild | two\n");
  });

  it("backspaces and marks of direction are shown", () => {
    assert.equal(shown(`x${"\b".repeat(1_000)}y`, { prefix }), `build | x${"\\b".repeat(1_000)}y\n`);
    assert.equal(shownInPieces("a\u202eb\u2066c\u200f", { prefix }), "build | a\\u202eb\\u2066c\\u200f\n");
    assert.equal(
      shownInPieces("a\u2028b\u200bc\u{e0041}", { prefix }),
      "build | a\\u2028b\\u200bc\\u{e0041}\n",
    );
  });

  it("a line without end is broken, each piece with its prefix", () => {
    const lines = shown("x".repeat(3 * LINE_LENGTH_MAX), { prefix }).split("\n");
    assert.deepEqual(
      lines.map((line) => line.length),
      [...Array(3).fill(prefix.length + LINE_LENGTH_MAX), 0],
    );
  });

  it("a break falls neither into a colour nor into a character", () => {
    const text = `${"x".repeat(LINE_LENGTH_MAX - 3)}\x1b[31m👩`;
    assert.equal(shown(text), `${"x".repeat(LINE_LENGTH_MAX - 3)}\n\x1b[31m👩\x1b[0m\n`);
    const pair = `${"x".repeat(LINE_LENGTH_MAX - 1)}👩`;
    assert.equal(shown(pair), `${"x".repeat(LINE_LENGTH_MAX - 1)}\n👩\n`);
  });
});

describe("O3: the words of other tools' control languages", () => {
  it("are plain text", () => {
    const text = "::set-output name=x::y\n##decapod[status ok]\n";
    assert.equal(shownInPieces(text), text);
  });
});

describe("O4: the sink", () => {
  it("replaces secrets, cut anywhere", () => {
    const options = { forms: secretForms({ KEY: "s3cr3t-véry" }), prefix: "> " };
    assert.equal(shownInPieces("a s3cr3t-véry b\n", options), "> a [redacted:KEY] b\n");
  });

  it("caps what it shows and says so", () => {
    assert.equal(
      shown("x".repeat(20), { bytesMax: 10 }),
      `${"x".repeat(10)}\n… output above 10 bytes is left out\n`,
    );
    assert.equal(shown("x".repeat(10), { bytesMax: 10 }), `${"x".repeat(10)}\n`);
  });
});

describe("a line to stand inside another", () => {
  it("has no colours, no ends, and a limit", () => {
    assert.equal(safeLine("\x1b[31ma\tb\nc\x1b[0m \x1b]0;t\x07"), "a b c \\x1b]0;t\\x07");
    assert.equal(safeLine("x".repeat(300)).length, 200);
    assert.equal(safeLine("👩".repeat(100), 10).length, 10);
    assert.equal(safeLine("x".repeat(200)), "x".repeat(200));
  });
});
