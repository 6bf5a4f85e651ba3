/** The core memory of a project: what everybody who works on it reads first. Kept short, or agents are only told of it. */
import { join } from "node:path";
import { LIMITS, type Limits, most } from "../core/limits.ts";
import type { Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";

export const MEMORY_FILE = "CLAUDE.md";

export interface Memory {
  /** sha256, hex, of its bytes as they were read. */
  readonly digest: string;
  readonly bytes: number;
  readonly lines: number;
  /** null: too long to be shown. */
  readonly text: string | null;
}

/** Beyond this it is not even read. */
const READ_BYTES_MAX = 1024 * 1024;

/** Of the folder somebody works in; null when there is none, or none that lies in it. */
export function memoryOf(files: Files, folder: string, limits?: Limits): Memory | null {
  const path = join(folder, MEMORY_FILE);
  const stat = files.statTarget(path);
  if (stat?.kind !== "file" || stat.size > READ_BYTES_MAX) return null;
  // A link to a file beside it is usual; one that leads out of the folder would tell an agent what it must not see.
  if (!files.realPath(path).startsWith(`${files.realPath(folder)}/`)) return null;
  const text = files.readTextIf(path);
  if (text === null || text.trim() === "") return null;
  const bytes = Buffer.byteLength(text);
  const lines = text.replace(/\n$/, "").split("\n").length;
  const isShort = lines <= most(LIMITS.memoryLines, limits) && bytes <= most(LIMITS.memoryBytes, limits);
  return { digest: sha256(text), bytes, lines, text: isShort ? text : null };
}
