import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { causeOf, repairedText, subjectOf } from "./mending.ts";
import { failure } from "./outcome.ts";

describe("the words about a repair", () => {
  test("T1-32 a task that builds is a build, by its name or by what does it; others are called by their name", () => {
    for (const [id, agent] of [
      ["build", "shell"],
      ["site", "hugo-build"],
      ["build_docs", "shell"],
    ] as const)
      assert.equal(subjectOf({ id, agent }), "Build", id);
    assert.equal(subjectOf({ id: "rebuilding", agent: "shell" }), "rebuilding");
    assert.equal(
      repairedText({ id: "build", agent: "hugo-build" }, failure("syntax_error", "exit 255: no end.")),
      "Build failed due to no end, I fixed it and retrying",
    );
    assert.equal(
      repairedText({ id: "lint", agent: "shell" }, failure("syntax_error", "a line; of two")),
      "lint failed due to a line; of two, I fixed it and retrying",
    );
  });

  test("a long cause is cut", () => assert.equal(causeOf("x".repeat(900)).length, 301));
});
