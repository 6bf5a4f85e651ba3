import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { plainWork } from "../../../test/support/plain-work.ts";
import { failure } from "../../core/outcome.ts";
import { type Files, realFiles as files } from "../../port/files.ts";
import { keepSession } from "../../work/session.ts";
import type { Outcome } from "../driver.ts";
import { EMPTY_OUTCOME } from "../empty-outcome.ts";
import { settleSession } from "./session.ts";

const USAGE = { costUsd: null, tokens: null };
const NOT_TAKEN: Outcome = {
  ...EMPTY_OUTCOME,
  status: "lost",
  failure: failure("lost", "no"),
  neverBegan: true,
};

/** An attempt that was to go on with the session of another, which is there. */
function setUp(t: TestContext) {
  const state = mkdtempSync(join(tmpdir(), "decapod-settle-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const [plan, folder] = [join(state, "plan/1"), join(state, "left/1")];
  for (const path of [plan, folder]) mkdirSync(path, { recursive: true });
  keepSession(files, plan, { driver: "d", id: "s", usage: USAGE }, "{}\n");
  const session = { note: "", kept: { folder: plan, id: "s", attempt: "R/plan/1", usage: USAGE } };
  const work = plainWork({ attempt: "R/left/1", workspace: state, environment: {}, folder, session });
  const text = { id: "t", usage: USAGE, transcript: "{}\n" };
  const settled = (outcome: Outcome, more: object = {}, own: Files = files) =>
    settleSession(own, { work: { ...work, ...more }, outcome, driver: "d", text });
  return { plan, folder, settled };
}

describe("the session of an attempt", () => {
  it("that could not be gone on with is noted by whoever could not, and stays for the others", (t) => {
    const { plan, folder, settled } = setUp(t);
    assert.equal(settled(NOT_TAKEN), NOT_TAKEN);
    assert.equal(readFileSync(join(folder, "session-refused.txt"), "utf8"), "R/plan/1\n");
    assert.deepEqual(readdirSync(plan).sort(), ["session.json", "session.jsonl"]);
  });

  it("that could neither be gone on with nor noted counts: it would be tried without end", (t) => {
    const { settled } = setUp(t);
    const open = () => {
      throw Object.assign(new Error("full"), { code: "ENOSPC", errno: -28, syscall: "open" });
    };
    const { status, neverBegan, notes } = settled(NOT_TAKEN, {}, { ...files, open });
    assert.deepEqual(
      [status, neverBegan, notes],
      ["lost", undefined, ["its session could not be kept: ENOSPC"]],
    );
  });

  it("O4: is kept, but for one that another engine began, whose secrets nobody knows here", (t) => {
    const { folder, settled } = setUp(t);
    settled(EMPTY_OUTCOME, { reattach: true });
    assert.deepEqual(readdirSync(folder), []);
    settled(NOT_TAKEN, { reattach: true });
    assert.deepEqual(readdirSync(folder), []);
    settled(EMPTY_OUTCOME);
    assert.ok(existsSync(join(folder, "session.jsonl")));
  });
});
