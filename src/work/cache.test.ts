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
import { flow, Play } from "../../test/support/decider.ts";
import type { CacheScope } from "../core/cache-scope.ts";
import type { OutputValue } from "../core/outcome.ts";
import { realFiles } from "../port/files.ts";
import { WorkCache } from "./cache.ts";
import { Outputs } from "./outputs.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-cache-"));
after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

const SCOPE: CacheScope = { scope: { task: "build", given: [] }, files: ["src/**"], paths: ["public/"] };
const ASKER = { run: "r", task: "build" };
const OUTPUTS: readonly OutputValue[] = [{ value: { pages: 3 } }];

/** A workspace in which `build` was kept once. */
function kept(outputs = OUTPUTS) {
  const folder = join(root, String(++count));
  const workspace = join(folder, "project");
  for (const name of ["src", "public"]) mkdirSync(join(workspace, name), { recursive: true });
  writeFileSync(join(workspace, "src/a.md"), "a");
  writeFileSync(join(workspace, "public/a.html"), "<p>a");
  const cache = new WorkCache(realFiles, join(folder, "state"), workspace);
  cache.find(SCOPE, ASKER);
  cache.keep(SCOPE, ASKER, outputs);
  rmSync(join(workspace, "public"), { recursive: true });
  return { cache, workspace, state: join(folder, "state") };
}

describe("the cache", () => {
  it("gives the output and puts the paths back for the same work", () => {
    const { cache, workspace } = kept();
    assert.deepEqual(cache.find(SCOPE, ASKER), OUTPUTS);
    assert.equal(readFileSync(join(workspace, "public/a.html"), "utf8"), "<p>a");
  });

  it("gives nothing when anything that makes the work has changed", () => {
    const { cache, workspace } = kept();
    for (const other of [
      { ...SCOPE, scope: { task: "other", given: [] } },
      { ...SCOPE, scope: { task: "build", given: ["x"] } },
      { ...SCOPE, files: [] },
      { ...SCOPE, paths: ["public/", "assets/"] },
    ])
      assert.equal(cache.find(other, ASKER), null);
    writeFileSync(join(workspace, "src/a.md"), "changed");
    assert.equal(cache.find(SCOPE, ASKER), null);
  });

  it("keeps nothing of files that changed after it was asked, nor what nobody asked for", () => {
    const { cache, workspace, state } = kept();
    const write = (text: string) => writeFileSync(join(workspace, "src/a.md"), text);
    const other = { ...ASKER, run: "s" };
    write("four");
    assert.equal(cache.find(SCOPE, ASKER), null);
    write("five");
    assert.equal(cache.find(SCOPE, other), null);
    cache.keep(SCOPE, ASKER, [{ value: "made of four" }]);
    assert.equal(cache.find(SCOPE, ASKER), null, "found under five");
    cache.keep(SCOPE, other, [{ value: "made of five" }]);
    assert.deepEqual(cache.find(SCOPE, ASKER), [{ value: "made of five" }]);
    write("six");
    cache.keep(SCOPE, other, OUTPUTS);
    const restarted = new WorkCache(realFiles, state, workspace);
    restarted.keep(SCOPE, ASKER, OUTPUTS);
    assert.equal(cache.find(SCOPE, ASKER), null, "nobody asked");
  });

  it("never writes through a link that leads out of the workspace", () => {
    const { cache, workspace } = kept();
    const outside = join(workspace, "../outside");
    mkdirSync(outside);
    symlinkSync(outside, join(workspace, "public"));
    assert.equal(cache.find(SCOPE, ASKER), null);
    assert.deepEqual(readdirSync(outside), []);
    rmSync(join(workspace, "public"));
    mkdirSync(join(workspace, "public"));
    writeFileSync(join(outside, "target"), "mine");
    symlinkSync(join(outside, "target"), join(workspace, "public/a.html"));
    assert.deepEqual(cache.find(SCOPE, ASKER), OUTPUTS);
    assert.equal(readFileSync(join(outside, "target"), "utf8"), "mine");
    assert.equal(readFileSync(join(workspace, "public/a.html"), "utf8"), "<p>a");
  });

  it("gives nothing of a mapped task when what its items left for others cannot be kept: they are made", () => {
    const { workspace, state } = kept();
    const play = new Play(
      flow("build : foreach: { items: [x] }, artifacts: [public]\nz <- build : workspace: worktree"),
    );
    const [moment] = play.entries;
    assert.ok(moment !== undefined);
    const items = [{ key: "x", value: "x" }];
    const whole = { run: play.run, outer: undefined, task: "build", items, moment, lookup: play.lookup };
    const within = (bytes: number) =>
      new WorkCache(realFiles, state, workspace, { artifact_bytes: bytes }).findWhole(SCOPE, whole);
    assert.equal(within(3), null);
    assert.deepEqual(within(4), OUTPUTS);
    const left = join(state, "runs", play.run.id, "build/1/carried/public/a.html");
    assert.equal(readFileSync(left, "utf8"), "<p>a");
  });

  it("A18: keeps outputs of many items apart from each other, so that they come back in a short entry", () => {
    const large = { text: "x".repeat(5_000) };
    const { cache, state } = kept([{ value: 1 }, { value: large }, { value: null }]);
    const [first, second, third] = cache.find(SCOPE, ASKER) ?? [];
    assert.deepEqual([first, third], [{ value: 1 }, { value: null }]);
    assert.ok(second !== undefined && "digest" in second);
    assert.deepEqual(new Outputs(realFiles, state).output(second.digest), large);
  });

  for (const [what, tear] of [
    ["a copy that was cut short", (entry) => writeFileSync(join(entry, "paths/public/a.html"), "<p")],
    ["a copy that is missing", (entry) => rmSync(join(entry, "paths"), { recursive: true })],
    ...["", "{", "null", "{}", '{"outputs":[],"files":[{"path":1}],"bytes":0}'].map(
      (text) =>
        [`kept.json: ${text}`, (entry: string) => writeFileSync(join(entry, "kept.json"), text)] as const,
    ),
  ] satisfies readonly (readonly [string, (entry: string) => void])[])
    it(`F5 writes a torn entry anew: ${what}`, () => {
      const { cache, workspace, state } = kept();
      const [name = ""] = readdirSync(join(state, "cache"));
      tear(join(state, "cache", name));
      assert.equal(cache.find(SCOPE, ASKER), null);
      mkdirSync(join(workspace, "public"));
      writeFileSync(join(workspace, "public/a.html"), "<p>b");
      cache.keep(SCOPE, ASKER, [{ value: "b" }]);
      rmSync(join(workspace, "public"), { recursive: true });
      assert.deepEqual(cache.find(SCOPE, ASKER), [{ value: "b" }]);
      assert.equal(readFileSync(join(workspace, "public/a.html"), "utf8"), "<p>b");
    });

  it("has room for new entries however many cannot be read: those go first", () => {
    const { workspace, state } = kept();
    const cache = new WorkCache(realFiles, state, workspace, { cache_bytes: 4 });
    const [name = ""] = readdirSync(join(state, "cache"));
    writeFileSync(join(state, "cache", name, "kept.json"), "{");
    mkdirSync(join(state, "cache", "begun"));
    const scopes = ["one", "two"].map((task) => ({ ...SCOPE, scope: { task } }));
    for (const scope of scopes) {
      assert.equal(cache.find(scope, ASKER), null);
      mkdirSync(join(workspace, "public"), { recursive: true });
      writeFileSync(join(workspace, "public/a.html"), "<p>a");
      cache.keep(scope, ASKER, OUTPUTS);
      assert.equal(readdirSync(join(state, "cache")).length, 1);
    }
    assert.deepEqual(
      scopes.map((scope) => cache.find(scope, ASKER)),
      [null, OUTPUTS],
    );
  });

  it("is only a shorter way: what it cannot read or keep is none of the task's business", () => {
    const { cache, state } = kept();
    const [name = ""] = readdirSync(join(state, "cache"));
    writeFileSync(join(state, "cache", name, "kept.json"), "{");
    assert.equal(cache.find(SCOPE, ASKER), null);
    rmSync(join(state, "cache"), { recursive: true });
    writeFileSync(join(state, "cache"), "no folder");
    cache.keep(SCOPE, ASKER, OUTPUTS);
    assert.equal(cache.find(SCOPE, ASKER), null);
  });
});
