/** The folders of task files (formats.md 3): where each lies, what is read of it safely, and how it moves. */
import { basename, dirname, join, relative } from "node:path";
import { BUILT_IN, type Limits } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { errorCode, type Files } from "../../port/files.ts";
import { outsideTrouble, writingTrouble } from "./folder-trouble.ts";
import { readPlainFile } from "./plain-file.ts";
import { fileOfId, filesOfId, idOfFile, strayReason } from "./task-id.ts";

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
    return [...this.all(folder)].flatMap(({ file, stray }) => (stray === null ? [file] : []));
  }

  isTask(name: string): boolean {
    return strayReason(name) === null;
  }

  /** All that lies there, from one reading of the folder; a stray is passed over, and told where it has a reason. */
  *all(
    folder: Folder,
  ): Generator<{ readonly file: FoundFile; readonly stray: ReturnType<typeof strayReason> }> {
    for (const { name } of this.files.list(join(this.root, TASKS, folder)))
      yield { file: this.at(folder, name), stray: strayReason(name) };
  }

  at(folder: Folder, name: string): FoundFile {
    return { folder, name, shown: `${TASKS}/${folder}/${name}` };
  }

  path({ folder, name }: Pick<FoundFile, "folder" | "name">): string {
    return join(this.root, TASKS, folder, name);
  }

  /** The file of a task, however its ending is written; else a link or a pipe in its place. A folder is neither. */
  find(folder: Folder, id: string): FoundFile | null {
    const found = filesOfId(id).map((name) => ({ name, kind: this.#kind({ folder, name }) }));
    const [first] = found.filter(({ kind }) => kind !== null && kind !== "folder");
    const best = found.find(({ kind }) => kind === "file") ?? first;
    return best === undefined ? null : this.at(folder, best.name);
  }

  /** What is no file is told or gives way, and is never taken for the task. */
  has(folder: Folder, id: string): boolean {
    const found = this.find(folder, id);
    return found !== null && this.#kind(found) === "file";
  }

  #kind(file: Pick<FoundFile, "folder" | "name">) {
    return this.files.stat(this.path(file))?.kind ?? null;
  }

  /** All of a file, from one handle; null when there is none any more. */
  read(file: Pick<FoundFile, "folder" | "name">, limits: Limits = BUILT_IN): Result<Uint8Array> | null {
    const { shown } = this.at(file.folder, file.name);
    const outside = this.#outside(dirname(shown));
    return outside === null ? readPlainFile(this.files, this.path(file), { shown, limits }) : bad(outside);
  }

  /** What lies there under the name of its task gives way. */
  move(file: FoundFile, to: Folder): Problem | null {
    return this.moveTo(file, this.at(to, fileOfId(idOf(file))).shown);
  }

  /** No trouble when the file is not there any more. */
  moveTo(file: FoundFile, shown: string): Problem | null {
    const trouble = this.#outside(dirname(file.shown)) ?? this.makeFolder(dirname(shown));
    return trouble ?? tried(shown, () => this.#rename(this.path(file), join(this.root, shown)));
  }

  /** Whoever follows the folder looks at it anew. */
  touch(file: FoundFile): Problem | null {
    const { files } = this;
    const path = this.path(file);
    return (
      this.#outside(dirname(file.shown)) ??
      tried(file.shown, () => files.setMode(path, (files.stat(path)?.mode ?? 0o600) & 0o777))
    );
  }

  drop(folder: Folder, id: string): Problem | null {
    const file = this.find(folder, id);
    if (file === null) return null;
    const trouble = this.#outside(dirname(file.shown));
    return trouble ?? tried(file.shown, () => this.files.remove(this.path(file)));
  }

  /** With the modes that the person's own files have. */
  async write(shown: string, text: string): Promise<Problem | null> {
    const trouble = this.makeFolder(dirname(shown));
    if (trouble !== null) return trouble;
    try {
      await this.files.writeAtomicLater(join(this.root, shown), text, 0o666 & ~this.#umask);
      return null;
    } catch (thrown) {
      return writingTrouble(shown, thrown);
    }
  }

  /** As a new file that appears whole; false when one of that name is there, or is just being made. */
  create(shown: string, text: string): Result<boolean> {
    const path = join(this.root, shown);
    const half = halfOf(path);
    const trouble = this.makeFolder(dirname(shown));
    if (trouble !== null) return bad(trouble);
    try {
      this.#fill(half, text);
    } catch (thrown) {
      return errorCode(thrown) === "EEXIST" ? good(false) : bad(writingTrouble(shown, thrown));
    }
    // Whoever has made the one beside it is alone, so nobody else of us can make this one now.
    const isFree = !this.files.exists(path);
    const unmoved = tried(shown, () => (isFree ? this.files.rename(half, path) : this.files.remove(half)));
    return unmoved === null ? good(isFree) : bad(unmoved);
  }

  #fill(path: string, text: string): void {
    const file = this.files.open(path, "create");
    try {
      file.write(text, 0);
      file.syncData();
    } finally {
      file.close();
    }
    this.files.setMode(path, 0o666 & ~this.#umask);
  }

  /** In one step, also where another link was. */
  link(shown: string, to: string): Problem | null {
    const path = join(this.root, shown);
    return (
      this.makeFolder(dirname(shown)) ??
      tried(shown, () => this.files.linkWhole(relative(dirname(path), join(this.root, to)), path))
    );
  }

  /** With those above it. */
  makeFolder(shown: string): Problem | null {
    const path = join(this.root, shown);
    if (shown === "." || this.files.exists(path)) return this.#outside(shown);
    return (
      this.makeFolder(dirname(shown)) ??
      tried(shown, () => {
        this.files.makeFolder(path);
        this.files.setMode(path, 0o777 & ~this.#umask);
      })
    );
  }

  #outside(shown: string): Problem | null {
    return outsideTrouble(this.files, this.root, shown);
  }

  #rename(source: string, target: string): void {
    try {
      this.files.rename(source, target);
    } catch (thrown) {
      if (errorCode(thrown) === "ENOENT") return;
      if (errorCode(thrown) !== "EXDEV") throw thrown;
      this.#carry(source, target);
    }
  }

  /** Another disk is mounted there: whole and synced before the old one goes. */
  #carry(source: string, target: string): void {
    const file = this.files.open(source, "read");
    try {
      this.files.writeAtomic(target, file.read(0, file.stat().size), file.stat().mode);
    } finally {
      file.close();
    }
    this.files.remove(source);
  }
}

/** What a new file is called until it is whole. */
export function halfOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.new`);
}

function tried(shown: string, act: () => unknown): Problem | null {
  try {
    act();
    return null;
  } catch (thrown) {
    return writingTrouble(shown, thrown);
  }
}

/** The id in the name of a file that is listed here. */
export function idOf({ name }: Pick<FoundFile, "name">): string {
  return idOfFile(name) ?? name;
}
