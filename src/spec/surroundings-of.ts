import { isAbsolute, join, relative, resolve } from "node:path";
import { isMap, type Json } from "../core/json.ts";
import { bad, good, type Result } from "../core/problem.ts";
import type { Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import { BUILT_IN_WORKERS } from "./built-in-names.ts";
import { lateNames, once } from "./late-names.ts";
import { findWorkflow, isProjectFile, type Project } from "./project.ts";
import { listRoles } from "./role-list.ts";
import { roleFieldsReader, roleReader } from "./roles.ts";
import type { CallableFile, DriverCheck, Surroundings } from "./surroundings.ts";
import { isProductionDeploy } from "./target.ts";
import { listWorkers, workerReader } from "./workers.ts";

export interface Given {
  readonly checks: ReadonlyMap<string, DriverCheck>;
  /** Where the roles that come with decapod lie. */
  readonly builtInRoles: string;
  /** Where the manifests of its workers lie. */
  readonly builtInWorkers: string;
  /** Where the workflows that come with decapod lie. */
  readonly builtInFolders: readonly string[];
}

/** What the workflows of a project are checked against. */
export function surroundingsOf(
  project: Project,
  files: Files,
  { checks, builtInRoles, builtInWorkers, builtInFolders }: Given,
): Surroundings {
  const places = {
    files,
    projectRoot: project.root,
    builtInFolder: builtInRoles,
    settings: project.settings.agents,
  };
  const roles = once(() => listRoles(places));
  const workers = once(() =>
    listWorkers({ files, projectRoot: project.root, builtInFolder: builtInWorkers }),
  );
  const schemaFile = (path: string) => readSchemaFile(project.root, files, path);
  return {
    roles: lateNames(() => roles().keys()),
    role: roleReader(places, roles),
    roleFields: roleFieldsReader(places, roles, schemaFile),
    skill: (name) => lateSkills().readSkill(project.root, files, name),
    workers: lateNames(() => [...BUILT_IN_WORKERS, ...workers().keys()]),
    worker: workerReader(files, workers),
    environmentPass: project.settings.environmentPass,
    failureClasses: project.settings.errors.map((one) => one.class),
    limits: project.settings.limits,
    checks,
    targets: project.settings.targets,
    isProduction: (parameters) => isProductionDeploy(project.settings.targets, parameters),
    secretCommandsAllowed: false,
    schemaFile,
    callable: (name) => callableFile(project, files, { name, builtInFolders }),
  };
}

/** Few files name skills. */
function lateSkills() {
  return loadNow<typeof import("./skills.ts")>(import.meta.url, "skills");
}

/** By path only inside the project, also where a link leads. */
export function callableFile(
  project: Project,
  files: Files,
  { name, builtInFolders }: { readonly name: string; readonly builtInFolders: readonly string[] },
): Result<CallableFile> {
  const found = findWorkflow(project, files, { name, folder: project.root, builtInFolders });
  if (!found.ok) return found;
  const { path, shown, from } = found.value;
  if (from !== "built-in" && !isInside(files.realPath(project.root), files.realPath(path)))
    return bad({
      code: "E_OUTSIDE_ROOT",
      message: `the workflow ${name} lies outside the project`,
      hint: "copy it into .claude/workflows",
    });
  return good({ shown, bytes: files.readBytes(path), isOwn: isProjectFile(project, path) });
}

function isInside(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !inside.startsWith("..") && !isAbsolute(inside);
}

export function readSchemaFile(root: string, files: Files, path: string): Result<Json> {
  const full = resolve(root, path);
  if (relative(root, full).startsWith(".."))
    return bad({ code: "E_OUTSIDE_ROOT", message: `the schema ${path} lies outside the project` });
  const text = files.readTextIf(join(full));
  if (text === null) return bad({ code: "E_NOT_FOUND", message: `there is no file ${path}` });
  try {
    const value = JSON.parse(text) as Json;
    return isMap(value) ? good(value) : bad({ code: "E_TYPE", message: `${path} holds no JSON Schema` });
  } catch (thrown) {
    return bad({ code: "E_JSON", message: `${path} is no JSON: ${(thrown as Error).message}` });
  }
}
