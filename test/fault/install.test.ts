import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { it } from "node:test";

const root = join(import.meta.dirname, "../..");

it("U1 an install script of a dependency is not run by the install that npm start and npm test make", () => {
  const folder = mkdtempSync(join(tmpdir(), "decapod-install-"));
  try {
    const canary = join(folder, "canary");
    const hostile = join(folder, "hostile");
    const project = join(folder, "project");
    for (const path of [hostile, join(project, "scripts")]) mkdirSync(path, { recursive: true });
    const postinstall = `node -e "require('node:fs').writeFileSync(process.env.CANARY, '')"`;
    write(join(hostile, "package.json"), { name: "hostile", version: "1.0.0", scripts: { postinstall } });
    execFileSync("npm", ["pack", "--silent", "--pack-destination", project], { cwd: hostile, stdio: "pipe" });
    const dependencies = { hostile: "file:hostile-1.0.0.tgz" };
    write(join(project, "package.json"), { name: "project", version: "1.0.0", dependencies });
    for (const name of ["ensure.mjs", "node-floor.mjs"])
      cpSync(join(root, "scripts", name), join(project, "scripts", name));
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", "--package-lock-only", "--ignore-scripts", ...quiet], {
      cwd: project,
      stdio: "pipe",
    });
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    const env = { ...process.env, PATH, CANARY: canary };
    execFileSync(process.execPath, [join(project, "scripts/ensure.mjs")], {
      cwd: project,
      env,
      stdio: "pipe",
    });
    assert.ok(existsSync(join(project, "node_modules/hostile/package.json")), "the package was installed");
    assert.ok(!existsSync(canary), "its script was not run");
    execFileSync("npm", ["rebuild", ...quiet], { cwd: project, env, stdio: "pipe" });
    assert.ok(existsSync(canary), "the canary works: with scripts allowed it is there");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function write(path: string, value: object): void {
  writeFileSync(path, JSON.stringify(value));
}
