/**
 * The file operations the product needs. A missing file is a value where callers ask for that; every other trouble
 * is the thrown error of Node with its `code`. New files are 0600, new folders 0700, links are never written through.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  type Dirent,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  watch,
} from "node:fs";
import { dirname } from "node:path";
import {
  linkWhole,
  syncFolder,
  writeAll,
  writeAtomic,
  writeAtomicLater,
  writeWhole,
} from "./write-atomic.ts";

export interface FileStat {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  /** The permission bits alone. */
  readonly mode: number;
  readonly inode: number;
  readonly device: number;
  readonly user: number;
  /** Names that lead to it. */
  readonly links: number;
}

export interface FileEntry {
  readonly name: string;
  readonly kind: FileStat["kind"];
}

/** A file that stays open. Close it once. */
export interface OpenFile {
  readonly descriptor: number;
  /** Writes all of it; at the end for a file opened to append, else at `position`. */
  write(data: Uint8Array | string, position?: number): void;
  /** Up to `length` bytes from `position`; fewer at the end of the file. */
  read(position: number, length: number): Uint8Array;
  stat(): FileStat;
  truncate(size: number): void;
  /** Data on the disk when it returns. */
  syncData(): void;
  /** The same in the thread pool. */
  syncDataLater(): Promise<void>;
  close(): void;
}

/**
 * read: must exist. write: made when missing, kept as it is. create: must not exist. append: made when missing,
 * every write goes to the end. extend: the same of a file that must exist.
 */
export type OpenMode = "read" | "write" | "create" | "append" | "extend";

export interface Files {
  readText(path: string): string;
  readBytes(path: string): Uint8Array;
  /** null when there is no such file. */
  readTextIf(path: string): string | null;
  exists(path: string): boolean;
  /** Of the link itself; null when nothing is there. */
  stat(path: string): FileStat | null;
  /** Of what a link leads to; null when that is missing. */
  statTarget(path: string): FileStat | null;
  /** Sorted by name; empty when there is no such folder. */
  list(folder: string): readonly FileEntry[];
  /** With parents, 0700. No trouble when it is there. */
  makeFolder(path: string): void;
  /**
   * All or nothing, and on the disk when it returns: temporary file, sync, rename, sync of the folder. A mode that is said
   * is the file's, whatever this process masks.
   */
  writeAtomic(path: string, data: Uint8Array | string, mode?: number): void;
  /** The same, and on the disk once it resolves: nothing else waits for that. */
  writeAtomicLater(path: string, data: Uint8Array | string, mode?: number): Promise<void>;
  /** All or nothing for whoever reads it, 0600, and not synced: for what means nothing once the machine has stopped. */
  writeWhole(path: string, data: Uint8Array | string): void;
  open(path: string, mode: OpenMode): OpenFile;
  rename(from: string, to: string): void;
  copy(from: string, to: string): void;
  hardLink(from: string, to: string): void;
  symbolicLink(target: string, path: string): void;
  /** In one step, also where another link was. */
  linkWhole(target: string, path: string): void;
  readLink(path: string): string;
  realPath(path: string): string;
  setMode(path: string, mode: number): void;
  /** In whole seconds. */
  setModified(path: string, seconds: number): void;
  /** A file or link; false when it was not there. */
  remove(path: string): boolean;
  /** A folder and all below; no trouble when it is not there. */
  removeTree(path: string): void;
  syncFolder(path: string): void;
  freeBytes(path: string): number;
  /** A hint that something below changed, with a name when the system gives one. Does not hold the process open. */
  watch(path: string, call: (name: string | null, isWrite: boolean) => void, failed?: () => void): () => void;
}

const FLAGS: Readonly<Record<OpenMode, number>> = {
  // A pipe that somebody put in a file's place is opened at once, and then seen to be none.
  read: constants.O_RDONLY | constants.O_NONBLOCK,
  write: constants.O_RDWR | constants.O_CREAT,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  append: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
  extend: constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK,
};

export const realFiles: Files = {
  readText: (path) => readFileSync(path, "utf8"),
  readBytes: (path) => readFileSync(path),
  readTextIf: (path) => missingAsNull(() => readFileSync(path, "utf8")),
  exists: (path) => missingAsNull(() => lstatSync(path, UNTHROWN) ?? null) !== null,
  stat: (path) => missingAsNull(() => found(lstatSync(path, UNTHROWN))),
  statTarget: (path) => missingAsNull(() => found(statSync(path, UNTHROWN))),
  list,
  makeFolder,
  writeAtomic,
  writeAtomicLater,
  writeWhole,
  open: (path, mode) => openFile(openSync(path, FLAGS[mode] | constants.O_NOFOLLOW, 0o600)),
  rename: renameSync,
  copy: (from, to) => copyFileSync(from, to, constants.COPYFILE_FICLONE),
  hardLink: linkSync,
  symbolicLink: (target, path) => symlinkSync(target, path),
  linkWhole,
  readLink: (path) => readlinkSync(path, "utf8"),
  realPath: (path) => realpathSync.native(path),
  setMode: chmodSync,
  setModified: (path, seconds) => utimesSync(path, seconds, seconds),
  remove,
  removeTree: (path) => rmSync(path, { recursive: true, force: true }),
  syncFolder,
  freeBytes: (path) => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  },
  watch: (path, call, failed) => {
    const watcher = watch(path, { persistent: false }, (event, name) => call(name, event === "change"));
    // A watcher that fails falls silent; whoever uses a hint looks by itself as well.
    watcher.on("error", () => watcher.close());
    watcher.on("error", () => failed?.());
    return () => watcher.close();
  },
};

/**
 * One level at a time: Node's own recursive mkdir says ENOENT on a read-only file system, and where nothing can be made
 * (/proc) it never returns.
 */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST" && statSync(path, UNTHROWN)?.isDirectory() === true) return;
    if (code !== "ENOENT" || dirname(path) === path || lstatSync(dirname(path), UNTHROWN) !== undefined)
      throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}

/** Of an error that the system gave: its code, and the file it was about where it says so; null for any other error. */
export function systemError(error: unknown): { readonly code: string; readonly path: string | null } | null {
  const code = errorCode(error);
  if (code === "" || !(error instanceof Error) || !("syscall" in error)) return null;
  return { code, path: "path" in error && typeof error.path === "string" ? error.path : null };
}

/** The code of an error of the system, "" for any other. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/** Most of what is asked for is not there, and an error made for each costs five times the question. */
const UNTHROWN = { throwIfNoEntry: false } as const;

/** Not there; a link that leads nowhere but to itself, or a name that no file can have, is not there either. */
const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

function missingAsNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (MISSING.has(errorCode(error))) return null;
    throw error;
  }
}

function remove(path: string): boolean {
  return missingAsNull(() => unlinkSync(path) === undefined) ?? false;
}

function list(folder: string): readonly FileEntry[] {
  const entries = missingAsNull(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries
    .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

function kindOf(entry: Dirent | Stats): FileStat["kind"] {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}

function found(stats: Stats | undefined): FileStat | null {
  return stats === undefined ? null : statOf(stats);
}

function statOf(stats: Stats): FileStat {
  const {
    size,
    mtimeMs: modifiedMs,
    ctimeMs: changedMs,
    ino: inode,
    dev: device,
    uid: user,
    nlink: links,
  } = stats;
  const [kind, mode] = [kindOf(stats), stats.mode & 0o7777];
  return { kind, size, modifiedMs, changedMs, mode, inode, device, user, links };
}

function openFile(descriptor: number): OpenFile {
  return {
    descriptor,
    write: (data, position) => writeAll(descriptor, data, position ?? null),
    read: (position, length) => {
      const bytes = new Uint8Array(length);
      let count = 0;
      for (let got = -1; got !== 0 && count < length; count += got) {
        got = readSync(descriptor, bytes, count, length - count, position + count);
      }
      return bytes.subarray(0, count);
    },
    stat: () => statOf(fstatSync(descriptor)),
    truncate: (size) => ftruncateSync(descriptor, size),
    syncData: () => fdatasyncSync(descriptor),
    syncDataLater: () =>
      new Promise((resolve, reject) => {
        fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)));
      }),
    close: () => closeSync(descriptor),
  };
}
