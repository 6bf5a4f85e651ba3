// What must hold before each commit, in at most 90 s: lint, types, unused code, tests. Three lanes side by side, each
// stops at its first failure. Most tests share one process, which `npm test` does not let them: starting a process
// for each of their files takes longer than they do. Tests that start whole programs by the dozen take minutes; they
// are left to `npm test`, which runs every one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import { text } from "node:stream/consumers";

const LEFT = [
  ...["agents", "bundle", "crash", "dags", "e2e", "fault", "ground"].map((name) => `test/${name}`),
  // They call git some thousand times.
  "src/arm/left-worktrees",
  "src/arm/workspaces",
  "src/git/hostile",
  "src/git/away",
  "src/git/pushable",
  "src/arm/pushing",
  "src/arm/left-runs",
];
/** They start programs too, one after the other: among the others they would hold up everything. */
const STARTING = [
  ...["acp/acp", "claude/claude", "codex/codex", "gemini/gemini", "shell"].map(
    (name) => `src/driver/${name}.`,
  ),
  "src/git",
  "test/host/embedded",
  "test/sim",
];
/** As long as what the first lane has left when everything else in it is done. */
const WORKFLOWS = ["test/spec", "test/fuzz", "test/real"];
const LANES = [
  [["lint"], ["types"], ["dead"], ["test", "--", "--together", ...WORKFLOWS]],
  [["test", "--", "--together", `--without=${[...LEFT, ...STARTING, ...WORKFLOWS].join(",")}`]],
  [["test", "--", `--without=${LEFT.join(",")}`, ...STARTING]],
];
const SECONDS_MAX = 90;

const started = performance.now();
const times = [];
await Promise.all(LANES.map(runLane));
const over = seconds(started) > SECONDS_MAX ? `, over the ${SECONDS_MAX} s it may take` : "";
process.stdout.write(`check: ${times.join(", ")}; ${seconds(started)} s in all${over}\n`);
process.stdout.write(`check: left to npm test: ${LEFT.join(", ")}\n`);

async function runLane(steps) {
  for (const [name, ...words] of steps) {
    const before = performance.now();
    const child = spawn("npm", ["run", "--silent", name, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    // Whole, so that two lanes do not mix their lines.
    const [said, complained, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    times.push(`${name} ${seconds(before)} s`);
    process.stdout.write(said);
    process.stderr.write(complained);
    if (code === 0) continue;
    process.stderr.write(`check: ${name} failed after ${seconds(before)} s (npm run ${name})\n`);
    process.exitCode = 1;
    return;
  }
}

function seconds(since) {
  return Math.round((performance.now() - since) / 100) / 10;
}
