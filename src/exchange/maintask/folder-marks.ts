/**
 * What the folders of tasks hold, as short digests. Numbers and blanks do not count, nor does what is there already but for
 * them: a counter is no work, whether it stands in a line, goes on line by line, or makes a file of its own each time.
 */
import { join } from "node:path";
import { errorCode, type FileEntry, type Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { withoutNumbers } from "./progress.ts";

const FILES_MAX = 10_000;
const DEPTH_MAX = 16;
/** A larger file is known by its size alone. */
const BYTES_MAX = 4 * 1024 * 1024;

interface Known {
  readonly size: number;
  readonly modifiedMs: number;
  readonly mark: string;
}

export class FolderMarks {
  readonly #files: Files;
  /** By path: a file that was not touched is not read again. */
  readonly #known = new Map<string, Known>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** null: there is no such folder, or nothing in it. */
  of(folder: string): string | null {
    if (this.#files.stat(folder)?.kind !== "folder") return null;
    const lines: string[] = [];
    this.#walk(folder, "", lines, 0);
    return lines.length === 0 ? null : digestOf(lines);
  }

  /** Links are named and never followed. */
  #walk(folder: string, below: string, lines: string[], depth: number): void {
    for (const { name, kind } of this.#list(folder)) {
      if (lines.length >= FILES_MAX) return;
      const [path, shown] = [join(folder, name), `${below}${withoutNumbers(name)}`];
      if (kind === "folder" && depth < DEPTH_MAX) this.#walk(path, `${shown}/`, lines, depth + 1);
      else if (kind === "file") lines.push(`${shown} ${this.#mark(path)}`);
      else lines.push(`${shown} ${kind}`);
    }
  }

  /** What may not be looked into is as good as empty. */
  #list(folder: string): readonly FileEntry[] {
    try {
      return this.#files.list(folder);
    } catch (thrown) {
      return [{ name: errorCode(thrown), kind: "other" }];
    }
  }

  #mark(path: string): string {
    const stat = this.#files.stat(path);
    if (stat?.kind !== "file") return "gone";
    const known = this.#known.get(path);
    if (known?.size === stat.size && known.modifiedMs === stat.modifiedMs) return known.mark;
    const mark = stat.size > BYTES_MAX ? `${stat.size}` : this.#read(path);
    if (this.#known.size >= FILES_MAX) this.#known.clear();
    this.#known.set(path, { size: stat.size, modifiedMs: stat.modifiedMs, mark });
    return mark;
  }

  #read(path: string): string {
    try {
      const bytes = this.#files.readBytes(path);
      const isText = !bytes.includes(0);
      if (!isText) return sha256(bytes).slice(0, 16);
      return digestOf(Buffer.from(bytes).toString("utf8").split("\n").map(withoutNumbers));
    } catch (thrown) {
      return errorCode(thrown);
    }
  }
}

function digestOf(lines: readonly string[]): string {
  return sha256([...new Set(lines)].sort().join("\n")).slice(0, 16);
}
