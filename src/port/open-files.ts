/** What a process of this machine holds open, by number: 0 is what it reads from. */
import { readdirSync, readlinkSync } from "node:fs";

/** null when it cannot be told: no such process, somebody else's, or a machine that is not Linux. */
export function openFilesOf(pid: number): ReadonlyMap<number, string> | null {
  const folder = `/proc/${pid}/fd`;
  try {
    return new Map(readdirSync(folder).flatMap((name) => linkIn(folder, name)));
  } catch {
    return null;
  }
}

/** It may close one while we look. */
function linkIn(folder: string, name: string): readonly (readonly [number, string])[] {
  try {
    return [[Number(name), readlinkSync(`${folder}/${name}`)]];
  } catch {
    return [];
  }
}
