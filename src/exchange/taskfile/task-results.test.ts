// Results in their folders: what lies where one will, and who wrote it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { realFiles } from "../../port/files.ts";
import { resultText, type TaskResult } from "./result-file.ts";
import { resultOfRefusal } from "./result-of-run.ts";
import { NOTHING_SAID } from "./task-file.ts";
import { TaskFolders } from "./task-folders.ts";
import { TaskResults } from "./task-results.ts";
import { taskRunId } from "./task-run.ts";

const AT = Date.UTC(2026, 0, 19, 14, 30);

it("P10: a result was written by somebody else, unless it is ours, of an earlier run or of a refused file", () => {
  const root = mkdtempSync(join(tmpdir(), "decapod-results-"));
  const results = new TaskResults(new TaskFolders(realFiles, { root, umask: 0o022 }), () => 0);
  const problems = [{ code: "E_UNKNOWN_AGENT", message: "there is no agent" }];
  const refusal = resultOfRefusal("a", NOTHING_SAID, { problems, at: AT });
  const ofRun = (run: string): TaskResult => ({ ...refusal, status: "success", error: null, runId: run });
  const second = ofRun(taskRunId("a", 2));
  const path = join(root, results.path("a", AT));
  const lies = (put: () => void) => {
    rmSync(path, { force: true, recursive: true });
    put();
    return results.isForged(second);
  };
  const text = (written: string) => () => writeFileSync(path, written);
  assert.equal(results.isForged(second), false);
  mkdirSync(dirname(path), { recursive: true });
  assert.equal(lies(text(resultText(second))), false, "its own");
  assert.equal(
    lies(text(resultText(ofRun(taskRunId("a", 1))))),
    false,
    "of an earlier run, also a collected one",
  );
  assert.equal(lies(text(resultText(refusal))), false, "of a file from which no run could begin");
  assert.equal(lies(text("---\nstatus: success\n---\n")), true);
  assert.equal(lies(text("---\nstatus: success\nrun_id: null\n---\n")), true);
  assert.equal(lies(text(`---\nrun_id: ${taskRunId("b", 1)}\n---\n`)), true, "of another task");
  assert.equal(lies(text(resultText({ ...second, attempts: 7 }))), true, "another text for this run");
  assert.equal(
    lies(() => symlinkSync("/etc/hostname", path)),
    true,
    "a link",
  );
  assert.equal(
    lies(() => execFileSync("mkfifo", [path])),
    true,
    "a pipe, which holds nothing up",
  );
  rmSync(root, { recursive: true });
});
