/** How much a folder holds. */
import { join } from "node:path";
import { type Files, systemError } from "../../../port/files.ts";

/** From here on a person is told that a state folder has grown large. */
export const LARGE_STATE_BYTES = 2 ** 30;
/** Beside what something is going to take, this much of a disk stays free. */
export const SPARE_BYTES = 8 * 2 ** 20;

export interface Size {
  readonly bytes: number;
  /** False when there were more files than were asked for: it holds at least so much. */
  readonly isWhole: boolean;
}

/** Links are not followed. At most `filesMax` files are looked at. */
export function sizeOf(files: Files, folder: string, filesMax = Number.POSITIVE_INFINITY): Size {
  const open = [folder];
  let bytes = 0;
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { name, kind } of listed(files, next)) {
      if (seen >= filesMax) return { bytes, isWhole: false };
      seen += 1;
      if (kind === "folder") open.push(join(next, name));
      else if (kind === "file") bytes += files.stat(join(next, name))?.size ?? 0;
    }
  }
  return { bytes, isWhole: true };
}

/** What is closed to us counts as nothing. */
function listed(files: Files, folder: string): ReturnType<Files["list"]> {
  try {
    return files.list(folder);
  } catch (error) {
    if (systemError(error) === null) throw error;
    return [];
  }
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** `512 B`, `1.5 KiB`, `12 MiB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = "B";
  for (const next of UNITS) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 10 && unit !== "B" ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}
