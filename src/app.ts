/** Where the rooms are joined, and nowhere else: ports → project → journal → engine → arm → command line. */
import { homedir } from "node:os";
import { join } from "node:path";
import packageFile from "../package.json" with { type: "json" };
import { GIVEN } from "./arm/given.ts";
import { openLocalEngine } from "./arm/local-engine.ts";
import type { Application, CheckedFile, Opened, OpenOptions, Project, Reader } from "./cli/application.ts";
import { runCommandLine } from "./cli/cli.ts";
import { ulid } from "./core/id.ts";
import { bad, EXIT, good, type Result } from "./core/problem.ts";
import { type BootedHost, bootSpawnHost } from "./driver/spawn-host-boot.ts";
import { LateMainTask, lateWithCursors } from "./exchange/maintask/late-main-task.ts";
import { keepingTaskFiles } from "./exchange/taskfile/late-keeper.ts";
import { hasWorktrees } from "./git/late-repository.ts";
import { backupFolder } from "./host/embedded/backup.ts";
import { type Deciding, rememberingLink } from "./host/embedded/load.ts";
import type { ReachedOwner } from "./host/embedded/reach.ts";
import { openReader } from "./host/embedded/reader.ts";
import { watchJournal } from "./host/embedded/watched-journal.ts";
import { realClock } from "./port/clock.ts";
import { realFiles } from "./port/files.ts";
import { keepHeapSmall } from "./port/heap.ts";
import {
  isInputTerminal,
  leave,
  onEndSignal,
  onKey,
  outputWritten,
  readInput,
  standardErrors,
  standardOutput,
  tellStarter,
  userName,
} from "./port/process.ts";
import { programsIn } from "./port/programs.ts";
import { realRandom } from "./port/random.ts";
import { openDoorSoon } from "./server/door-soon.ts";
import { callService } from "./server/handlers.ts";
import { type Project as FoundProject, findWorkflow, isProjectFile, readProject } from "./spec/project.ts";
import { sharedGroupProblems } from "./spec/shared-groups.ts";
import type { Surroundings } from "./spec/surroundings.ts";
import { surroundingsOf } from "./spec/surroundings-of.ts";
import { readUserSettings } from "./spec/user-file.ts";
import { bodyAt, linkDefinition, readWorkflow } from "./spec/workflow-file.ts";
import { Outputs } from "./work/outputs.ts";

const DEFAULT_SLOTS = 16;
/** As other processes know us. */
const SELF = { pid: process.pid };

type Streams = Pick<Application, "stdout" | "stderr">;

/** Runs one command and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<never> {
  const umask = process.umask(0o077);
  keepHeapSmall();
  const ready: Ready = { host: null };
  const streams = { stdout: standardOutput(), stderr: standardErrors() };
  const code = await run(makeApplication(umask, ready, streams), ready, argv);
  await outputWritten();
  const { stdout, stderr } = streams;
  if (stdout.lost === null) return leave(code);
  stderr.write(`error E_IO standard output could not be written (${stdout.lost}): a part of it is lost\n`);
  await outputWritten();
  return leave(code === EXIT.done ? EXIT.environment : code);
}

/** A bug becomes one line, with its stack under --debug. */
async function run(application: Application, ready: Ready, argv: readonly string[]): Promise<number> {
  try {
    return await runCommandLine(application, argv);
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const told = argv.includes("--debug") ? (error.stack ?? error.message) : error.message;
    process.stderr.write(`error E_BUG ${told}\n  try: run it again with --debug and report what it prints\n`);
    return 1;
  } finally {
    ready.host?.discard();
  }
}

/** A spawn host that nobody has taken yet. */
interface Ready {
  host: BootedHost | null;
}

function makeApplication(umask: number, ready: Ready, streams: Streams): Application {
  const found = new Map<string, FoundProject>();
  const open: Application["open"] = async (project, options) => {
    const bootedHost = ready.host;
    const opened = await openEngine(spec(found, project), project, { ...options, umask, bootedHost });
    if (opened.ok) ready.host = null;
    return opened;
  };
  return {
    version: packageFile.version,
    umask,
    builtInFolders: GIVEN.builtInFolders,
    clock: realClock,
    files: realFiles,
    environment: process.env,
    user: userName(),
    cwd: process.cwd(),
    ...streams,
    canAsk: isInputTerminal(),
    readInput,
    calledAs: process.env.DECAPOD_NPM_START === "1" ? "npm start --" : "decapod",
    onSignal: onEndSignal,
    onKey,
    project: (asked) => findProject(found, asked),
    workflow: (project, name) => readFile(spec(found, project), name),
    prepare: () => {
      ready.host ??= bootSpawnHost();
    },
    open,
    startOwner: async (project, options, runs) =>
      (await import("./server/own-background.ts")).startOwner(project, umask, { ...options, runs }),
    surroundings: (project) => startable(spec(found, project)),
    tellStarter: (problems) => tellStarter(JSON.stringify(problems)),
    random: realRandom,
    newRunId: () => ulid(realClock.wall(), realRandom.bytes(10)),
    atTerminal: async (argv) => (await import("./port/spawn.ts")).runAtTerminal(argv),
    read: (project) => readJournal(spec(found, project), project),
    connect,
    watch: (project) => watchJournal(project.stateFolder, realFiles, deciding(spec(found, project), project)),
    programs: (names) => programsIn(process.env.PATH ?? "", names),
    deciding: (project) => deciding(spec(found, project), project),
    withCursors: (project, act) => {
      const { config, root } = project;
      const journal = {
        random: realRandom,
        durability: config.durability,
        backups: backupFolder(root, process.env),
      };
      return lateWithCursors({ ...mainTaskPlaces(project, umask), ...journal }, act);
    },
  };
}

function findProject(found: Map<string, FoundProject>, asked: string | null): Result<Project> {
  const read = readProject({ files: realFiles, asked, currentFolder: process.cwd(), home: homedir() });
  if (!read.ok) return read;
  const { root, settings } = read.value;
  found.set(root, read.value);
  const config = {
    slots: settings.slots ?? DEFAULT_SLOTS,
    durability: settings.durability,
    environmentPass: settings.environmentPass,
    limits: settings.limits,
    fanOut: settings.fanOut,
    redact: settings.redact,
    retention: settings.retention,
  };
  return good({ root, stateFolder: join(root, ".claude", "workflow-state"), config });
}

function spec(found: ReadonlyMap<string, FoundProject>, project: Project): FoundProject {
  const known = found.get(project.root);
  if (known === undefined) throw new Error(`project ${project.root} was not found by this application`);
  return known;
}

/** With what only matters to a file that a run is started with, once for each such file. */
function startable(
  project: FoundProject,
  surroundings = surroundingsOf(project, realFiles, GIVEN),
): Surroundings {
  const isPossible = () => hasWorktrees(realFiles, project.root);
  return { ...surroundings, worktrees: { isPossible, isUsed: false } };
}

function find(project: FoundProject, name: string) {
  return findWorkflow(project, realFiles, {
    name,
    folder: process.cwd(),
    builtInFolders: GIVEN.builtInFolders,
  });
}

function readFile(project: FoundProject, name: string): Result<CheckedFile> {
  const found = find(project, name);
  if (!found.ok) return found;
  const { path, shown } = found.value;
  const bytes = realFiles.readBytes(path);
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
  if (!/\.md$/i.test(path)) return readFile(project, path);
  const { readStartable } = await import("./exchange/taskfile/startable-task.ts");
  return readStartable(path, project.root, realFiles, startable(project));
}

function readJournal(found: FoundProject, project: Project): Result<Reader | null> {
  const backups = backupFolder(found.root, process.env);
  return openReader(project.stateFolder, realFiles, { backups, replay: deciding(found, project) });
}

function deciding(found: FoundProject, { stateFolder }: Project): Deciding {
  const surroundings = () => surroundingsOf(found, realFiles, GIVEN);
  const link = rememberingLink((text) => linkDefinition(text, surroundings()), bodyAt);
  return { link, lookup: new Outputs(realFiles, stateFolder) };
}

async function connect({ stateFolder }: Project): Promise<Result<ReachedOwner | null>> {
  const { reachOwner } = await import("./host/embedded/reach.ts");
  return reachOwner({ folder: stateFolder, files: realFiles, clock: realClock, self: SELF });
}

async function openEngine(
  found: FoundProject,
  project: Project,
  options: OpenOptions & { readonly umask: number; readonly bootedHost: BootedHost | null },
): Promise<Result<Opened>> {
  const { stateFolder, config } = project;
  const user = readUserSettings(process.env, found.root, realFiles);
  if (!user.ok) return user;
  const durability = options.durability ?? config.durability;
  const mainTask = new LateMainTask(mainTaskPlaces(project, options.umask));
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

function mainTaskPlaces({ root, stateFolder }: Project, umask: number) {
  return { root, stateFolder, umask, files: realFiles, clock: realClock, path: process.env.PATH ?? "" };
}
