// What is noted in a task's file, whatever somebody writes as a note or into the file itself.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LOOP_STATES } from "./loop-task.ts";
import { historyEnd, historyLine, historyOf } from "./task-history.ts";

describe("the history in a task's file", () => {
  const item = {
    timeMs: Date.parse("2026-01-19T14:30:00Z"),
    from: "pending",
    to: "running",
    note: null,
  } as const;

  it("T3-40: is written and read line by line, and a note brings no line of its own", () => {
    assert.equal(historyLine(item), "- 2026-01-19T14:30:00.000Z pending → running");
    const noted = { ...item, note: "begun\n## History\n- \u001b[2Jx \u202e" };
    assert.equal(historyLine(noted), "- 2026-01-19T14:30:00.000Z pending → running: begun ## History - [2Jx");
    assert.deepEqual(
      historyOf(`# a\n\n${historyLine(item)}\n- 2026 x\n- 2026-01-19T14:30:01.000Z pending: made\n`),
      [item, { timeMs: Date.parse("2026-01-19T14:30:01Z"), from: null, to: "pending", note: "made" }],
    );
    assert.ok(historyLine({ ...item, note: "é".repeat(9000) }).length < 600);
  });

  it("goes on below its heading, and begins one where somebody wrote another after it", () => {
    const line = `${historyLine(item)}\n`;
    assert.equal(historyEnd("# a\n\n## History\n\n- x\n", [item]), line);
    assert.equal(historyEnd("# a\n\n## History\n\n- x", [item]), `\n${line}`);
    assert.equal(historyEnd("## History\n\n## Findings\n\nNone", [item]), `\n\n## History\n\n${line}`);
    assert.equal(historyEnd("", [item]), `\n## History\n\n${line}`);
  });

  it("is read from a file whose lines end as on Windows", () => {
    const text = `# a\r\n\r\n## History\r\n\r\n${historyLine(item)}\r\n`;
    assert.deepEqual(historyOf(text), [item]);
    assert.equal(historyEnd(text, [item]), `${historyLine(item)}\n`);
  });

  const anyItem = fc.record({
    timeMs: fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
    from: fc.option(fc.constantFrom(...LOOP_STATES)),
    to: fc.constantFrom(...LOOP_STATES),
    note: fc.option(fc.string({ unit: "grapheme", maxLength: 60 })),
  });
  const anyText = fc.array(
    fc.oneof(fc.string(), fc.constantFrom("## History", "# a", "", historyLine(item))),
  );

  it("P11: is read back as it was written, whatever a note holds and whatever stood in the file", () => {
    fc.assert(
      fc.property(anyText, fc.array(anyItem, { minLength: 1, maxLength: 3 }), (lines, items) => {
        const text = lines.join("\n");
        const read = historyOf(text + historyEnd(text, items)).slice(historyOf(text).length);
        assert.deepEqual(
          read.map(({ timeMs, from, to }) => ({ timeMs, from, to })),
          items.map(({ timeMs, from, to }) => ({ timeMs, from, to })),
        );
        assert.deepEqual(read.map(historyLine), items.map(historyLine));
      }),
    );
  });
});
