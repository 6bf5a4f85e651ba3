/**
 * Files and folders of a person's project: made when they are not there, never touched when they are, and remembered
 * either way. They get the modes that the person's own umask gives, since they are theirs and go into git.
 */
import { basename, dirname, join, relative } from "node:path";
import type { Problem } from "../core/problem.ts";
import { errorCode, type Files } from "../port/files.ts";
import { Refused } from "./refusal.ts";

export interface NewFile {
  /** Relative to the project; a folder ends with a slash. */
  readonly file: string;
  readonly what: string;
  readonly state: "made" | "kept";
}

export class NewFiles {
  readonly list: NewFile[] = [];
  readonly #files: Files;
  readonly #root: string;
  readonly #umask: number;

  constructor(files: Files, { root, umask }: { readonly root: string; readonly umask: number }) {
    this.#files = files;
    this.#root = root;
    this.#umask = umask;
  }

  get isChanged(): boolean {
    return this.list.some(({ state }) => state === "made");
  }

  folder(name: string, what: string, mode = 0o777 & ~this.#umask): void {
    const path = join(this.#root, name);
    this.#note(`${name}/`, what, () => {
      if (this.#files.exists(path)) return false;
      this.#makeParents(dirname(path));
      this.#files.makeFolder(path);
      this.#files.setMode(path, mode);
      return true;
    });
  }

  file(name: string, what: string, text: string, mode = 0o666 & ~this.#umask): void {
    const path = join(this.#root, name);
    this.#note(name, what, () => {
      if (this.#files.exists(path)) return false;
      this.#makeParents(dirname(path));
      return this.#create(path, text, mode);
    });
  }

  /** Something that stands for the file, such as one of the same name with another ending. */
  kept(name: string, what: string): void {
    this.list.push({ file: name, what, state: "kept" });
  }

  #note(file: string, what: string, make: () => boolean): void {
    try {
      this.list.push({ file, what, state: make() ? "made" : "kept" });
    } catch (thrown) {
      throw new Refused([writingProblem(thrown, join(this.#root, file), this.#files)]);
    }
  }

  #makeParents(folder: string): void {
    if (this.#files.exists(folder) || relative(this.#root, folder) === "") return;
    this.#makeParents(dirname(folder));
    this.#files.makeFolder(folder);
    this.#files.setMode(folder, 0o777 & ~this.#umask);
  }

  /** False when somebody else made it meanwhile: what is there stays. What could not be written whole is removed. */
  #create(path: string, text: string, mode: number): boolean {
    try {
      const file = this.#files.open(path, "create");
      try {
        file.write(text, 0);
        file.syncData();
      } catch (error) {
        this.#files.remove(path);
        throw error;
      } finally {
        file.close();
      }
      this.#files.setMode(path, mode);
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  }
}

/** What the system refused, with what to do; anything else is a bug of ours and is thrown on. */
export function writingProblem(thrown: unknown, path: string, files: Files): Problem {
  switch (errorCode(thrown)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return {
        code: "E_READ_ONLY",
        message: `${path} cannot be written`,
        hint: `make ${nearestFolder(path, files)} writable, or give another folder: --project FOLDER`,
      };
    case "ENOSPC":
    case "EDQUOT":
      return {
        code: "E_DISK_FULL",
        message: `no space left for ${path}`,
        hint: "free some space, then again",
      };
    case "":
      throw thrown;
    default:
      return {
        code: "E_IO",
        message: `${path} cannot be made: ${(thrown as Error).message}`,
        hint: `look at what ${nearestFolder(path, files)} is: it must be a folder of yours`,
      };
  }
}

/** The part of the path that is there. */
function nearestFolder(path: string, files: Files): string {
  const folder = dirname(path);
  return folder === path || basename(folder) === "" || isThere(folder, files)
    ? folder
    : nearestFolder(folder, files);
}

function isThere(path: string, files: Files): boolean {
  try {
    return files.stat(path) !== null;
  } catch {
    return true;
  }
}
