// What starting processes costs without decapod: `direct-spawn.mjs COUNT WIDTH FOLDER` prints µs a process, measured
// inside a process of about 50 MB whose children write into a file each and have sessions of their own. Plain
// JavaScript: what strips types at start is larger, and pays for it at every fork.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const [count = 0, width = 1] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4] ?? "";
let next = 0;

function startOne() {
  next += 1;
  const file = openSync(join(folder, `direct-${process.pid}-${next}`), "a", 0o600);
  const child = spawn("/bin/echo", ["x"], { detached: true, stdio: ["ignore", file, file], cwd: folder });
  closeSync(file);
  return new Promise((resolve) => child.on("exit", resolve));
}

async function worker(limit) {
  while (next < limit) await startOne();
}

await worker(20);
const startMs = performance.now();
next = 0;
await Promise.all(Array.from({ length: width }, () => worker(count)));
process.stdout.write(`${((performance.now() - startMs) * 1_000) / count}\n`);
