/**
 * Where the rooms are joined, and nowhere else: ports → project → journal → engine → arm → command line. What every
 * command needs stands here; what reads workflows, decides and works is joined in app-engine.ts, when it is asked for.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import packageFile from "../package.json" with { type: "json" };
import type { Application, Place, Project, Reader } from "./cli/application.ts";
import { runCommandLine } from "./cli/cli.ts";
import { ulid } from "./core/id.ts";
import { EXIT, good, type Result } from "./core/problem.ts";
import { lateSpawnHost } from "./driver/late-spawn-host.ts";
import type { BootedHost } from "./driver/spawn-host-boot.ts";
import { lateWithCursors } from "./exchange/maintask/late-main-task.ts";
import type { MainTaskPlaces } from "./exchange/maintask/main-task-here.ts";
import { backupFolder } from "./host/embedded/backup.ts";
import type { ReachedOwner } from "./host/embedded/reach.ts";
import { openReader } from "./host/embedded/reader.ts";
import { realClock } from "./port/clock.ts";
import { realFiles } from "./port/files.ts";
import { watchHeap } from "./port/heap.ts";
import { loadNow } from "./port/load-now.ts";
import {
  isInputTerminal,
  leave,
  onEndSignal,
  onKey,
  outputWritten,
  readInput,
  SELF,
  standardErrors,
  standardOutput,
  tellStarter,
  userName,
} from "./port/process.ts";
import { programsIn } from "./port/programs.ts";
import { realRandom } from "./port/random.ts";
import { BUILT_IN_FOLDERS } from "./spec/built-in-folders.ts";
import { type Project as FoundProject, type Looking, projectRoot, readProject } from "./spec/project.ts";

const DEFAULT_SLOTS = 16;

type Streams = Pick<Application, "stdout" | "stderr">;

/** Runs one command and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<never> {
  const umask = process.umask(0o077);
  watchHeap();
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
    const mainTask = mainTaskPlaces(project, umask);
    const opening = { ...options, umask, bootedHost, mainTask };
    const opened = await engineParts().openEngine(spec(found, project), project, opening);
    if (opened.ok) ready.host = null;
    return opened;
  };
  return {
    version: packageFile.version,
    umask,
    builtInFolders: BUILT_IN_FOLDERS,
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
    place: (asked) => {
      const root = projectRoot(lookingFrom(asked));
      return root.ok ? good(placeAt(root.value)) : root;
    },
    workflow: (project, name) => engineParts().readWorkflowFile(spec(found, project), name),
    prepare: () => {
      ready.host ??= lateSpawnHost();
    },
    open,
    startOwner: async (project, options, runs) =>
      (await import("./server/own-background.ts")).startOwner(project, umask, { ...options, runs }),
    surroundings: (project) => engineParts().startable(spec(found, project)),
    tellStarter: (problems) => tellStarter(JSON.stringify(problems)),
    random: realRandom,
    newRunId: () => ulid(realClock.wall(), realRandom.bytes(10)),
    atTerminal: async (argv) => (await import("./port/spawn.ts")).runAtTerminal(argv),
    read: (project) => readJournal(spec(found, project), project),
    connect,
    watch: async (project) => engineParts().watch(spec(found, project), project),
    programs: (names) => programsIn(process.env.PATH ?? "", names),
    deciding: (project) => engineParts().deciding(spec(found, project), project),
    // Whatever the project's settings say of runs: where a loop stands is on the disk before anybody is told.
    withCursors: (place, act) => {
      const journal = {
        random: realRandom,
        durability: "durable" as const,
        backups: backupFolder(place.root, process.env),
      };
      return lateWithCursors({ ...mainTaskPlaces(place, umask), ...journal }, act);
    },
  };
}

function engineParts(): typeof import("./app-engine.ts") {
  return loadNow<typeof import("./app-engine.ts")>(import.meta.url, "app-engine");
}

function placeAt(root: string): Place {
  return { root, stateFolder: join(root, ".claude", "workflow-state") };
}

function lookingFrom(asked: string | null): Looking {
  return { files: realFiles, asked, currentFolder: process.cwd(), home: homedir() };
}

function findProject(found: Map<string, FoundProject>, asked: string | null): Result<Project> {
  const read = readProject(lookingFrom(asked));
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
  return good({ ...placeAt(root), config });
}

function spec(found: ReadonlyMap<string, FoundProject>, project: Project): FoundProject {
  const known = found.get(project.root);
  if (known === undefined) throw new Error(`project ${project.root} was not found by this application`);
  return known;
}

function readJournal(found: FoundProject, project: Project): Result<Reader | null> {
  const backups = backupFolder(found.root, process.env);
  return openReader(project.stateFolder, realFiles, {
    backups,
    replay: () => engineParts().replaying(found, project),
  });
}

async function connect({ stateFolder }: Place): Promise<Result<ReachedOwner | null>> {
  const { reachOwner } = await import("./host/embedded/reach.ts");
  return reachOwner({ folder: stateFolder, files: realFiles, clock: realClock, self: SELF });
}

function mainTaskPlaces({ root, stateFolder }: Place, umask: number): MainTaskPlaces {
  return { root, stateFolder, umask, files: realFiles, clock: realClock, path: process.env.PATH ?? "" };
}
