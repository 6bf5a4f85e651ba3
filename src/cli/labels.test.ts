// The labels of what runs do: known while it goes on, and nothing is kept of what has ended.
import assert from "node:assert/strict";
import { it } from "node:test";
import { changesOf } from "../../test/support/changes.ts";
import { Play, workflowOf } from "../../test/support/decider.ts";
import type { Reader } from "./application.ts";
import { Labels } from "./labels.ts";

const QUICK = "name: test\ntasks:\n  - { id: a, agent: shell, parameters: { run: a } }\n";

it("F42: a run is forgotten once it has closed, however many come after it", () => {
  const labels = new Labels(() => ({}) as Reader);
  const changes = changesOf(new Play(workflowOf(QUICK)).start("a").end("a", {}));
  const known = changes.map(({ after }) => {
    labels.learn(after);
    return labels.known(after.id) !== undefined;
  });
  assert.deepEqual([known[0], known.at(-1)], [true, false]);
});
