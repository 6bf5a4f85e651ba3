// The bundle as tests start it: what people run, and at half the price of the sources. Made once for each state of them.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ASSETS, buildInto } from "./build.mjs";

const root = join(import.meta.dirname, "..");
const MADE_FROM = ["src", "scripts/build.mjs", "package-lock.json", ...ASSETS];
const KEPT_MS = 6 * 3_600_000;

/** The path of its main.js. Other users may read it: tests start it as one. */
export async function builtProgram() {
  const cache = join(root, "node_modules", ".cache", "decapod-program");
  const name = digestOf(MADE_FROM);
  const folder = join(cache, name);
  if (!existsSync(folder)) {
    const fresh = join(cache, `${name}.${process.pid}`);
    await buildInto(fresh);
    try {
      renameSync(fresh, folder);
    } catch {
      // Another run of the tests was faster.
      rmSync(fresh, { recursive: true, force: true });
    }
    removeOld(cache, name);
  }
  return join(folder, "main.js");
}

function digestOf(names) {
  const hash = createHash("sha256");
  for (const name of names)
    for (const file of filesIn(name)) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

function filesIn(name) {
  const path = join(root, name);
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:test|suite)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Not those that another run of the tests may be using, or is just giving their names. */
function removeOld(cache, name) {
  const madeAt = (one) => statSync(join(cache, one), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  for (const one of readdirSync(cache))
    if (one !== name && Date.now() - madeAt(one) > KEPT_MS)
      rmSync(join(cache, one), { recursive: true, force: true });
}
