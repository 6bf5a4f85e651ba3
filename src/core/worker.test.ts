import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialsOf, type Worker } from "./worker.ts";

test("credentials of a worker go by its name, apart from the secrets of workflows", () => {
  const credentials = { KEY: { env: "MY_KEY" }, OTHER: { file: "key.txt" } };
  assert.deepEqual(credentialsOf("publish", { credentials } as unknown as Worker), {
    "publish.KEY": { env: "MY_KEY" },
    "publish.OTHER": { file: "key.txt" },
  });
});
