import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { describe } from "node:test";
import { type Cursor, checkCursor, cursorText, readCursor } from "./cursor.ts";

const FOUNDING = `STATUS: continue
NEXT: Decompose semiconductor-research task
TASK: semiconductor-research
FOCUS: Focus on AI chip market segment
`;

function read(text: string | Uint8Array): Cursor {
  const cursor = readCursor("MAIN_TASK", text);
  if (!cursor.ok) assert.fail(JSON.stringify(cursor.problems));
  return cursor.value;
}

/** What is said against a text, each with its line and column. */
function against(text: string | Uint8Array): readonly string[] {
  const cursor = readCursor("MAIN_TASK", text);
  if (cursor.ok) assert.fail(`taken: ${JSON.stringify(cursor.value)}`);
  return cursor.problems.map(({ code, message, at }) => `${at?.line}:${at?.column} ${code} ${message}`);
}

const saying = (next: string) => `STATUS: continue\nNEXT: ${next}\n`;

describe("MAIN_TASK", () => {
  test("the founding text is read and written back byte for byte", () => {
    const cursor = read(FOUNDING);
    assert.deepEqual(cursor, {
      status: "continue",
      next: "Decompose semiconductor-research task",
      task: "semiconductor-research",
      focus: "Focus on AI chip market segment",
    });
    assert.equal(cursorText(cursor), FOUNDING);
  });

  test("two lines are enough, and the order of the keys does not matter", () => {
    assert.deepEqual(read("NEXT: Go\nSTATUS: blocked"), {
      status: "blocked",
      next: "Go",
      task: null,
      focus: null,
    });
  });

  for (const next of [
    "Execute market-sizing subtask",
    "All research completed",
    "Compare Intel vs. AMD in U.S. Markets",
    "Gather research and development budgets, wages and prices",
    "Read version 2.5 notes",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen",
  ])
    test(`"${next}" is one action`, () => assert.equal(read(saying(next)).next, next));

  for (const [next, why] of [
    [
      "We need to decompose the task and then execute the first subtask and make sure we focus on the data",
      "has 20 words, at most 15 are allowed",
    ],
    ["Decompose the task and then execute the first", "asks for one action after another"],
    ["Decompose the task; execute the first", "asks for one action after another"],
    ["Decompose the task. Execute the first", "is more than one sentence"],
    ["", "is empty"],
  ] as const)
    test(`"${next}" is refused`, () => assert.deepEqual(against(saying(next)), [`2:7 E_CURSOR NEXT ${why}`]));

  test("P11: a status given twice, or with a capital, is refused with its line", () => {
    assert.deepEqual(against("STATUS: completed\nSTATUS: completed\nNEXT: Go\n"), [
      "2:1 E_CURSOR STATUS stands twice",
    ]);
    assert.deepEqual(against("STATUS: Continue\nNEXT: Go\n"), ['1:9 E_CURSOR "Continue" is no status']);
  });

  test("P11: ten thousand words are refused by their size, before anything else is looked at", () => {
    assert.deepEqual(against(saying("word ".repeat(10_000))), [
      "1:1 E_TOO_LARGE MAIN_TASK has 50,024 bytes, at most 4,096 are allowed",
    ]);
  });

  test("P11: an escape code, a carriage return and a turned direction are refused where they stand", () => {
    assert.deepEqual(against(saying("Go \u001b[2J on")), [
      "2:10 E_CURSOR a character that is not seen (U+001B)",
    ]);
    assert.deepEqual(against("STATUS: continue\r\nNEXT: Go\r\n").length, 2);
    assert.deepEqual(against(saying("Go \u202eno")), ["2:10 E_CURSOR a character that is not seen (U+202E)"]);
  });

  test("P11: what is said in the words of a command cannot bring a line of its own", () => {
    const cursor = { status: "continue", next: "Go\nSTATUS: completed", task: null, focus: null } as const;
    assert.deepEqual(
      checkCursor(cursor).map(({ code }) => code),
      ["E_CURSOR"],
    );
  });

  test("a key nobody knows, a line without a key and an empty file are refused", () => {
    assert.match(
      against(`${FOUNDING}PLAN: more\n`)[0] ?? "",
      /^5:1 E_CURSOR "PLAN: more" is none of the lines/,
    );
    assert.match(against("continue\n")[0] ?? "", /^1:1 E_CURSOR "continue" is none/);
    assert.deepEqual(against(""), ['1:1 E_CURSOR "" is no status', "1:1 E_CURSOR NEXT is empty"]);
  });

  test("a task's name that would lead elsewhere is refused", () => {
    assert.match(against("STATUS: continue\nNEXT: Go\nTASK: ../../etc\n")[0] ?? "", /^3:7 E_CURSOR/);
  });

  test("a hundred tokens in fifteen long words are too many", () => {
    const next = Array.from({ length: 15 }, () => "w".repeat(28)).join(" ");
    assert.match(against(saying(next))[0] ?? "", /^2:7 E_CURSOR the lines have 458 bytes, about 115 tokens/);
  });

  test("the founding examples of NEXT and FOCUS are taken, and the bad one refused", (t) => {
    const folder = new URL("../../../../shared/founding/", import.meta.url);
    let examples: string;
    try {
      examples = ["main-task-next-examples.md", "main-task-focus-examples.md"]
        .map((name) => readFileSync(new URL(name, folder), "utf8"))
        .join("\n");
    } catch {
      return t.skip("the founding texts are not here");
    }
    const said = [...examples.matchAll(/- (✅|❌|)\s*"([^"]+)"/gu)];
    assert.equal(said.length, 6);
    for (const [, mark, text] of said)
      assert.equal(readCursor("MAIN_TASK", saying(text ?? "")).ok, mark !== "❌", text);
  });
});
