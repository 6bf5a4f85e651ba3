/** Who works where on this machine. */
import { readdirSync, readlinkSync } from "node:fs";

/** A process whose current folder is this one or lies below it; null also where the system does not tell. */
export function processIn(folder: string): number | null {
  for (const name of listed()) {
    if (!/^\d+$/.test(name)) continue;
    const current = folderOf(name);
    if (current === folder || current?.startsWith(`${folder}/`)) return Number(name);
  }
  return null;
}

function listed(): readonly string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

/** null: it is another person's, or has ended meanwhile. */
function folderOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
