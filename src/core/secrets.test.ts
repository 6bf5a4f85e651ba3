import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startOf, workflowOf } from "../../test/support/decider.ts";
import type { SecretSources } from "./secret-source.ts";
import { handedDown, secretSource } from "./secrets.ts";

const FILE = `name: x
context: { secrets: { OWN: { env: OWN }, BOTH: { env: MINE } } }
tasks: [{ id: a, agent: shell, parameters: { run: ls } }]
`;

function holder(secrets: SecretSources) {
  const workflow = workflowOf(FILE);
  return { workflow, start: startOf(workflow, { secrets }) };
}

describe("secrets of a run (formats.md 1.5)", () => {
  test("come from its file, and before that from its parent", () => {
    const run = holder({ BOTH: { file: "theirs" }, GIVEN: { env: "GIVEN" } });
    assert.deepEqual(secretSource(run, "OWN"), { env: "OWN" });
    assert.deepEqual(secretSource(run, "BOTH"), { file: "theirs" });
    assert.deepEqual(secretSource(run, "GIVEN"), { env: "GIVEN" });
    const { secrets: _, ...alone } = run.start;
    assert.deepEqual(secretSource({ ...run, start: alone }, "BOTH"), { env: "MINE" });
  });

  test("one that nobody declared was refused when the file was read", () => {
    const run = holder({});
    assert.throws(() => secretSource(run, "OTHER"), /the secret OTHER is declared/);
    assert.throws(() => secretSource(run, "toString"), /is declared/);
  });

  test("go on to a sub-workflow only by name", () => {
    const run = holder({ GIVEN: { env: "GIVEN" } });
    assert.deepEqual(handedDown(run, []), {});
    assert.deepEqual(handedDown(run, ["GIVEN", "OWN"]), { GIVEN: { env: "GIVEN" }, OWN: { env: "OWN" } });
  });
});
