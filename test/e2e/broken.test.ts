/** What decapod says when it is itself at fault, or the ground under it is gone. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, freshFolder, startIn } from "./decapod.ts";

const folder = freshFolder({});
const environment = environmentWith(join(folder.path, "../home"));
const quoted = PROGRAM.map((word) => `'${word}'`).join(" ");

describe("a fault of decapod itself", () => {
  // The program as it is, over a language in which one call fails for one word.
  const BROKEN = `data:text/javascript,const { map } = Array.prototype;
    Array.prototype.map = function (...rest) {
      if (this[0] === "break-me") throw new Error("broken on purpose");
      return map.apply(this, rest);
    };`.replace(/\s+/g, " ");
  const ask = (...words: readonly string[]) => {
    const [node = "", ...program] = PROGRAM;
    return startIn(folder.path, environment, [node, "--import", BROKEN, ...program, ...words]).ended;
  };

  it("is one line and what to do, with exit 1", async () => {
    const { code, stderr, stdout } = await ask("validate", "break-me");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(
      stderr,
      "error E_BUG broken on purpose\n  try: run it again with --debug and report what it prints\n",
    );
  });

  it("has its stack with --debug", async () => {
    const { code, stderr } = await ask("validate", "break-me", "--debug");
    assert.equal(code, 1);
    assert.match(stderr, /^error E_BUG Error: broken on purpose\n {4}at .*\n[\s\S]*commands\/validate/);
  });
});

it("a current folder that was deleted is named, with exit 10", async () => {
  mkdirSync(join(folder.path, "gone"));
  const words = ["sh", "-c", `cd gone && rmdir ../gone && exec ${quoted} runs`];
  const { code, stderr } = await startIn(folder.path, environment, words).ended;
  assert.equal(
    stderr,
    "error E_NOT_FOUND the current folder was deleted\n  try: cd into one that is there\n",
  );
  assert.equal(code, 10);
});
