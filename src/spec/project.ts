/** Where a project begins, what it is set to, and which workflows and roles it has. */
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { bad, good, type Result } from "../core/problem.ts";
import type { FileEntry, Files } from "../port/files.ts";
import { loadNow } from "../port/load-now.ts";
import { packageFolder } from "../port/package-folder.ts";
import { seen } from "../port/programs.ts";
import { nearest } from "./nearest.ts";
import { NO_SETTINGS, type ProjectSettings } from "./project-settings.ts";

export interface Project {
  /** Absolute path. */
  readonly root: string;
  readonly settings: ProjectSettings;
  /** Absolute path of decapod.yaml, or null. */
  readonly file: string | null;
}

export const PROJECT_FILE = "decapod.yaml";
const WORKFLOWS = ".claude/workflows";
const STATE = ".claude/workflow-state";
/** The sticky bit, and the right of others to write. */
const OF_EVERYBODY = 0o1002;
const ENDINGS = [".yaml", ".yml", ".json"];

export interface Looking {
  readonly files: Files;
  /** Of --project, or null. */
  readonly asked: string | null;
  readonly currentFolder: string;
  /** The user's home folder. */
  readonly home: string | null;
}

/** --project; else the nearest folder upward that looks like a project; else the git root; else the current folder. */
export function findRoot({ files, asked, currentFolder, home }: Looking): string {
  if (asked !== null) return resolve(currentFolder, asked);
  let gitRoot: string | null = null;
  for (let folder = resolve(currentFolder); ; folder = dirname(folder)) {
    const isNone = noProject({ files, home }, folder) !== null;
    const isProject = [PROJECT_FILE, WORKFLOWS, STATE].some((name) => files.exists(join(folder, name)));
    if (isProject && !isNone) return folder;
    // At these and above them lies nothing of this person, no repository either.
    if (isNone) break;
    // A linked worktree has a file of that name: its own root is meant.
    if (files.exists(join(folder, ".git"))) {
      gitRoot = folder;
      break;
    }
  }
  return gitRoot ?? resolve(currentFolder);
}

/** What a folder is that is never a project by what lies in it; null for all others. */
export function noProject({ files, home }: Pick<Looking, "files" | "home">, folder: string): string | null {
  if (home !== null && folder === resolve(home)) return "your home folder";
  if (dirname(folder) === folder) return "the top of the file system";
  // Like /tmp: anybody may have put there what would run in all that lies below it.
  const mode = files.statTarget(folder)?.mode ?? 0;
  return (mode & OF_EVERYBODY) === OF_EVERYBODY ? "a folder in which everybody may write" : null;
}

/** Where it begins, whatever it is set to. */
export function projectRoot(looking: Looking): Result<string> {
  const root = findRoot(looking);
  if (looking.asked === null || looking.files.statTarget(root)?.kind === "folder") return good(root);
  const message = `there is no folder ${looking.asked}`;
  return bad({ code: "E_NOT_FOUND", message, hint: "--project FOLDER" });
}

export function readProject(looking: Looking): Result<Project> {
  const { files } = looking;
  const found = projectRoot(looking);
  if (!found.ok) return found;
  const root = found.value;
  const file = join(root, PROJECT_FILE);
  if (!files.exists(file)) return good({ root, settings: NO_SETTINGS, file: null });
  if (files.statTarget(file)?.kind !== "file")
    return bad({
      code: "E_IO",
      message: `${PROJECT_FILE} is no ordinary file`,
      hint: "remove it or write one",
    });
  const roles = { files, projectRoot: root, builtInFolder: packageFolder("agents"), settings: new Map() };
  const { readProjectFile } = loadNow<typeof import("./project-file.ts")>(import.meta.url, "project-file");
  const settings = readProjectFile(PROJECT_FILE, files.readBytes(file), {
    wrongFolder: (folder) => wrongFolder(root, files, folder),
    roles,
  });
  return settings.ok ? good({ root, settings: settings.value, file }) : settings;
}

/** Files in these folders are trusted as the project's own, so no link may lead out of it. One that is not there yet may come. */
function wrongFolder(root: string, files: Files, folder: string): string | null {
  const path = join(root, folder);
  const kind = files.statTarget(path)?.kind;
  if (kind === undefined) return null;
  if (kind !== "folder") return `${folder} is no folder`;
  const inside = relative(files.realPath(root), files.realPath(path));
  return inside.startsWith("..") || isAbsolute(inside)
    ? `the folder ${folder} leads out of the project`
    : null;
}

export interface FoundWorkflow {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** As shown to people: relative to the project where it lies inside. */
  readonly shown: string;
  readonly from: "project" | "folder" | "built-in" | "path";
}

/** Every workflow that can be named; of equal names the first found counts, so a project's own wins. */
export function listWorkflows(
  project: Project,
  files: Files,
  builtInFolders: readonly string[],
): readonly FoundWorkflow[] {
  const { root, settings } = project;
  return firstOfEach([
    ...workflowsIn(files, { folder: join(root, WORKFLOWS), from: "project", root }),
    ...settings.workflows.flatMap((name) =>
      workflowsIn(files, { folder: join(root, name), from: "folder", root }),
    ),
    ...listBuiltIn(files, builtInFolders),
  ]);
}

/** The workflows that come with decapod, also those that a project has replaced by its own. */
export function listBuiltIn(files: Files, folders: readonly string[]): readonly FoundWorkflow[] {
  return firstOfEach(
    folders.flatMap((folder) => workflowsIn(files, { folder, from: "built-in", root: folder })),
  );
}

function firstOfEach(all: readonly FoundWorkflow[]): readonly FoundWorkflow[] {
  const found = new Map<string, FoundWorkflow>();
  for (const one of all) if (!found.has(one.name)) found.set(one.name, one);
  return [...found.values()];
}

function workflowsIn(
  files: Files,
  {
    folder,
    from,
    root,
  }: { readonly folder: string; readonly from: FoundWorkflow["from"]; readonly root: string },
): readonly FoundWorkflow[] {
  return files.list(folder).flatMap(({ name: fileName, kind }) => {
    const ending = ENDINGS.find((one) => fileName.endsWith(one));
    if (ending === undefined || fileName.includes(".rehearsal.")) return [];
    const path = join(folder, fileName);
    if (!mayBeFile(files, path, kind)) return [];
    const shown = from === "built-in" ? path : shownPath(root, path);
    return [{ name: basename(fileName, ending), path, shown, from }];
  });
}

/** A link that leads nowhere may be one again; a folder is none, and who reads a pipe waits for ever. */
function mayBeFile(files: Files, path: string, kind: FileEntry["kind"]): boolean {
  return kind === "file" || (kind === "link" && (seen(path, files)?.kind ?? "file") === "file");
}

/** By path when it looks like one and is there, else by the name of its file, else by the name inside it. */
export function findWorkflow(
  project: Project,
  files: Files,
  asked: { readonly name: string; readonly folder: string; readonly builtInFolders: readonly string[] },
): Result<FoundWorkflow> {
  const { name, folder, builtInFolders } = asked;
  const isPath = name.includes("/") || ENDINGS.some((ending) => name.endsWith(ending));
  if (isPath) {
    const path = resolve(folder, name);
    const kind = files.statTarget(path)?.kind;
    if (kind === "file")
      return good({ name: basename(path), path, shown: shownPath(project.root, path), from: "path" });
    const message = kind === undefined ? `there is no file ${name}` : `${name} is no ordinary file`;
    return bad({ code: "E_NOT_FOUND", message, hint: "decapod workflow list" });
  }
  const known = listWorkflows(project, files, builtInFolders);
  const found =
    known.find((one) => one.name === name) ?? known.find((one) => nameInside(files, one.path) === name);
  if (found !== undefined) return good(found);
  const near = nearest(
    name,
    known.map((one) => one.name),
  );
  return bad({
    code: "E_NOT_FOUND",
    message: `there is no workflow "${name}"`,
    hint: near ?? notFoundHint(known),
  });
}

function notFoundHint(known: readonly FoundWorkflow[]): string {
  if (known.length === 0) return `put one into ${WORKFLOWS}, or give a path`;
  return known
    .slice(0, 8)
    .map((one) => one.name)
    .join(", ");
}

/** The `name:` of a file without reading it as a whole: for people who know a workflow by it. */
function nameInside(files: Files, path: string): string | null {
  const text = Buffer.from(bytesIfOpen(files, path) ?? []).toString("utf8", 0, 65_536);
  return (
    /^name:\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$/m.exec(text)?.[1] ??
    /^\s*\{[^{[]*"name":\s*"([^"]+)"/.exec(text)?.[1] ??
    null
  );
}

/** null: it is closed to this user, or gone. One such file keeps nobody from the others. */
export function bytesIfOpen(files: Files, path: string): Uint8Array | null {
  try {
    return files.readBytes(path);
  } catch {
    return null;
  }
}

/** True for files in the project's own workflow folders: only they may take a secret from a command. */
export function isProjectFile(project: Project, path: string): boolean {
  return [WORKFLOWS, ...project.settings.workflows].some((folder) => {
    const inside = relative(join(project.root, folder), path);
    return inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
  });
}

/** Relative to the project where it lies inside. */
export function shownPath(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
