/** What a process of this machine holds open, by number: 0 is what it reads from. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface HeldFile {
  /** Where it lies, whatever links led there. */
  readonly path: string;
  readonly isWritable: boolean;
}

/** null when it cannot be told: no such process, somebody else's, or a machine that is not Linux. */
export function openFilesOf(pid: number): ReadonlyMap<number, HeldFile> | null {
  const folder = `/proc/${pid}`;
  try {
    return new Map(readdirSync(`${folder}/fd`).flatMap((name) => heldIn(folder, name)));
  } catch {
    return null;
  }
}

/** It may close one while we look. */
function heldIn(folder: string, name: string): readonly (readonly [number, HeldFile])[] {
  try {
    const path = readlinkSync(`${folder}/fd/${name}`);
    return [
      [Number(name), { path, isWritable: isWritable(readFileSync(`${folder}/fdinfo/${name}`, "utf8")) }],
    ];
  } catch {
    return [];
  }
}

/** The lowest two bits of the flags, which are octal: 0 reads, 1 writes, 2 does both. */
const ACCESS = /^flags:\s*[0-7]*([0-7])$/m;

function isWritable(text: string): boolean {
  const access = Number(ACCESS.exec(text)?.[1] ?? 0) & 3;
  return access === 1 || access === 2;
}
