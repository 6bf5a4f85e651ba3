import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import type { Assignment } from "../core/event.ts";
import { realFiles } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { briefOf } from "./brief.ts";
import { HANDOFF_FILE, handoffIn, handoffOf } from "./handoff.ts";
import { MEMORY_FILE, memoryOf } from "./memory.ts";
import { Outputs } from "./outputs.ts";

const LARGE = { digest: "d".repeat(64), bytes: 99_999, text: true };
const ASSIGNMENT = {
  task: "build",
  parameters: { task: "Build it." },
  feedback: null,
  answers: [],
  dependencies: [
    { id: "plan", status: "success", output: { value: "the plan" } },
    { id: "data", status: "success", output: LARGE },
  ],
  outputSchema: null,
} as unknown as Assignment;

function briefWith(folder: string): string {
  const outputs = new Outputs(realFiles, folder);
  return briefOf(ASSIGNMENT, { workspace: folder, memory: memoryOf(realFiles, folder), outputs });
}

describe("the project's memory", () => {
  it("T2-13 T2-44: stands first in the brief of an agent, as it lies where that works", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, MEMORY_FILE), "# Rules\n\n~~~~\nUse tabs.\n~~~~\n");
    const brief = briefWith(folder);
    assert.match(
      brief,
      /^# What everybody here reads first \(CLAUDE\.md\)\n\n~~~~~\n# Rules\n\n~~~~\nUse tabs\.\n~~~~\n~~~~~\n\n# build\n/,
    );
  });

  it("of more than 500 lines is named, with how long it is", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, MEMORY_FILE), "line\n".repeat(500));
    assert.match(briefWith(folder), /~~~\nline\n/);
    writeFileSync(join(folder, MEMORY_FILE), "line\n".repeat(501));
    assert.match(briefWith(folder), /\n\nRead CLAUDE\.md first \(501 lines, 2505 bytes\)\.\n\n# build\n/);
  });

  it("is none where there is none, an empty one, a folder, or a link that leads out", (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "project", MEMORY_FILE);
    mkdirSync(join(folder, "project"));
    const read = () => memoryOf(realFiles, join(folder, "project"));
    assert.equal(read(), null);
    writeFileSync(join(folder, "secret"), "SECRET");
    symlinkSync("../secret", path);
    assert.equal(read(), null);
    writeFileSync(join(folder, "project/AGENTS.md"), "Use tabs.\n");
    symlinkSync("AGENTS.md", join(folder, "project/link"));
    realFiles.rename(join(folder, "project/link"), path);
    assert.equal(read()?.text, "Use tabs.\n");
    writeFileSync(path, " \n");
    assert.equal(read(), null);
    realFiles.remove(path);
    mkdirSync(path);
    assert.equal(read(), null);
  });
});

describe("the receipt of a hand-off", () => {
  it("says which version of everything an attempt was given", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, MEMORY_FILE), "Use tabs.\n");
    const memory = memoryOf(realFiles, folder);
    const handoff = handoffOf(ASSIGNMENT, { attempt: "R/build/1", brief: "Build it.\n", memory });
    writeFileSync(join(folder, HANDOFF_FILE), JSON.stringify(handoff));
    assert.deepEqual(handoffIn(realFiles, folder), {
      schemaVersion: 1,
      attempt: "R/build/1",
      brief: { digest: sha256("Build it.\n"), bytes: 10 },
      memory: { path: MEMORY_FILE, digest: sha256("Use tabs.\n"), bytes: 10, lines: 1, shown: true },
      outputs: [
        { task: "plan", status: "success", digest: sha256('"the plan"'), bytes: 10 },
        { task: "data", status: "success", digest: LARGE.digest, bytes: LARGE.bytes },
      ],
    });
  });

  it("counts as none in any other form", (t) => {
    const folder = temporaryFolder(t);
    assert.equal(handoffIn(realFiles, folder), null);
    for (const text of ["", "{", "null", "{}", '{"schemaVersion":1,"brief":{},"memory":null,"outputs":[]}']) {
      writeFileSync(join(folder, HANDOFF_FILE), text);
      assert.equal(handoffIn(realFiles, folder), null, text);
    }
  });
});
