// The real claude of the pinned version under the real decapod, against a stand-in of its API.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { agentProject, NO_CLAUDE } from "./rig.ts";

const BUG_FIX = readFileSync(join(import.meta.dirname, "../data/founding/bug-fix-template.yaml"), "utf8");

describe("claude-code", { skip: NO_CLAUDE, concurrency: false }, () => {
  it("bug-fix-template, as it was founded, from the report of a bug to its verified repair", async (t) => {
    const project = await agentProject(t, [
      { text: "The date is built with month + 1.", when: { last: /Investigate the date is wrong/ } },
      { text: "Remove the + 1 in date.js.", when: { last: /month \+ 1/ } },
      {
        tools: [{ name: "Write", input: { file_path: "date.js", content: "month;\n" } }],
        when: { last: /Remove the \+ 1/ },
      },
      { error: { status: 529 } },
      { text: "Changed date.js." },
      { text: "PASS" },
    ]);
    project.write(".claude/workflows/bug-fix-template.yaml", BUG_FIX);
    const { code, stdout, stderr } = await project.start(
      "run",
      "bug-fix-template",
      "-i",
      "bug_description=the date is wrong",
    ).ended;
    console.log(
      stdout,
      stderr,
      project.stub.requests.map((r) => r.turn),
    );
    console.log(
      readFileSync(join(project.attempt("fix"), "output.log"), "utf8"),
      readFileSync(join(project.attempt("fix"), "result.json"), "utf8"),
    );
    assert.equal(code, 0, stderr);
  });
});
