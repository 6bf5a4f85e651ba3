/** What the folders of tasks hold, as short digests: numbers and blanks in a text do not count, so a counter is no work. */
import { join } from "node:path";
import { errorCode, type Files } from "../../port/files.ts";
import { sha256 } from "../../port/hash.ts";
import { withoutNumbers } from "./progress.ts";

const FILES_MAX = 10_000;
const DEPTH_MAX = 16;
/** A larger file is known by its size and time. */
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
    const lines: string[] = [];
    this.#walk(folder, "", lines, 0);
    return lines.length === 0 ? null : sha256(lines.join("\n")).slice(0, 16);
  }

  /** Links are named and never followed. */
  #walk(folder: string, below: string, lines: string[], depth: number): void {
    for (const { name, kind } of this.#files.list(folder)) {
      if (lines.length >= FILES_MAX) return;
      const [path, shown] = [join(folder, name), `${below}${name}`];
      if (kind === "folder" && depth < DEPTH_MAX) this.#walk(path, `${shown}/`, lines, depth + 1);
      else if (kind === "file") lines.push(`${shown} ${this.#mark(path)}`);
      else lines.push(`${shown} ${kind}`);
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
      const counted = isText ? withoutNumbers(Buffer.from(bytes).toString("utf8")) : bytes;
      return sha256(counted).slice(0, 16);
    } catch (thrown) {
      return errorCode(thrown);
    }
  }
}
