// What must hold before each commit, in at most 90 s: lint, types, unused code, tests. Stops at the first failure. Tests
// that start whole programs by the dozen take minutes; they are left to `npm test`, which runs every one.
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";

const LEFT = ["test/agents", "test/e2e", "test/fault"];
const STEPS = [["lint"], ["types"], ["dead"], ["test", "--", `--without=${LEFT.join(",")}`]];
const SECONDS_MAX = 90;

const started = performance.now();
const times = [];
for (const [name, ...words] of STEPS) {
  const before = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", name, ...words], { stdio: "inherit" });
  times.push(`${name} ${seconds(before)} s`);
  if (status !== 0) {
    process.stderr.write(`check: ${name} failed after ${seconds(before)} s (npm run ${name})\n`);
    process.exit(status ?? 1);
  }
}
const over = seconds(started) > SECONDS_MAX ? `, over the ${SECONDS_MAX} s it may take` : "";
process.stdout.write(`check: ${times.join(", ")}; ${seconds(started)} s in all${over}\n`);
process.stdout.write(`check: left to npm test: ${LEFT.join(", ")}\n`);

function seconds(since) {
  return Math.round((performance.now() - since) / 100) / 10;
}
