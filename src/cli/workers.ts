/** The workers a project has, what is wrong with them, and what they are doing: for `worker list`, `show`, `check` and `health`. */
import type { JsonMap } from "../core/json.ts";
import type { Problem } from "../core/problem.ts";
import type { Worker } from "../core/worker.ts";
import { workerDriver } from "../driver/workers-here.ts";
import { packageFolder } from "../port/package-folder.ts";
import { nearest } from "../spec/nearest.ts";
import { BUILT_IN } from "../spec/schema-agents.ts";
import { readUserSettings } from "../spec/user-folder.ts";
import { NO_USER_SETTINGS } from "../spec/user-settings.ts";
import {
  type FoundWorker,
  listWorkers,
  readWorker,
  strayManifests,
  type WorkerPlaces,
} from "../spec/workers.ts";
import { trustedPath } from "../work/environment.ts";
import type { Application, Project, Reader } from "./application.ts";
import { clean } from "./print.ts";
import { refused } from "./refusal.ts";

export interface KnownWorker {
  readonly name: string;
  readonly from: "project" | "built-in";
  /** Of its manifest, as shown to people. */
  readonly file: string;
  readonly text: string;
  /** null: its manifest cannot be read. */
  readonly worker: Worker | null;
  /** What it says for its tasks. */
  readonly fields: JsonMap;
  /** Of its manifest. */
  readonly problems: readonly Problem[];
  /** Why its tasks could not be done on this machine. */
  readonly missing: readonly Problem[];
}

export function knownWorkers(application: Application, project: Project): readonly KnownWorker[] {
  const found = listWorkers(placesOf(application, project));
  return [...found.values()].map((one) => knownWorker(application, project, one));
}

/** Manifests that no task ever gets. */
export function strayWorkers(application: Application, project: Project): readonly Problem[] {
  return strayManifests(placesOf(application, project));
}

function placesOf({ files }: Application, { root }: Project): WorkerPlaces {
  return { files, projectRoot: root, builtInFolder: packageFolder("workers") };
}

function knownWorker(application: Application, project: Project, found: FoundWorker): KnownWorker {
  const { files } = application;
  const read = readWorker(files, found, found.name);
  const base = {
    name: found.name,
    from: found.isBuiltIn ? ("built-in" as const) : ("project" as const),
    file: found.shown,
    text: files.readTextIf(found.path) ?? "",
  };
  if (!read.ok) return { ...base, worker: null, fields: {}, problems: read.problems, missing: [] };
  const { worker, fields } = read.value;
  return {
    ...base,
    worker,
    fields,
    problems: BUILT_IN.has(found.name) ? [hidden(found)] : [],
    missing: missingHere(application, project, { name: found.name, worker }),
  };
}

function hidden({ name, shown }: FoundWorker): Problem {
  return {
    code: "E_RESERVED_NAME",
    message: `${name} is built in, so no task ever gets this worker`,
    hint: "another file name",
    at: { file: shown, line: 1, column: 1 },
  };
}

/** Asked without starting anything. */
function missingHere(
  application: Application,
  project: Project,
  { name, worker }: { readonly name: string; readonly worker: Worker },
): readonly Problem[] {
  const { files, clock, environment, umask } = application;
  const user = readUserSettings(environment, project.root, files);
  const never = () => {
    throw new Error("nothing is started to look at a worker");
  };
  const driver = workerDriver(name, worker, {
    starter: { start: never, reattach: never },
    files,
    clock,
    umask,
    environment,
    project: { root: project.root, settings: { targets: new Map() } },
    errors: [],
    user: user.ok ? user.value : NO_USER_SETTINGS,
    path: trustedPath(environment.PATH ?? "", [project.root], files),
    mainTask: never,
  });
  return driver?.refuse?.({ agent: name, agentRole: null, worker, options: {}, environmentNames: [] }) ?? [];
}

/** Or refused with the nearest one. */
export function meantWorker(application: Application, project: Project, name: string): KnownWorker {
  const workers = knownWorkers(application, project);
  const found = workers.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = workers.map((one) => one.name);
  const hint = nearest(name, known) ?? `${application.calledAs} worker list`;
  throw refused("E_NOT_FOUND", `there is no worker "${clean(name, 60)}"`, hint);
}

export interface WorkerUse {
  /** Its tasks that run now. */
  readonly running: number;
  /** Of its task that began last. */
  readonly last: { readonly run: string; readonly status: string; readonly at: number } | null;
}

/** So many of the latest runs are looked through. */
const RUNS_LOOKED_AT = 200;

/** By the name of the worker. */
export function usesOf(reader: Reader | null, names: readonly string[]): ReadonlyMap<string, WorkerUse> {
  const uses = new Map<string, WorkerUse>();
  for (const { run } of reader?.runs({ limit: RUNS_LOOKED_AT }) ?? []) {
    const workflow = reader?.workflow(run);
    const tasks = (workflow?.tasks ?? []).filter(({ agent }) => names.includes(agent));
    if (reader === null || tasks.length === 0) continue;
    const agents = new Map(tasks.map(({ id, agent }) => [id, agent]));
    for (const { task, status, startedAt } of reader.tasks(run)) {
      const agent = agents.get(task.replace(/\[.*$/s, ""));
      if (agent === undefined || startedAt === null) continue;
      const { running, last } = uses.get(agent) ?? { running: 0, last: null };
      const isLater = last === null || startedAt > last.at;
      uses.set(agent, {
        running: running + Number(status === "running"),
        last: isLater ? { run, status, at: startedAt } : last,
      });
    }
  }
  return uses;
}

/** `2 running`, `ready`, or why it is neither, in a few words. */
export function stateOf({ worker, problems, missing }: KnownWorker, use: WorkerUse | undefined): string {
  if (worker === null || problems.length > 0) return "manifest is wrong";
  if (missing.length > 0) return `not ready: ${missing[0]?.message ?? ""}`;
  return use !== undefined && use.running > 0 ? `${use.running} running` : "ready";
}
