import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { play, printingDriver } from "../support/played-run.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const SHAPES = join(import.meta.dirname, "../data/workflow-shapes");
/** Refused while reading: nothing gives `var`. */
const REFUSED = "recursive-for-loop.yaml";

const files = ["archon", "argo"].flatMap((folder) =>
  readdirSync(join(SHAPES, folder)).map((name) => join(folder, name)),
);

describe("public workflow shapes, run with a driver that prints its task", () => {
  it("are 77, of which 76 run", () =>
    assert.equal(files.filter((file) => !file.endsWith(REFUSED)).length, 76));

  for (const file of files.filter((one) => one.endsWith(".yaml") && !one.endsWith(REFUSED))) {
    it(`${file} ends, and what it could not read is a named skip or error`, async () => {
      const text = readFileSync(join(SHAPES, file), "utf8").replaceAll(/^(\s+agent: ).*$/gm, "$1coder");
      const checked = goodWorkflow(text, file);
      const params = Object.fromEntries(checked.workflow.params.map(({ name }) => [name, "x"]));
      const { status, all, run } = await play(checked, { params, driver: printingDriver });
      assert.ok(status === "success" || status === "failed", `it ended ${status}`);
      assert.equal(run.done, run.total);
      for (const row of all) {
        if (row.status === "skipped")
          assert.ok(row.skipReason !== null, `${row.task} says why it was skipped`);
        if (row.status === "failed")
          assert.match(
            row.failureMessage ?? "",
            /E_EXPR|not true or false/,
            `${row.task} names what it could not read`,
          );
      }
    });
  }
});
