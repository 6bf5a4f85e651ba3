// Puts a build in the place of the one before, file by file, under whoever runs from there: what a process has not loaded
// yet of its own version has another name and stays for a while. main.js comes last.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

const KEPT_MS = 30 * 24 * 60 * 60 * 1000;
const CODE = /^[^/]+\.js(?:\.map)?$/;

export function putOver(fresh, folder) {
  const files = filesIn(fresh);
  for (const file of files.toSorted(
    (one, other) => Number(one === "main.js") - Number(other === "main.js"),
  )) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    renameSync(join(fresh, file), join(folder, file));
  }
  rmSync(fresh, { recursive: true, force: true });
  const isNew = new Set(files);
  for (const file of filesIn(folder)) {
    const isInUse = CODE.test(file) && Date.now() - statSync(join(folder, file)).mtimeMs < KEPT_MS;
    if (!isNew.has(file) && !isInUse) rmSync(join(folder, file));
  }
}

/** Paths below it, with slashes. */
function filesIn(folder, below = "") {
  if (!existsSync(join(folder, below))) return [];
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? filesIn(folder, path) : [path];
  });
}

if (import.meta.main) putOver(process.argv[2], process.argv[3]);
