/** Workflow files as tests write them, and the one problem that they are to have. */
import assert from "node:assert/strict";
import type { Problem } from "../../src/core/problem.ts";
import { problemsOf } from "./surroundings.ts";

/** One task of an agent, with these lines more. */
export function taskWith(...lines: readonly string[]): string {
  return [
    "name: x",
    "tasks:",
    "  - id: a",
    "    agent: coder",
    "    parameters: { task: t }",
    ...lines.map((line) => `    ${line}`),
  ].join("\n");
}

/** A task for each line. */
export function tasks(...lines: readonly string[]): string {
  return ["name: x", "tasks:", ...lines.map((line) => `  - ${line}`)].join("\n");
}

/** The only problem of a file, which has this code. */
export function only(text: string, code: string): Problem {
  const problems = problemsOf(text);
  assert.deepEqual(
    problems.map((problem) => problem.code),
    [code],
    JSON.stringify(problems),
  );
  return problems[0] ?? assert.fail();
}
