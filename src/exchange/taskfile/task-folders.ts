/** The folders of task files (formats.md 3): where each lies, what is read of it safely, and how it moves. */
import { dirname, join } from "node:path";
import { BUILT_IN, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { errorCode, type FileStat, type Files, type OpenFile } from "../../port/files.ts";
import { tooLarge } from "./task-file.ts";
import { idOfFile, strayReason } from "./task-id.ts";

export const FOLDERS = ["pending", "in-progress", "completed", "failed"] as const;
export type Folder = (typeof FOLDERS)[number];

export const TASKS = "tasks";
export const TEMPLATES = "tasks/templates";
export const RESULTS = "results";
export const LATEST = "results/latest";
export const ARCHIVE = "archive";

export interface FoundFile {
  readonly folder: Folder;
  readonly name: string;
  /** As people see it: relative to the project. */
  readonly shown: string;
}

export class TaskFolders {
  readonly files: Files;
  readonly root: string;
  readonly #umask: number;

  constructor(files: Files, { root, umask }: { readonly root: string; readonly umask: number }) {
    this.files = files;
    this.root = root;
    this.#umask = umask;
  }

  /** What lies in a folder and may be a task, by name. */
  list(folder: Folder): readonly FoundFile[] {
    return this.files.list(join(this.root, TASKS, folder)).flatMap(({ name }) => {
      return strayReason(name) === null ? [this.at(folder, name)] : [];
    });
  }

  isTask(name: string): boolean {
    return strayReason(name) === null;
  }

  /** What is passed over, with the reason where one is to be told. */
  strays(folder: Folder): readonly { readonly shown: string; readonly reason: string }[] {
    return this.files.list(join(this.root, TASKS, folder)).flatMap(({ name }) => {
      const reason = strayReason(name)?.reason ?? null;
      return reason === null ? [] : [{ shown: this.at(folder, name).shown, reason }];
    });
  }

  at(folder: Folder, name: string): FoundFile {
    return { folder, name, shown: `${TASKS}/${folder}/${name}` };
  }

  path({ folder, name }: Pick<FoundFile, "folder" | "name">): string {
    return join(this.root, TASKS, folder, name);
  }

  has(folder: Folder, name: string): boolean {
    return this.files.exists(this.path({ folder, name }));
  }

  /** All of a file, from one handle; null when there is none any more. */
  read(file: Pick<FoundFile, "folder" | "name">, limits: Limits = BUILT_IN): Result<Uint8Array> | null {
    return readPlainFile(this.files, this.path(file), {
      shown: this.at(file.folder, file.name).shown,
      limits,
    });
  }

  /** False when the file was not there any more. What lies there under this name gives way. */
  move(name: string, from: Folder, to: Folder): boolean {
    this.makeFolder(join(TASKS, to));
    const target = this.path({ folder: to, name });
    try {
      this.files.rename(this.path({ folder: from, name }), target);
      return true;
    } catch (thrown) {
      if (errorCode(thrown) === "ENOENT") return false;
      if (errorCode(thrown) !== "EXDEV") throw thrown;
      return this.#carry(this.path({ folder: from, name }), target);
    }
  }

  /** Another disk is mounted there: whole and synced before the old one goes. */
  #carry(source: string, target: string): boolean {
    const file = this.files.open(source, "read");
    try {
      this.files.writeAtomic(target, file.read(0, file.stat().size), file.stat().mode);
    } finally {
      file.close();
    }
    return this.files.remove(source);
  }

  /** With the modes that the person's own files have. */
  write(shown: string, text: string): void {
    this.makeFolder(dirname(shown));
    this.files.writeAtomic(join(this.root, shown), text, 0o666 & ~this.#umask);
  }

  makeFolder(shown: string): void {
    const path = join(this.root, shown);
    if (shown === "." || this.files.exists(path)) return;
    this.makeFolder(dirname(shown));
    this.files.makeFolder(path);
    this.files.setMode(path, 0o777 & ~this.#umask);
  }
}

/**
 * A plain file of one name that belongs to whoever owns its folder. It is opened without following a link and without
 * waiting for a pipe, and what is read is what was looked at.
 */
export function readPlainFile(
  files: Files,
  path: string,
  { shown, limits }: { readonly shown: string; readonly limits: Limits },
): Result<Uint8Array> | null {
  const before = files.stat(path);
  if (before === null) return null;
  const refused = plainTrouble(before, files.stat(dirname(path)), shown);
  if (refused !== null) return bad(refused);
  if (before.size > most(LIMITS.taskFileBytes, limits)) return bad(tooLarge(shown, before.size, limits));
  const opened = openPlain(files, path, shown);
  if (opened === null || !opened.ok) return opened;
  const file = opened.value;
  try {
    const stat = file.stat();
    const other = plainTrouble(stat, files.stat(dirname(path)), shown);
    if (other !== null) return bad(other);
    if (stat.size > most(LIMITS.taskFileBytes, limits)) return bad(tooLarge(shown, stat.size, limits));
    return good(file.read(0, stat.size));
  } finally {
    file.close();
  }
}

function openPlain(files: Files, path: string, shown: string): Result<OpenFile> | null {
  try {
    return good(files.open(path, "read"));
  } catch (thrown) {
    switch (errorCode(thrown)) {
      case "ENOENT":
        return null;
      case "ELOOP":
        return bad(notPlain(shown, "a link"));
      case "EACCES":
      case "EPERM":
        return bad({
          code: "E_IO",
          message: `${shown} cannot be read (${errorCode(thrown)})`,
          hint: `chmod u+r ${shown}`,
        });
      default:
        throw thrown;
    }
  }
}

function plainTrouble(stat: FileStat, folder: FileStat | null, shown: string): Problem | null {
  if (stat.kind === "link") return notPlain(shown, "a link");
  if (stat.kind === "folder") return notPlain(shown, "a folder");
  if (stat.kind === "other") return notPlain(shown, "a pipe, a socket or a device");
  if (stat.links > 1) return notPlain(shown, `a file of ${stat.links} names`);
  if (stat.user !== folder?.user && stat.user !== process.getuid?.())
    return notPlain(shown, "a file of another user");
  return null;
}

function notPlain(shown: string, what: string): Problem {
  return {
    code: "E_NOT_ALLOWED",
    message: `${shown} is ${what}, and a task file is a plain file of yours`,
    hint: "put a copy of the text there",
  };
}

/** The id in the name of a file that is listed here. */
export function idOf({ name }: Pick<FoundFile, "name">): string {
  return idOfFile(name) ?? name;
}
