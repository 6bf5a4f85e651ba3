import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FOUND } from "../../test/support/measured-found.ts";
import type { Entry } from "../core/event.ts";
import { type Journal, lastCommitAt } from "./deployed.ts";
import type { RunRow, TaskRow } from "./host.ts";

/** Newest first: what each measured, and how many entries it has. */
function journal(
  ...runs: readonly { readonly target: string; readonly commit: string; readonly entries?: number }[]
) {
  const read: string[] = [];
  const entries = (run: string) => {
    const { target, commit } = runs[Number(run)] ?? assert.fail();
    return [
      { event: { type: "task.measured", task: "ship", found: { ...FOUND, target, commit } } },
    ] as Entry[];
  };
  const store: Journal = {
    runs: ({ limit = 0 }) =>
      runs
        .map((one, at) => ({ run: String(at), rehearse: false, sequence: one.entries ?? 5 }) as RunRow)
        .slice(0, limit),
    tells: (run, text) => JSON.stringify(entries(run)).includes(text),
    entries: (run) => {
      read.push(run);
      return entries(run);
    },
    tasks: () => [{ task: "ship", status: "success", endedAt: 1 } as TaskRow],
  };
  return { store, read };
}

describe("the commit that was brought to a target last", () => {
  it("is found without reading runs that did not bring anything there, however many they are", () => {
    const others = Array.from({ length: 200 }, () => ({ target: 'another "one"', commit: "b" }));
    const { store, read } = journal(...others, { target: 'my "own"', commit: "a" });
    assert.equal(lastCommitAt(store, 'my "own"'), "a");
    assert.deepEqual(read, ["200"]);
    assert.equal(lastCommitAt(store, "nowhere"), null);
    assert.deepEqual(read, ["200"]);
  });

  it("is looked for within a bound: behind very large runs it is not known", () => {
    const large = Array.from({ length: 4 }, () => ({ target: "other", commit: "b", entries: 90_000 }));
    assert.equal(lastCommitAt(journal(...large, { target: "mine", commit: "a" }).store, "mine"), null);
    const { store } = journal(...large.slice(1), { target: "mine", commit: "a" });
    assert.equal(lastCommitAt(store, "mine"), "a");
  });
});
