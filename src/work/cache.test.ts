import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Assignment, AttemptOutcome } from "../core/event.ts";
import { realFiles } from "../port/files.ts";
import { AttemptCache } from "./cache.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-cache-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

const ASSIGNMENT: Assignment = {
  run: "r",
  task: "build",
  attempt: 1,
  key: null,
  role: "task",
  agent: "shell",
  agentRole: null,
  parameters: { run: "make" },
  options: {},
  env: {},
  timeoutMs: null,
  idleTimeoutMs: null,
  outputSchema: null,
  effect: "idempotent",
  check: null,
  cache: { key: "k", files: ["src/**"], paths: ["public/"], expects: [] },
  artifacts: [],
  session: "fresh",
  feedback: null,
  budget: { usd: null, tokens: null },
  dependencies: [],
};

const SUCCESS: AttemptOutcome = {
  status: "success",
  exitCode: 0,
  output: { value: { pages: 3 } },
  failure: null,
  durationMs: 1,
  usage: null,
};

/** A workspace in which `build` was kept once. */
function kept(): { readonly cache: AttemptCache; readonly workspace: string } {
  const folder = join(root, String(++count));
  const workspace = join(folder, "project");
  for (const name of ["src", "public"]) mkdirSync(join(workspace, name), { recursive: true });
  writeFileSync(join(workspace, "src/a.md"), "a");
  writeFileSync(join(workspace, "public/a.html"), "<p>a");
  const cache = new AttemptCache(realFiles, join(folder, "state"), workspace);
  cache.keep(ASSIGNMENT, SUCCESS);
  rmSync(join(workspace, "public"), { recursive: true });
  return { cache, workspace };
}

const withCache = (over: Partial<NonNullable<Assignment["cache"]>>): Assignment => ({
  ...ASSIGNMENT,
  cache: { key: "k", files: ["src/**"], paths: ["public/"], expects: [], ...over },
});

describe("the cache of attempts", () => {
  it("gives the output and puts the paths back for the same work", () => {
    const { cache, workspace } = kept();
    assert.deepEqual(cache.find(ASSIGNMENT), SUCCESS.output);
    assert.equal(readFileSync(join(workspace, "public/a.html"), "utf8"), "<p>a");
  });

  it("gives nothing when anything that makes the work has changed, or what it must give", () => {
    const { cache, workspace } = kept();
    for (const other of [
      { ...ASSIGNMENT, task: "other" },
      { ...ASSIGNMENT, agent: "coder" },
      { ...ASSIGNMENT, parameters: { run: "make all" } },
      { ...ASSIGNMENT, env: { A: "b" } },
      { ...ASSIGNMENT, options: { model: "big" } },
      { ...ASSIGNMENT, outputSchema: { type: "object" } },
      withCache({ key: "other" }),
      withCache({ expects: ["pages > 5"] }),
      { ...ASSIGNMENT, cache: null },
    ])
      assert.equal(cache.find(other), null);
    writeFileSync(join(workspace, "src/a.md"), "changed");
    assert.equal(cache.find(ASSIGNMENT), null);
  });

  it("never writes through a link that leads out of the workspace", () => {
    const { cache, workspace } = kept();
    const outside = join(workspace, "../outside");
    mkdirSync(outside);
    symlinkSync(outside, join(workspace, "public"));
    assert.equal(cache.find(ASSIGNMENT), null);
    assert.deepEqual(readdirSync(outside), []);
    rmSync(join(workspace, "public"));
    mkdirSync(join(workspace, "public"));
    writeFileSync(join(outside, "target"), "mine");
    symlinkSync(join(outside, "target"), join(workspace, "public/a.html"));
    assert.deepEqual(cache.find(ASSIGNMENT), SUCCESS.output);
    assert.equal(readFileSync(join(outside, "target"), "utf8"), "mine");
    assert.equal(readFileSync(join(workspace, "public/a.html"), "utf8"), "<p>a");
  });
});
