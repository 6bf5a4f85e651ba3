import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asking, HOW_TO_ASK, QUESTION_LINE, questionIn } from "./question.ts";

describe("the last message of an agent", () => {
  it("is a question when its first line says so, with the answers it offers", () => {
    const text = `${QUESTION_LINE}\n\nWhich colour?\n- blue\n  - dark red\n`;
    assert.deepEqual(questionIn(text), {
      kind: "question",
      message: "Which colour?\n- blue\n  - dark red",
      offers: ["blue", "dark red"],
      wants: [],
    });
    for (const first of [`## ${QUESTION_LINE}`, `**${QUESTION_LINE}:**`, ` ${QUESTION_LINE}: `])
      assert.equal(questionIn(`${first}\nWhy?`)?.message, "Why?", first);
  });

  it("is an answer when the words stand anywhere else", () => {
    for (const text of [
      "",
      "Done.",
      `Done.\n${QUESTION_LINE}\nWhy?`,
      `${QUESTION_LINE}S`,
      `No ${QUESTION_LINE}\nx`,
    ])
      assert.equal(questionIn(text), null, text);
  });

  it("that is too long is cut, and too many answers are no choice", () => {
    const long = questionIn(`${QUESTION_LINE}\n${"x".repeat(9_000)}`);
    assert.equal(long?.message.length, 4_000);
    const many = questionIn(`${QUESTION_LINE}\n${"- one\n".repeat(11)}`);
    assert.deepEqual(many?.offers, []);
    assert.match(questionIn(QUESTION_LINE)?.message ?? "", /did not say what/);
  });

  it("is what the instructions ask for", () => {
    assert.ok(HOW_TO_ASK.includes(QUESTION_LINE));
    const asks = questionIn(`${QUESTION_LINE}\nBlue?`);
    assert.ok(asks !== null);
    assert.match(asking(asks).failure?.message ?? "", /^it asked a person: Blue\?$/);
  });
});
