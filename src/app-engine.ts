/**
 * The rest of the joining: what reads workflows, decides and works. Most of decapod hangs on it, so app.ts loads it when
 * a command first asks; one that only looks never does.
 */
import packageFile from "../package.json" with { type: "json" };
import { GIVEN } from "./arm/given.ts";
import { openLocalEngine } from "./arm/local-engine.ts";
import type { CheckedFile, Opened, OpenOptions, Project, WatchedJournal } from "./cli/application.ts";
import { bad, good, type Result } from "./core/problem.ts";
import type { BootedHost } from "./driver/spawn-host-boot.ts";
import { LateMainTask } from "./exchange/maintask/late-main-task.ts";
import type { MainTaskPlaces } from "./exchange/maintask/main-task-here.ts";
import { keepingTaskFiles } from "./exchange/taskfile/late-keeper.ts";
import { hasWorktrees } from "./git/late-repository.ts";
import { backupFolder } from "./host/embedded/backup.ts";
import { type Deciding, type Replay, rememberingLink, replayOf } from "./host/embedded/load.ts";
import { watchJournal } from "./host/embedded/watched-journal.ts";
import { realClock } from "./port/clock.ts";
import { realFiles } from "./port/files.ts";
import { keepHeapSmall } from "./port/heap.ts";
import { SELF, userName } from "./port/process.ts";
import { realRandom } from "./port/random.ts";
import { openDoorSoon } from "./server/door-soon.ts";
import { callService } from "./server/handlers.ts";
import { type Project as FoundProject, findWorkflow, isProjectFile } from "./spec/project.ts";
import { sharedGroupProblems } from "./spec/shared-groups.ts";
import type { Surroundings } from "./spec/surroundings.ts";
import { surroundingsOf } from "./spec/surroundings-of.ts";
import { readUserSettings } from "./spec/user-folder.ts";
import { bodyAt, linkDefinition, readWorkflow } from "./spec/workflow-file.ts";
import { Outputs } from "./work/outputs.ts";

/** With what only matters to a file that a run is started with, once for each such file. */
export function startable(
  project: FoundProject,
  surroundings = surroundingsOf(project, realFiles, GIVEN),
): Surroundings {
  const isPossible = () => hasWorktrees(realFiles, project.root);
  return { ...surroundings, worktrees: { isPossible, isUsed: false } };
}

/** Of a definition. What comes of one is twenty times as large, and there before anybody has looked at the heap. */
const LARGE_BYTES = 256 * 1024;

function find(project: FoundProject, name: string) {
  return findWorkflow(project, realFiles, {
    name,
    folder: process.cwd(),
    builtInFolders: GIVEN.builtInFolders,
  });
}

export function readWorkflowFile(project: FoundProject, name: string): Result<CheckedFile> {
  const found = find(project, name);
  if (!found.ok) return found;
  const { path, shown } = found.value;
  const bytes = realFiles.readBytes(path);
  if (bytes.length > LARGE_BYTES) keepHeapSmall();
  const surroundings = surroundingsOf(project, realFiles, GIVEN);
  const read = (file: Pick<typeof found.value, "path" | "shown">, text: Uint8Array) =>
    readWorkflow(file.shown, text, {
      ...startable(project, surroundings),
      secretCommandsAllowed: isProjectFile(project, file.path),
    });
  const checked = read(found.value, bytes);
  if (!checked.ok) return checked;
  const text = Buffer.from(bytes).toString("utf8");
  const conflicts = sharedGroupProblems(checked.value.workflow, {
    project,
    files: realFiles,
    path,
    shown,
    text,
    read: (other) => read(other, realFiles.readBytes(other.path)),
  });
  if (conflicts.length > 0) return bad(...conflicts);
  return good({ file: path, text, ...checked.value });
}

/** Also what is a task file, which is read when it is asked for. */
async function readAny(project: FoundProject, path: string): Promise<Result<CheckedFile>> {
  if (!/\.md$/i.test(path)) return readWorkflowFile(project, path);
  const { readStartable } = await import("./exchange/taskfile/startable-task.ts");
  return readStartable(path, project.root, realFiles, startable(project));
}

export function deciding(found: FoundProject, { stateFolder }: Project): Deciding {
  const surroundings = () => surroundingsOf(found, realFiles, GIVEN);
  const link = rememberingLink((text) => {
    if (text.length > LARGE_BYTES) keepHeapSmall();
    return linkDefinition(text, surroundings());
  }, bodyAt);
  return { link, lookup: new Outputs(realFiles, stateFolder) };
}

/** For whoever only looks, until it must know what was decided. */
export function replaying(found: FoundProject, project: Project): Replay {
  return replayOf(deciding(found, project));
}

export function watch(found: FoundProject, project: Project): Promise<Result<WatchedJournal | null>> {
  return watchJournal(project.stateFolder, realFiles, deciding(found, project));
}

interface Opening extends OpenOptions {
  readonly umask: number;
  readonly bootedHost: BootedHost | null;
  readonly mainTask: MainTaskPlaces;
}

export async function openEngine(
  found: FoundProject,
  project: Project,
  options: Opening,
): Promise<Result<Opened>> {
  const { stateFolder, config } = project;
  const user = readUserSettings(process.env, found.root, realFiles);
  if (!user.ok) return user;
  const durability = options.durability ?? config.durability;
  const mainTask = new LateMainTask(options.mainTask);
  const opened = await openLocalEngine({
    files: realFiles,
    clock: realClock,
    random: realRandom,
    environment: process.env,
    umask: options.umask,
    project: found,
    user: user.value,
    stateFolder,
    backups: backupFolder(found.root, process.env),
    surroundings: surroundingsOf(found, realFiles, GIVEN),
    builtInFolders: GIVEN.builtInFolders,
    durability,
    slots: options.slots ?? config.slots,
    fileOf: (name) => find(found, name),
    bootedHost: options.bootedHost,
    mainTask: mainTask.deskOn,
  });
  if (!opened.ok) return opened;
  const { umask } = options;
  const folders = { root: found.root, umask, stateFolder, limits: config.limits };
  const engine = keepingTaskFiles(opened.value, { files: realFiles, clock: realClock, ...folders });
  const since = realClock.wall();
  const service = async () => {
    const { makeService } = await import("./server/service.ts");
    return makeService({
      engine,
      version: packageFile.version,
      durability,
      since,
      user: userName(),
      stateFolder,
      files: realFiles,
      environmentPass: config.environmentPass,
      limits: config.limits,
      root: found.root,
      environment: process.env,
      workflow: (path) => readAny(found, path),
      cursors: async () => (await mainTask.here()).cursors,
      earlier: engine.earlier,
      outputs: new Outputs(realFiles, stateFolder),
      wall: () => realClock.wall(),
    });
  };
  const places = { stateFolder, environment: process.env, files: realFiles, clock: realClock };
  const listen = openDoorSoon({ ...places, engine, service });
  return good({ engine, listen, operations: async () => callService(await service(), SELF) });
}
