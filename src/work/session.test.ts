import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { GoesOn } from "../core/session-words.ts";
import { realFiles as files } from "../port/files.ts";
import { attemptBefore, dropSession, keepSession, refuseSession, resultIn, sessionName } from "./session.ts";

const NOTHING = { costUsd: null, tokens: null };

/** A state folder; `ended` writes what an attempt left: `RUN/PLACE/N`, with the session of a driver or without one. */
function setUp(t: TestContext) {
  const state = mkdtempSync(join(tmpdir(), "decapod-sessions-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const folder = (name: string) => join(state, "runs", name);
  const ended = (name: string, driver: string | null, result: object | null = {}) => {
    mkdirSync(folder(name), { recursive: true });
    if (result !== null) writeFileSync(join(folder(name), "result.json"), JSON.stringify(result));
    if (driver !== null) keepSession(files, folder(name), { driver, id: "s", usage: NOTHING }, "{}\n");
  };
  const found = (goesOn: Partial<GoesOn>, task = "b") => {
    const asked = { why: "own", task: "a", attempt: 8, passes: [], ...goesOn } as const;
    const before = attemptBefore(files, state, { run: "r", task, attempt: 5, goesOn: asked });
    if (before === null) return null;
    return `${sessionName(before)} ${before.session?.driver ?? (before.isRefused ? "refused" : "-")}`;
  };
  return { folder, ended, found };
}

describe("whose session an attempt goes on with", () => {
  it("is that of the attempt which something was said to, and of no other", (t) => {
    const { ended, found } = setUp(t);
    for (const number of [1, 2, 3]) ended(`r/a/${number}`, "d");
    assert.equal(found({ why: "answer", attempt: 2 }), "r/a/2 d");
    assert.equal(found({ why: "answer", attempt: 4 }), null);
  });

  it("is the last that kept one before it, whatever was lost since", (t) => {
    const { ended, found } = setUp(t);
    for (const [number, driver, result] of [
      [1, "d", {}],
      [2, "e", {}],
      [10, null, null],
      [11, "d", {}],
    ] as const)
      ended(`r/a/${number}`, driver, result);
    assert.equal(found({ attempt: 10 }), "r/a/2 e");
    assert.equal(found({ attempt: 1 }), "r/a/1 d");
    assert.equal(found({ attempt: 0 }), null);
    assert.equal(found({ why: "task", attempt: 11 }), "r/a/11 d");
  });

  it("is none of an attempt that was never made, whoever laid it there", (t) => {
    const { ended, found } = setUp(t);
    ended("r/a/1", "d");
    ended("r/a/99", "planted");
    assert.equal(found({ why: "task", attempt: 1 }), "r/a/1 d");
    assert.equal(found({ why: "own", attempt: 1 }), "r/a/1 d");
    assert.equal(found({ why: "task", attempt: 0 }), null);
  });

  it("else the last that came to something, for a summary", (t) => {
    const { ended, found } = setUp(t);
    ended("r/a/1", null);
    ended("r/a/2", null);
    ended("r/a/3", null, null);
    assert.equal(found({}), "r/a/2 -");
  });

  it("that a task could not go on with is none for that task, and stays for others", (t) => {
    const { ended, found, folder } = setUp(t);
    ended("r/a/1", "d");
    for (const name of ["r/b/2", "r/b/5", "r/c/1"]) ended(name, null, null);
    refuseSession(files, folder("r/b/5"), "r/a/1");
    assert.equal(found({ why: "task" }), "r/a/1 d", "of a later attempt");
    refuseSession(files, folder("r/b/2"), "r/a/1");
    assert.equal(found({ why: "task" }), "r/a/1 refused");
    assert.equal(found({ why: "task" }, "c"), "r/a/1 d");
    ended("r/a/2", "d");
    assert.equal(found({ why: "task" }), "r/a/2 d");
  });

  it("of an instance is its own; in a group the one of the pass before that did it", (t) => {
    const { ended, found } = setUp(t);
    ended("r/a/1", "d");
    ended("r/a.3/1", "d");
    ended("p1/a/7", "d");
    ended("p1/a/8", "d");
    assert.equal(found({ item: 3 }), "r/a/1 d");
    assert.equal(found({ attempt: 0 }), null);
    assert.equal(found({ attempt: 0, passes: ["p2", "p1"] }), "p1/a/8 d");
    assert.equal(found({ attempt: 1, passes: ["p2", "p1"] }), "r/a/1 d");
  });

  it("counts as none in another form, or when half of it is there", (t) => {
    const { ended, found, folder } = setUp(t);
    ended("r/a/1", "d");
    const about = join(folder("r/a/1"), "session.json");
    for (const text of ["{", "[]", "{}", '{"driver":"d","id":"s"}', '{"driver":1,"id":"s","usage":{}}']) {
      writeFileSync(about, text);
      assert.equal(found({}), "r/a/1 -", text);
    }
    writeFileSync(about, '{"driver":"d","id":"s","usage":{"costUsd":"much","tokens":-1}}');
    assert.equal(found({}), "r/a/1 d");
    rmSync(join(folder("r/a/1"), "session.jsonl"));
    assert.equal(found({}), "r/a/1 -");
    dropSession(files, folder("r/a/1"));
    assert.ok(!existsSync(about));
  });
});

describe("what came of an attempt", () => {
  it("is read from its result file, as far as it has the form", (t) => {
    const { ended, folder } = setUp(t);
    const of = (result: object | null) => {
      rmSync(folder("r/a/1"), { recursive: true, force: true });
      ended("r/a/1", null, result);
      return resultIn(files, folder("r/a/1"));
    };
    const failure = { class: "timeout", message: "slow", action: "retry" };
    assert.deepEqual(of({ output: { value: "x" }, failure }), { output: { value: "x" }, failure });
    const large = { digest: "a".repeat(64), bytes: 7, text: true };
    assert.deepEqual(of({ output: large, failure: null }), { output: large, failure: null });
    assert.deepEqual(of({ output: { digest: "../x", bytes: 7 }, failure: { class: 1 } }), {
      output: null,
      failure: null,
    });
    assert.equal(of(null), null);
  });
});
