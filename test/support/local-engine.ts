/** The whole engine of a folder in this process, as the program opens it. */
import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { type LocalEngine, openLocalEngine } from "../../src/arm/local-engine.ts";
import type { OpenEngine } from "../../src/cli/application.ts";
import type { RunStarted } from "../../src/core/event.ts";
import { bad, type Result } from "../../src/core/problem.ts";
import type { Run } from "../../src/core/run.ts";
import { LateMainTask } from "../../src/exchange/maintask/late-main-task.ts";
import { keepingTaskFiles } from "../../src/exchange/taskfile/late-keeper.ts";
import { realClock } from "../../src/port/clock.ts";
import { type Files, realFiles } from "../../src/port/files.ts";
import { packageFolder } from "../../src/port/package-folder.ts";
import { realRandom } from "../../src/port/random.ts";
import { readProject } from "../../src/spec/project.ts";
import { surroundingsOf } from "../../src/spec/surroundings-of.ts";
import { NO_USER_SETTINGS } from "../../src/spec/user-settings.ts";
import { startOf } from "./decider.ts";
import { goodWorkflow } from "./surroundings.ts";

export function stateFolderIn(folder: string): string {
  return join(folder, ".claude", "workflow-state");
}

export async function localEngine(
  folder: string,
  files: Files = realFiles,
  more: { readonly quietMs?: number } = {},
): Promise<LocalEngine> {
  const read = readProject({ files: realFiles, asked: folder, currentFolder: "/", home: homedir() });
  assert.ok(read.ok);
  const opened = await openLocalEngine({
    files,
    clock: realClock,
    random: realRandom,
    environment: { PATH: process.env.PATH },
    umask: 0o022,
    project: read.value,
    user: NO_USER_SETTINGS,
    stateFolder: stateFolderIn(folder),
    surroundings: surroundingsOf(read.value, realFiles, {
      checks: new Map(),
      builtInRoles: packageFolder("agents"),
      builtInWorkers: packageFolder("workers"),
      builtInFolders: [],
    }),
    builtInFolders: [],
    bootedHost: null,
    durability: "durable",
    slots: 4,
    mainTask: new LateMainTask({
      files,
      clock: realClock,
      root: folder,
      stateFolder: stateFolderIn(folder),
      umask: 0o022,
      path: process.env.PATH ?? "",
    }).deskOn,
    fileOf: () => bad({ code: "E_NOT_FOUND", message: "there are no files here" }),
    ...more,
  });
  assert.ok(opened.ok);
  const around = { files, clock: realClock, root: folder, umask: 0o022, stateFolder: stateFolderIn(folder) };
  return keepingTaskFiles(opened.value, { ...around, limits: {} });
}

/** Starts a workflow; resolves when its start is on the disk. */
export function startIn(
  engine: Omit<OpenEngine, "taskFiles">,
  id: string,
  text: string,
  over: Partial<RunStarted> = {},
): Promise<Result<null>> {
  const { workflow, definition } = goodWorkflow(text, "test.yaml");
  const checked = { file: "", text, workflow, definition, warnings: [] };
  return engine.startRun(id, checked, startOf(workflow, over));
}

/** Resolves once something of the run holds. */
export function seesRun<T>(engine: LocalEngine, id: string, look: (run: Run) => T | null): Promise<T> {
  return new Promise((resolve) => {
    const seen = (run: Run | null) => {
      const found = run === null ? null : look(run);
      if (found !== null) resolve(found);
      return found !== null;
    };
    const loaded = engine.host.loaded(id);
    if (seen(loaded.ok ? loaded.value : null)) return;
    const stop = engine.observe((changes) => {
      if (changes.some(({ after }) => after.id === id && seen(after))) stop();
    });
  });
}
