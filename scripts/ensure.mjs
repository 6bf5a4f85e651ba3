// Makes node_modules agree with package-lock.json before `npm start` and `npm test`, so that a fresh clone needs no
// second command; with the name of a folder, for the lockfile there. Runs on whatever Node the machine has (18 or newer)
// and imports nothing that is not built in. Install scripts never run: the pinned Node comes as a platform package, not
// from a postinstall.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeProblem } from "./node-floor.mjs";

const EXIT_ENVIRONMENT = 6;
const WAIT_MS_MAX = 300_000;
const folder = process.argv[2] ?? ".";
const root = join(dirname(dirname(fileURLToPath(import.meta.url))), folder);
const modules = join(root, "node_modules");
const stampFile = join(modules, ".decapod-lock");
// Outside node_modules, which `npm ci` removes first.
const busyFile = join(root, ".installing");

const wanted = `${process.platform} ${process.arch} ${sha256(join(root, "package-lock.json"))}\n`;
if (readOr(stampFile, "") !== wanted) install();
const hasNode = folder !== "." || existsSync(join(modules, ".bin", "node"));
const floor = hasNode ? null : nodeProblem(machineNodeVersion());
if (floor !== null) fail(floor);

function install() {
  takeTurn();
  try {
    // Somebody else may have finished the same work while we waited, or installed it by hand.
    if (readOr(stampFile, "") === wanted) return;
    if (!agreesWithLock()) runNpm();
    dropForeignNode();
    writeFileSync(stampFile, wanted);
  } finally {
    rmSync(busyFile, { force: true });
  }
}

function runNpm() {
  const what = folder === "." ? "package-lock.json lists (about 15 s)" : `${folder}/package-lock.json lists`;
  process.stderr.write(`decapod: installing what ${what} ...\n`);
  // npm sets both when it runs us: the machine's own Node, which stays in place while node_modules is replaced.
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const [file, ...before] = node && npm ? [node, npm] : ["npm"];
  const done = spawnSync(
    file,
    [...before, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, PATH: machinePath() },
    },
  );
  if (done.error)
    fail(`decapod: npm could not be started (${done.error.message}); install npm and try again`);
  if (done.status !== 0) {
    fail(
      "decapod: the packages could not be installed (npm's reason is above); " +
        `check the network and the registry setting, then run \`npm ci --ignore-scripts\` in ${root}`,
    );
  }
}

/** True when a person or a build step already ran npm: its own record then lists every package of the lock. */
function agreesWithLock() {
  const record = readOr(join(modules, ".package-lock.json"), "");
  if (record === "") return false;
  const installed = JSON.parse(record).packages;
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages).every(([path, entry]) => {
    if (path === "") return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && !isForThisMachine(entry);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Packages for one platform say which; one that names a C library is a twin of another and may be missing. */
function isForThisMachine({ os = [], cpu = [], libc }) {
  return libc === undefined && os.includes(process.platform) && cpu.includes(process.arch);
}

/** The platform package is built for glibc; where it cannot run (musl), the machine's own Node must serve. */
function dropForeignNode() {
  const pinned = join(modules, ".bin", "node");
  if (existsSync(pinned) && spawnSync(pinned, ["--version"]).status !== 0) rmSync(pinned, { force: true });
}

function machineNodeVersion() {
  const asked = spawnSync("node", ["-p", "process.versions.node"], { encoding: "utf8" });
  return asked.status === 0 ? asked.stdout.trim() : process.versions.node;
}

function machinePath() {
  const own = join(modules, ".bin");
  return (process.env.PATH ?? "")
    .split(":")
    .filter((folder) => folder !== own)
    .join(":");
}

/** Two commands at once in a fresh clone: one installs, the other waits for it. */
function takeTurn() {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    try {
      writeFileSync(busyFile, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") fail(`decapod: cannot write to the project's folder (${error.message})`);
    }
    // Its process died without cleaning up, for example by a power cut.
    if (!isAlive(Number(readOr(busyFile, "0")))) rmSync(busyFile, { force: true });
    else if (Date.now() > deadline)
      fail("decapod: another install has been running for 5 minutes; remove .installing");
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function isAlive(pid) {
  // An empty file: its writer is between creating it and writing its number.
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function sha256(file) {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function readOr(file, otherwise) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

function fail(line) {
  rmSync(busyFile, { force: true });
  process.stderr.write(`${line}\n`);
  process.exit(EXIT_ENVIRONMENT);
}
