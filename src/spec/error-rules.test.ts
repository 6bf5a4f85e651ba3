import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readProjectFile } from "./project-file.ts";

function tableOf(errors: string) {
  const read = readProjectFile("decapod.yaml", `errors:\n${errors}`);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value.errors;
}

function problemsOf(errors: string): readonly string[] {
  const read = readProjectFile("decapod.yaml", `errors:\n${errors}`);
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
}

describe("errors of decapod.yaml", () => {
  test("a text or a pattern leads to a class; what is not said of it is what belongs to the class", () => {
    const table = tableOf(`
  - { class: disk_full, match: "No space left on device", action: escalate, message: "Please free space" }
  - { class: syntax_error, match: { pattern: "^E\\\\d+:" } }
  - { class: flaky_host, match: "try later" }
`);
    assert.deepEqual(table, [
      {
        class: "disk_full",
        action: "escalate",
        lines: [{ parts: ["No space left on device"] }],
        message: "Please free space",
      },
      { class: "syntax_error", action: "auto_fix", lines: [{ pattern: "^E\\d+:" }] },
      { class: "flaky_host", action: "retry", lines: [{ parts: ["try later"] }] },
    ]);
  });

  test("what cannot be meant is refused where it stands", () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["{ class: lost, match: x }", /E_CHOICE the class lost is found by decapod itself/],
      ["{ class: Disk Full, match: x }", /E_CHOICE "Disk Full" is no name for a class/],
      ["{ class: syntax_eror, match: x }", /E_CHOICE there is no failure class "syntax_eror"/],
      ["{ class: a_b, match: { pattern: '(?=x)' } }", /E_TYPE "\(\?=x\)" is no RE2 pattern/],
      ["{ class: a_b, match: { pattern: 'x*' } }", /E_TYPE "x\*" is found in every line/],
      ['{ class: a_b, match: "one\\ntwo" }', /E_TYPE it is looked for in one line/],
      ['{ class: a_b, match: "  " }', /E_TYPE nothing but spaces/],
      [`{ class: a_b, match: ${"x".repeat(1_001)} }`, /E_RANGE at most 1000 characters, not 1001/],
      ["{ class: a_b, match: x, action: wait }", /E_CHOICE action must be one of auto_fix, retry, escalate/],
      ["{ class: a_b }", /E_REQUIRED/],
      ["{ class: a_b, match: 7 }", /E_TYPE match must be a text, or \{ pattern: RE2 \}/],
      ["{ class: a_b, match: x, when: y }", /E_UNKNOWN_KEY/],
    ];
    for (const [one, told] of wrong) assert.match(problemsOf(`  - ${one}\n`).join("\n"), told, one);
    const many = Array.from({ length: 101 }, () => "  - { class: a_b, match: x }\n").join("");
    assert.match(problemsOf(many).join("\n"), /E_RANGE at most 100 errors, not 101/);
  });
});
