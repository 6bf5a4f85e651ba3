// `npm run link`: builds, and puts a launcher named decapod into the user's folder of programs.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { buildInto } from "./build.mjs";
import { putOver } from "./put-over.mjs";

const MARK = "# written by `npm run link` of decapod";
const root = join(import.meta.dirname, "..");
const folder = resolve(process.env.DECAPOD_BIN || join(homedir(), ".local", "bin"));
const launcher = join(folder, "decapod");

if (existsSync(launcher) && !readFileSync(launcher, "utf8").includes(MARK)) {
  process.stderr.write(`link: ${launcher} exists and is not ours; move it away, or set DECAPOD_BIN\n`);
  process.exit(1);
}
const fresh = join(root, "dist.new");
await buildInto(fresh);
const linked = putOver(fresh, join(root, "linked"));
mkdirSync(folder, { recursive: true });
// The Node that runs this script is new enough: npm puts the project's pinned one first.
const command = [process.execPath, join(linked, "main.js")].map(quoted).join(" ");
// Written beside and renamed, so that a decapod that starts meanwhile never reads half a script.
writeFileSync(`${launcher}.new`, `#!/bin/sh\n${MARK}\nexec ${command} "$@"\n`);
chmodSync(`${launcher}.new`, 0o755);
renameSync(`${launcher}.new`, launcher);
const isFound = (process.env.PATH ?? "").split(delimiter).includes(folder);
process.stdout.write(
  isFound
    ? `link: decapod is ready (${launcher})\n`
    : `link: ${launcher} is written, but ${folder} is not in PATH; add it: export PATH="${folder}:$PATH"\n`,
);

function quoted(word) {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
