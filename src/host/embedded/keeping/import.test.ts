import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fill, opened, steadyBytes, temporaryFolder } from "../../../../test/support/journal.ts";
import { KeptProject } from "../../../../test/support/kept-project.ts";
import { surroundings } from "../../../../test/support/surroundings.ts";
import { realClock } from "../../../port/clock.ts";
import { type Files, realFiles } from "../../../port/files.ts";
import { bodyAt, linkDefinition } from "../../../spec/workflow-file.ts";
import { rememberingLink } from "../load.ts";
import { becomeOwner } from "../owner.ts";
import { verifyJournal } from "../verify.ts";
import { exportJournal } from "./export.ts";
import { importJournal } from "./import.ts";

const TEXT = "name: t\ntasks: [{ id: a, agent: shell, parameters: { run: work } }]";
const link = rememberingLink((text) => linkDefinition(text, surroundings()), bodyAt);

describe("import into a project in which somebody begins", () => {
  it("takes no journal away that was made after it looked", async () => {
    using folder = temporaryFolder();
    const project = new KeptProject();
    await project.keep(TEXT, (play) => void play.ok("a"));
    const file = join(folder.path, "site.jsonl");
    assert.ok(exportJournal(realFiles, project.stateFolder, file).ok);
    project.remove();
    const state = join(folder.path, "state");
    let began = 0;
    const files: Files = {
      ...realFiles,
      // Another process that begins right after this one has looked, if it may.
      stat: (path) => {
        const found = realFiles.stat(path);
        if (path === join(state, "decapod.db") && began === 0) began = beginsElsewhere(state);
        return found;
      },
    };
    const parts = { clock: realClock, random: steadyBytes, stateFolder: state, file, link };
    const imported = await importJournal({ ...parts, files });
    const entries = verifyJournal(state, realFiles).readable;
    assert.equal(entries, imported.ok ? imported.value.entries : began);
    assert.equal(imported.ok, began === 0, "one of the two has the project");
    assert.ok(!existsSync(join(state, "importing")));
  });
});

/** How many entries were written there. */
function beginsElsewhere(state: string): number {
  const owner = becomeOwner(state);
  if (!owner.ok) return 0;
  const journal = opened(state);
  fill(journal, 1, 9);
  void journal.close();
  owner.value.release();
  return 9;
}
