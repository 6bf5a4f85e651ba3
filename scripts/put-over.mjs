// Puts a build beside those before it, in a folder of its own: a process loads parts of itself by name while it runs, and
// finds there those of its own version. The last few stay for whoever runs from there.
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Builds that stay beside the new one. */
const KEPT = 5;

/** Returns the folder of the new one. */
export function putOver(fresh, folder) {
  mkdirSync(folder, { recursive: true });
  const before = readdirSync(folder).sort();
  // By the time, so that they sort by age; never the name of one that is there, whatever the clock does.
  let time = Date.now();
  while (nameOf(time) <= (before.at(-1) ?? "")) time += 1;
  const path = join(folder, nameOf(time));
  renameSync(fresh, path);
  for (const name of before.slice(0, -KEPT)) rmSync(join(folder, name), { recursive: true, force: true });
  return path;
}

function nameOf(time) {
  return new Date(time).toISOString().replaceAll(":", "-");
}

if (import.meta.main) process.stdout.write(putOver(process.argv[2], process.argv[3]));
