/**
 * Workers of a project (formats.md 5): `workers/NAME.yaml`, or `workers/NAME/worker.yaml` beside what it needs. Those
 * that come with decapod lie in a folder of its own, and the project's do not take their places.
 */
import { join, relative } from "node:path";
import { bad, type Problem, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import type { WorkerFile } from "./surroundings.ts";
import type { WorkerPlace } from "./worker-file.ts";

export interface WorkerPlaces {
  readonly files: Files;
  readonly projectRoot: string;
  readonly builtInFolder: string;
}

export interface FoundWorker extends WorkerPlace {
  readonly path: string;
}

const WORKERS = "workers";
const IS_MANIFEST = /\.ya?ml$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;
const BYTES_MAX = 256 * 1024;

/** By name. */
export function listWorkers(places: WorkerPlaces): ReadonlyMap<string, FoundWorker> {
  const workers = new Map<string, FoundWorker>();
  for (const found of [...builtIn(places), ...ofProject(places)])
    if (NAME.test(found.name) && !workers.has(found.name)) workers.set(found.name, found);
  return workers;
}

/** Manifests of the project that no task ever gets, and why. */
export function strayManifests(places: WorkerPlaces): readonly Problem[] {
  const taken = new Set(builtIn(places).map(({ name }) => name));
  const seen = new Set<string>();
  return ofProject(places).flatMap(({ name, shown }) => {
    const why = !NAME.test(name)
      ? ["E_CHOICE", `"${name}" cannot be the name of a worker`, "letters, digits, - and _"]
      : taken.has(name)
        ? [
            "E_RESERVED_NAME",
            `the worker ${name} comes with decapod, so no task ever gets this one`,
            "another name",
          ]
        : seen.has(name)
          ? [
              "E_DUPLICATE_ID",
              `there is another manifest of the worker ${name}, which comes first`,
              "another name",
            ]
          : null;
    seen.add(name);
    const [code = "", message = "", hint = ""] = why ?? [];
    return why === null ? [] : [{ code, message, hint, at: { file: shown, line: 1, column: 1 } }];
  });
}

function builtIn({ files, builtInFolder }: WorkerPlaces): readonly FoundWorker[] {
  return manifestsIn(files, builtInFolder).map(({ name, path }) => {
    return { name, path, shown: path, folder: join(path, ".."), isBuiltIn: true };
  });
}

function ofProject({ files, projectRoot }: WorkerPlaces): readonly FoundWorker[] {
  return manifestsIn(files, join(projectRoot, WORKERS)).map(({ name, path }) => {
    const shown = relative(projectRoot, path);
    return { name, path, shown, folder: join(shown, ".."), isBuiltIn: false };
  });
}

/** `NAME.yaml`, and `NAME/worker.yaml`. */
function manifestsIn(
  files: Files,
  folder: string,
): readonly { readonly name: string; readonly path: string }[] {
  return files.list(folder).flatMap(({ name, kind }) => {
    const path = join(folder, name);
    if (kind !== "folder")
      return IS_MANIFEST.test(name) ? [{ name: name.replace(IS_MANIFEST, ""), path }] : [];
    const inside = ["worker.yaml", "worker.yml"].map((file) => join(path, file));
    const found = inside.find((one) => files.statTarget(one)?.kind === "file");
    return found === undefined ? [] : [{ name, path: found }];
  });
}

/** Reads workers by name, each once. */
export function workerReader(
  files: Files,
  found: () => ReadonlyMap<string, FoundWorker>,
): (name: string) => Result<WorkerFile> {
  const read = new Map<string, Result<WorkerFile>>();
  return (name) => {
    const known = read.get(name) ?? readWorker(files, found().get(name), name);
    read.set(name, known);
    return known;
  };
}

export function readWorker(files: Files, found: FoundWorker | undefined, name: string): Result<WorkerFile> {
  if (found === undefined) return bad({ code: "E_NOT_FOUND", message: `there is no worker "${name}"` });
  const size = files.statTarget(found.path)?.size ?? 0;
  if (size > BYTES_MAX)
    return bad({
      code: "E_TOO_LARGE",
      message: `the manifest ${found.shown} has ${size} bytes, at most ${BYTES_MAX} are read`,
    });
  const { readWorkerFile } = loadNow<typeof import("./worker-file.ts")>(import.meta.url, "worker-file");
  return readWorkerFile(found, files.readBytes(found.path));
}
