import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsText } from "./problems-text.ts";

test("problems in one line: code, what happened, what to do", () => {
  const problems = [
    { code: "E_ARG", message: "a is wrong", hint: "b" },
    { code: "E_URL", message: "c is no address" },
  ];
  assert.equal(problemsText(problems), "E_ARG a is wrong (b); E_URL c is no address");
});
