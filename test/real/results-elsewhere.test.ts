// Results read by a YAML reader that is not ours, of another language and of an older YAML.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { it } from "node:test";
import fc from "fast-check";
import type { JsonMap } from "../../src/core/json.ts";
import { resultText, type TaskResult } from "../../src/exchange/taskfile/result-file.ts";
import { pickCounts } from "../support/journal.ts";

const skip = spawnSync("python3", ["-c", "import yaml"]).status === 0 ? false : "python3 has no yaml";

/** JSON list of texts on standard input, what each front matter says on standard output. */
const READER = `
import json, sys, yaml
print(json.dumps([yaml.safe_load(text.split("---\\n")[1]) for text in json.load(sys.stdin)]))
`;

function readElsewhere(texts: readonly string[]): readonly JsonMap[] {
  const input = JSON.stringify(texts);
  return JSON.parse(execFileSync("python3", ["-c", READER], { input, maxBuffer: 1024 ** 3 }).toString());
}

const RESULT: TaskResult = {
  taskId: "2026-01-19-1430-hugo-build-staging",
  taskType: "hugo-build",
  status: "success",
  outputs: {},
  errors: [],
  startedAt: Date.UTC(2026, 0, 19, 14, 30),
  completedAt: Date.UTC(2026, 0, 19, 14, 31),
  durationSeconds: 60,
  attempts: 1,
  runId: "0nmzsr8c0n9x0700012krpy1hj",
  worker: "hugo-build",
  criteria: [{ check: "build_success: true", passed: true, actual: true }],
  error: null,
  retryOf: null,
  costUsd: null,
  log: null,
};

/** Texts that an older YAML takes for truth, a number, a time or a sign of its own. */
const TRAPS = [
  "yes",
  "No",
  "on",
  "OFF",
  "y",
  "=",
  "<<",
  "~",
  "null",
  "12:30:45",
  "2026-01-19",
  "0o17",
  "017",
].concat([
  "1_000",
  "0b11",
  "0x1f",
  ".5",
  "1e3",
  "+1",
  ".inf",
  "2026-01-19T14:30:00Z",
  "a\u0085b",
  "a\u2028b",
  "- a",
  "a: b",
  "a\tb",
  "a\tb\nc\td",
]);

it("says there what it says here, whatever was put out", { skip }, () => {
  const text = fc.oneof(fc.constantFrom(...TRAPS), fc.string(), fc.string({ unit: "binary" }));
  const key = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  }));
  const count = pickCounts({ commit: 100, ci: 1_000, soak: 10_000 });
  const outputs = fc.sample(
    fc.dictionary(
      key.map((name) => `x_${name}`),
      value,
      { maxKeys: 8 },
    ),
    count,
  ) as JsonMap[];
  const found = readElsewhere(outputs.map((given) => resultText({ ...RESULT, outputs: given })));
  for (const [at, given] of outputs.entries()) {
    const { task_id, status, errors, started_at, attempts, ...rest } = found[at] ?? {};
    assert.deepEqual([task_id, status, errors, attempts], [RESULT.taskId, "success", [], 1]);
    assert.equal(started_at, "2026-01-19T14:30:00.000Z");
    for (const [name, one] of Object.entries(given))
      assert.deepEqual(rest[name], JSON.parse(JSON.stringify(one)), name);
  }
});
