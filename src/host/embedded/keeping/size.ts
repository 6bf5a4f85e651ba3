/** How much a folder holds. */
import { join } from "node:path";
import type { Clock } from "../../../port/clock.ts";
import { type Files, systemError } from "../../../port/files.ts";
import { inTurns } from "../../../port/in-turns.ts";

/** From here on a person is told that a state folder has grown large. */
export const LARGE_STATE_BYTES = 2 ** 30;
/** Beside what something is going to take, this much of a disk stays free. */
export const SPARE_BYTES = 8 * 2 ** 20;

export interface Size {
  readonly bytes: number;
  /** False when there were more files than were asked for: it holds at least so much. */
  readonly isWhole: boolean;
}

/** Of all that lies below it. Links are not followed. */
export function sizeOf(files: Files, folder: string): number {
  let bytes = 0;
  for (const one of sizesBelow(files, folder)) bytes += one;
  return bytes;
}

/** The same while other things go on. At most `filesMax` files are looked at. */
export async function sizeInTurns(
  { files, clock }: { readonly files: Files; readonly clock: Pick<Clock, "monotonic" | "soon"> },
  folder: string,
  filesMax: number,
): Promise<Size> {
  let bytes = 0;
  let seen = 0;
  for await (const one of inTurns(sizesBelow(files, folder), clock)) {
    if (seen >= filesMax) return { bytes, isWhole: false };
    seen += 1;
    bytes += one;
  }
  return { bytes, isWhole: true };
}

/** A folder itself holds nothing. */
function* sizesBelow(files: Files, folder: string): Generator<number> {
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { name, kind } of listed(files, next)) {
      if (kind === "folder") open.push(join(next, name));
      yield kind === "file" ? (files.stat(join(next, name))?.size ?? 0) : 0;
    }
  }
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
