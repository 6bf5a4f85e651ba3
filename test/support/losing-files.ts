/**
 * The fault model: the machine loses power. Of the files written through this port, all that was not synced is gone:
 * bytes since the last sync of the file, and names (made, renamed, removed, of folders too) since the last sync of their
 * folder.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Files, type OpenFile, realFiles } from "../../src/port/files.ts";

export class LosingFiles {
  /** Operations until the power goes; then all that follows fails. */
  #left: number;
  isOff = false;
  /** Path → what is on the disk under that name; null when nothing is. Only names that differ from what is seen. */
  readonly #names = new Map<string, Uint8Array | null>();
  /** Path → bytes at the last sync. Only files with newer bytes. */
  readonly #bytes = new Map<string, Uint8Array>();
  /** Folders whose names are not on the disk. */
  readonly #folders = new Set<string>();
  readonly files: Files;

  constructor(operations: number) {
    this.#left = operations;
    const { makeFolder, open, copy, rename, remove, syncFolder, setMode } = realFiles;
    const { writeAtomic, writeAtomicLater, writeWhole } = realFiles;
    this.files = {
      ...realFiles,
      makeFolder: (path) =>
        this.#step(() => {
          for (let made = path; !existsSync(made); made = dirname(made)) this.#folders.add(made);
          makeFolder(path);
        }),
      setMode: (path, mode) => this.#step(() => setMode(path, mode)),
      writeAtomic: (path, data, mode) =>
        this.#step(() => {
          writeAtomic(path, data, mode);
          this.#bytes.delete(path);
          this.#folderSynced(dirname(path));
        }),
      writeWhole: (path, data) =>
        this.#step(() => {
          this.#keepName(path);
          this.#bytes.set(path, new Uint8Array());
          writeWhole(path, data);
        }),
      writeAtomicLater: async (path, data, mode) => {
        await this.#step(() => writeAtomicLater(path, data, mode));
        this.#bytes.delete(path);
        this.#folderSynced(dirname(path));
      },
      open: (path, mode) => this.#step(() => this.#open(path, () => open(path, mode))),
      copy: (from, to) =>
        this.#step(() => {
          this.#keepName(to);
          this.#bytes.set(to, new Uint8Array());
          copy(from, to);
        }),
      rename: (from, to) =>
        this.#step(() => {
          this.#keepName(to);
          this.#keepName(from);
          rename(from, to);
        }),
      remove: (path) =>
        this.#step(() => {
          this.#keepName(path);
          return remove(path);
        }),
      syncFolder: (path) =>
        this.#step(() => {
          syncFolder(path);
          this.#folderSynced(path);
        }),
    };
  }

  /** Leaves the files as the disk has them. Names may have got there without being asked to, before their bytes. */
  cut(names: "lost" | "kept" = "lost"): void {
    this.isOff = true;
    for (const [path, bytes] of this.#bytes) if (existsSync(path)) writeFileSync(path, bytes);
    if (names === "kept") return;
    for (const [path, bytes] of this.#names) {
      if (bytes !== null) writeFileSync(path, bytes);
      // A database whose name is lost takes its log along.
      else for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    }
    for (const path of this.#folders) rmSync(path, { recursive: true, force: true });
  }

  #step<T>(work: () => T): T {
    this.#left -= 1;
    if (this.isOff || this.#left < 0) {
      this.isOff = true;
      throw Object.assign(new Error("the power is off"), { code: "EIO" });
    }
    return work();
  }

  #open(path: string, open: () => OpenFile): OpenFile {
    const isNew = !existsSync(path);
    const file = open();
    if (isNew && !this.#names.has(path)) this.#names.set(path, null);
    const synced = () => void this.#bytes.delete(path);
    return {
      ...file,
      write: (data, position) =>
        this.#step(() => {
          if (!this.#bytes.has(path)) this.#bytes.set(path, readFileSync(path));
          file.write(data, position);
        }),
      syncData: () =>
        this.#step(() => {
          file.syncData();
          synced();
        }),
      syncDataLater: async () => {
        await this.#step(() => file.syncDataLater());
        synced();
      },
    };
  }

  #keepName(path: string): void {
    if (!this.#names.has(path)) this.#names.set(path, existsSync(path) ? readFileSync(path) : null);
  }

  #folderSynced(folder: string): void {
    for (const path of [...this.#names.keys()]) if (dirname(path) === folder) this.#names.delete(path);
    for (const path of this.#folders) if (dirname(path) === folder) this.#folders.delete(path);
  }
}
