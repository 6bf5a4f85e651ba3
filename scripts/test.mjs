// One run of node's test runner over every test file, so that one closing block counts all tests.
// The command line of `node --test` sorts its files by name; the long ones must start first, or they run alone at
// the end while a core idles. So this asks the runner through its function.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { builtProgram } from "./program.mjs";

const root = join(import.meta.dirname, "..");
const SCALES = ["commit", "ci", "soak"];
const LONG_FIRST = ["test/agents", "test/sim", "test/crash", "test/fuzz", "test/bundle"];
// Two files at a time even on two cores: most of them wait for children and disks.
const CONCURRENCY = 2;
const MINUTE = 60_000;
/** Only against what never ends. A test that was given up may keep its file's process alive, so files have an end too. */
const TEST_MS = (scale() === "soak" ? 120 : 10) * MINUTE;
const SILENCE_MS = TEST_MS + 2 * MINUTE;

const words = process.argv.slice(2);
const isCoverage = words.includes("--core-coverage");
const isUnit = words.includes("--unit");
/** All files in this process: half the processor time, and no file is kept from what another one left. */
const isTogether = words.includes("--together");
const left =
  words
    .find((word) => word.startsWith("--without="))
    ?.slice("--without=".length)
    .split(",") ?? [];
const named = words.filter((word) => !word.startsWith("--")).map((word) => word.replace(/^\.\//, ""));

process.chdir(root);
process.env.DECAPOD_TEST_SCALE = scale();
// The cache also keeps stripped types and halves the run. Its counts are less exact, so coverage goes without.
const cache = join(root, "node_modules", ".cache", "decapod");
if (isCoverage) delete process.env.NODE_COMPILE_CACHE;
else process.env.NODE_COMPILE_CACHE = cache;
// Its folder is that of the program too, which tests start as other users.
mkdirSync(dirname(cache), { recursive: true });
mkdirSync(cache, { recursive: true, mode: 0o700 });

const files = testFiles();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${named.join(" ") || "src and test"}\n`);
  process.exit(2);
}
process.env.DECAPOD_TEST_PROGRAM = await builtProgram();
const silence = namingWhatHangs();
run({
  files,
  ...(isTogether ? { isolation: "none" } : { concurrency: CONCURRENCY }),
  timeout: TEST_MS,
  signal: silence.signal,
  ...(isCoverage ? coverageOfCore() : {}),
})
  .on("test:dequeue", silence.begun)
  .on("test:complete", silence.ended)
  .on("test:fail", ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .on("test:coverage", ({ summary }) => failOnUnseen(summary))
  .compose(spec)
  .pipe(process.stdout);

function scale() {
  const asked = process.env.DECAPOD_TEST_SCALE ?? "commit";
  if (SCALES.includes(asked)) return asked;
  process.stderr.write(`DECAPOD_TEST_SCALE is ${asked}; it must be one of ${SCALES.join(", ")}\n`);
  return process.exit(2);
}

/** Ends the files at work, and names them, when none of them has told of a test for too long. */
function namingWhatHangs() {
  const files = new Set();
  const ending = new AbortController();
  const timer = setTimeout(() => {
    const names = [...files].map((file) => relative(root, file)).join(", ");
    process.stderr.write(`\nno test has ended for ${SILENCE_MS / MINUTE} minutes, at work: ${names}\n`);
    process.exitCode = 1;
    ending.abort();
  }, SILENCE_MS).unref();
  const told =
    (change) =>
    ({ file, name }) => {
      timer.refresh();
      // The files themselves come as tests that are named by their path.
      if (name === file) change(file);
    };
  return {
    signal: ending.signal,
    begun: told((file) => files.add(file)),
    ended: told((file) => files.delete(file)),
  };
}

function testFiles() {
  const folders = isCoverage ? ["src/core"] : isUnit ? ["src"] : ["src", "test"];
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes("/fixtures/") && !file.includes("/node_modules/"))
    .filter((file) => named.length === 0 || named.some((name) => file.startsWith(name)))
    .filter((file) => !left.some((name) => file.startsWith(name)))
    .sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1))
    .map((file) => join(root, file));
}

function rank(file) {
  const place = LONG_FIRST.findIndex((prefix) => file.startsWith(prefix));
  return place === -1 ? LONG_FIRST.length : place;
}

/** The decider stays at every branch taken; elsewhere coverage is information. */
function coverageOfCore() {
  return {
    coverage: true,
    coverageIncludeGlobs: ["src/core/**"],
    coverageExcludeGlobs: ["**/*.test.ts", "**/*.suite.ts"],
    branchCoverage: 100,
    // A function that is never called has no branches to miss.
    functionCoverage: 100,
  };
}

/** A file that no test loads is not in the report at all. Files of types alone are erased and cannot be. */
function failOnUnseen(summary) {
  const seen = summary.files.map(({ path }) => path);
  const unseen = readdirSync("src/core", { recursive: true })
    .filter((name) => name.endsWith(".ts") && !/\.(?:test|suite)\.ts$/.test(name))
    .map((name) => join(root, "src/core", name))
    .filter((file) => /^export (?:async )?(?:function|const|class)\b/m.test(readFileSync(file, "utf8")))
    .filter((file) => !seen.includes(file));
  if (unseen.length === 0) return;
  process.exitCode = 1;
  for (const file of unseen) process.stderr.write(`no test of the core loads ${relative(root, file)}\n`);
}
