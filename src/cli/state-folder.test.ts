import assert from "node:assert/strict";
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { captured, makeApplication } from "../../test/support/command-line.ts";
import { temporaryFolder } from "../../test/support/journal.ts";
import { realFiles } from "../port/files.ts";
import { folderChecks } from "./state-folder.ts";

it("names the commands that help as they were called", () => {
  using folder = temporaryFolder();
  const stateFolder = join(folder.path, "state");
  mkdirSync(stateFolder);
  chmodSync(stateFolder, 0o755);
  const left = join(stateFolder, "copy.db.7-1.tmp");
  writeFileSync(left, "");
  utimesSync(left, 1000, 1000);
  const application = {
    ...makeApplication({ folder: folder.path }, captured(), captured()),
    files: { ...realFiles, freeBytes: () => 2 ** 20 },
    calledAs: "npm start --",
  };
  const place = { root: folder.path, stateFolder, backups: join(folder.path, "backups") };
  const hints = folderChecks({ application }, place).flatMap(({ hint }) => hint ?? []);
  assert.deepEqual(hints, [
    "npm start -- db gc --dry-run says what decapod can give back",
    "npm start -- doctor --fix",
    "npm start -- doctor --fix",
  ]);
});
