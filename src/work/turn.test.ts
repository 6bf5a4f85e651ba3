import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Assignment } from "../core/event.ts";
import type { GivenAnswer } from "../core/outcome.ts";
import type { GoesOn } from "../core/session-words.ts";
import { realFiles } from "../port/files.ts";
import { briefOf, type LastSession } from "./brief.ts";
import { Outputs } from "./outputs.ts";
import { turnOf } from "./turn.ts";

const AROUND = { workspace: "/p", outputs: new Outputs(realFiles, "/state") };
const ASSIGNMENT = {
  task: "paint",
  parameters: { task: "Paint the door" },
  feedback: null,
  answers: [],
  dependencies: [],
  outputSchema: null,
} as unknown as Assignment;
const OWN: GoesOn = { why: "own", task: "paint", attempt: 1, passes: [] };

function answered(kind: GivenAnswer["kind"], asked: string, answer: string, more = {}): string {
  const earlier = { kind: "question" as const, asked: "Old?", answer: "old", allows: [], by: "ada" };
  const answers = [earlier, { kind, asked, answer, allows: [], by: "ada" }];
  return turnOf({ ...ASSIGNMENT, answers, ...more }, { ...OWN, why: "answer" }, { ...AROUND, failed: null });
}

describe("the next turn of a session", () => {
  it("is the last answer alone", () => {
    assert.equal(
      answered("question", "Blue?", "no\nred"),
      "A person answers your question:\n\n> no\n> red\n\nGo on with your task.\n",
    );
    assert.equal(
      answered("permission", "Bash(x)", "yes"),
      "You were not allowed this:\n\n> Bash(x)\n\nA person allows it now and says:\n\n> yes\n\nGo on with your task.\n",
    );
    assert.equal(
      answered("misfit", "", "/n must be a number", { outputSchema: { type: "object" } }),
      'Your answer was not taken:\n\n> /n must be a number\n\nGive the whole answer again. You answer with JSON that fits this schema:\n\n{"type":"object"}\n',
    );
  });

  it("says that a worktree of its own is another one", () => {
    const worktree = { merge: "squash", keep: "never", mustChange: false };
    assert.match(answered("question", "Blue?", "no", { worktree }), /You work in \/p now, a new copy/);
  });

  it("of the task itself says what to do now, and why the try before did not count", () => {
    const failed = { class: "timeout", message: "too slow", action: "retry" } as const;
    const turn = turnOf(ASSIGNMENT, OWN, { ...AROUND, failed });
    assert.match(turn, /^You go on in this session, in which you were at this task before\./);
    assert.match(
      turn,
      /The attempt before did not count:\n\n> timeout: too slow\n\n# paint\n\nPaint the door/,
    );
    assert.doesNotMatch(turnOf(ASSIGNMENT, OWN, { ...AROUND, failed: null }), /did not count/);
  });

  it("after another task says which, and nothing of how that ended", () => {
    const failed = { class: "timeout", message: "too slow", action: "retry" } as const;
    const turn = turnOf(ASSIGNMENT, { ...OWN, why: "task", task: "plan" }, { ...AROUND, failed });
    assert.match(turn, /^You go on in this session, in which task plan was done\.[\s\S]*# paint/);
    assert.doesNotMatch(turn, /too slow/);
  });
});

describe("a brief in place of a session that is gone", () => {
  const brief = (lastSession: LastSession) => briefOf(ASSIGNMENT, { ...AROUND, lastSession });

  it("has what came of it, within the limit of a brief", () => {
    const told = brief({
      output: { value: "I planned\nit." },
      failure: { class: "timeout", message: "slow" },
    });
    assert.match(told, /## The session before\n\nYou go on with work/);
    assert.match(told, /It did not count:\n\n> timeout: slow\n\nIts last answer was:\n\n> I planned\n> it\./);
    const digest = "a".repeat(64);
    assert.match(
      brief({ output: { digest, bytes: 99_000, text: true }, failure: null }),
      new RegExp(`> 99000 bytes of JSON in /state/outputs/.*${digest}`),
    );
    assert.doesNotMatch(brief({ output: { value: null }, failure: null }), /last answer/);
    assert.doesNotMatch(brief({ output: null, failure: null }), /last answer|did not count/);
  });
});
