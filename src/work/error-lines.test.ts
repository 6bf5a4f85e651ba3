import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { looksLikeError } from "./error-lines.ts";

const ERRORS: readonly string[] = [
  "error: cannot find module 'x'",
  "src/a.ts(3,5): error TS2304: Cannot find name 'x'.",
  "error[E0308]: mismatched types",
  "ERROR  something broke",
  "2026-01-18 14:30:00 [error] nginx: broken",
  "TypeError: x is not a function",
  "    at main (/srv/app.js:3:15)",
  "at /srv/app.js:3:15",
  "Traceback (most recent call last):",
  '  File "/srv/a.py", line 3, in <module>',
  "thread 'main' panicked at src/main.rs:2:5:",
  "panic: runtime error: index out of range",
  "goroutine 1 [running]:",
  "npm ERR! code ELIFECYCLE",
  "make: *** [Makefile:2: all] Error 1",
  "FAIL src/a.test.ts",
  "not ok 3 - adds",
  "fatal: not a git repository",
  "Segmentation fault (core dumped)",
  "sh: 1: frobnicate: command not found",
  "connect ECONNREFUSED 127.0.0.1:5432",
  "process exited with code 2",
  "java.lang.NullPointerException: null",
  "Build failed with 3 warnings",
  "Unhandled promise rejection",
];

const HARMLESS: readonly string[] = [
  "0 errors, 0 warnings",
  "compiled without errors",
  "errors: 0",
  "failed: 0, passed: 12",
  "no failures",
  "exit code: 0",
  "error handling is explained in docs/errors.md",
  "installing error-stack-parser@2.1.4",
  "at noon we deploy",
  "all good",
  "",
];

describe("lines that tell of trouble", () => {
  for (const line of ERRORS) it(`does: ${line}`, () => assert.ok(looksLikeError(line)));
  for (const line of HARMLESS) it(`does not: ${line}`, () => assert.ok(!looksLikeError(line)));

  it("takes no longer for lines that were made to be slow", () => {
    const evil = ["exit ", "a:", " at x", "error", "0 ", "failed ", '"', "[", "E"].map((part) =>
      part.repeat(20_000),
    );
    const spaces = ["exit", "error", "0", "at "].map((word) => `${word}${" ".repeat(100_000)}x`);
    const started = process.cpuUsage();
    for (const line of [...evil, ...spaces]) looksLikeError(line);
    const { user } = process.cpuUsage(started);
    assert.ok(user < 1_000_000, `${user} µs`);
  });
});
