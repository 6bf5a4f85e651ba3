import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { write } from "../../test/support/repository.ts";
import type { AttemptOutcome } from "../core/event.ts";
import { realFiles } from "../port/files.ts";
import { filesOf } from "../work/inside.ts";
import { withEvidence } from "./evidence.ts";

const SUCCESS: AttemptOutcome = {
  status: "success",
  exitCode: 0,
  output: { value: "All done!" },
  failure: null,
  durationMs: 1,
  usage: null,
};

describe("the evidence of a success", () => {
  it("a file for every glob of artifacts, or it claims without evidence", (t) => {
    const workspace = temporaryFolder(t);
    write(workspace, { "public/a/index.html": "x", "report.md": "x" });
    const judged = (...artifacts: readonly string[]) =>
      withEvidence(SUCCESS, artifacts, { files: realFiles, workspace });
    assert.equal(judged(), SUCCESS);
    assert.equal(judged("public/**", "report.md"), SUCCESS);
    const { status, failure } = judged("report.md", "notes/*.md", "log.txt");
    assert.deepEqual(
      [status, failure?.class, failure?.message],
      [
        "failed",
        "claims_without_evidence",
        "it says that it is done, and no file is notes/*.md, nor log.txt (artifacts)",
      ],
    );
    const failed: AttemptOutcome = { ...SUCCESS, status: "failed" };
    assert.equal(withEvidence(failed, ["log.txt"], { files: realFiles, workspace }), failed);
  });

  it("is looked for where a glob says, in folders it names, and nowhere beyond", (t) => {
    const base = temporaryFolder(t);
    write(base, { "outside.md": "x", "w/deep/er/a.md": "x", "w/.git/b.md": "x", "w/c": "x" });
    symlinkSync(base, join(base, "w/link"));
    const there = (glob: string) => filesOf(realFiles, join(base, "w"), glob).next().done !== true;
    for (const glob of ["deep", "deep/", "deep/**", "**/*.md", "deep/*/a.md", "c", "link"])
      assert.ok(there(glob), glob);
    for (const glob of [
      "deep/*.md",
      "../outside.md",
      "link/outside.md",
      "link/**",
      "**/b.md",
      "gone/**",
      "c/",
    ])
      assert.ok(!there(glob), glob);
  });
});
