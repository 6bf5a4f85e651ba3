/** ctrl-C, as somebody at a terminal ends what goes on. */
import assert from "node:assert/strict";
import type { Running } from "./decapod.ts";

/** Ends it and gives all that it said on standard error. */
export async function end(running: Running): Promise<string> {
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended;
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stderr, /E_BUG/);
  return stderr;
}
