import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../../../test/support/processes.ts";
import { realFiles } from "../../port/files.ts";
import { capture } from "../../port/spawn.ts";
import { CLAUDE } from "./product.ts";
import { findProgram, type Program, type ProgramOptions } from "./program.ts";
import { isKnownVersion, versionIn } from "./versions.ts";

const KNOWN = CLAUDE.known[0]?.to ?? "";

interface Place {
  readonly base: string;
  readonly project: string;
  /** A program that says this when it is asked for its version. */
  plant(folder: string, says: string): string;
  find(more?: Partial<ProgramOptions>): Program;
}

function place(t: TestContext): Place {
  const base = temporaryFolder(t);
  const project = join(base, "project");
  const folders = ["project/node_modules/.bin", "project", "bin", "later"].map((name) => join(base, name));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  return {
    base,
    project,
    plant: (folder, says) => {
      const path = join(base, folder, "claude");
      writeFileSync(path, `#!/bin/sh\necho asked >> ${join(base, folder, "asked")}\necho '${says}'\n`);
      chmodSync(path, 0o755);
      return path;
    },
    find: (more) =>
      findProgram({
        product: CLAUDE,
        files: realFiles,
        environment: { PATH: [...folders, "."].join(":"), HOME: base },
        projectRoot: project,
        program: null,
        versions: [],
        capture,
        ...more,
      }),
  };
}

async function answer(program: Program): Promise<string> {
  const found = await program.ready();
  return found.ok ? found.value : found.problems.map(({ code, message }) => `${code} ${message}`).join();
}

describe("the program of an agent", () => {
  it("C6: is never one from the project, by PATH or by a link", async (t) => {
    const { base, project, plant, find } = place(t);
    for (const folder of ["project", "project/node_modules/.bin"]) plant(folder, `${KNOWN} (Claude Code)`);
    symlinkSync(join(project, "claude"), join(base, "bin/claude"));
    assert.match(await answer(find()), /^E_DRIVER_MISSING claude is not in PATH/);
    assert.equal(find().problem()?.code, "E_DRIVER_MISSING");
    const good = plant("later", `${KNOWN} (Claude Code)`);
    const program = find();
    assert.equal(program.problem(), null);
    assert.equal(await answer(program), good);
    for (const folder of ["project", "project/node_modules/.bin"])
      assert.equal(existsSync(join(base, folder, "asked")), false, folder);
  });

  it("is asked for its version once, and again when another file takes its place", async (t) => {
    const { base, plant, find } = place(t);
    const path = plant("bin", `${KNOWN} (Claude Code)`);
    const program = find();
    assert.deepEqual(await Promise.all([answer(program), answer(program)]), [path, path]);
    assert.equal(await answer(program), path);
    assert.equal(realFiles.readText(join(base, "bin/asked")), "asked\n");
    plant("bin", "2.1.1 (Claude Code)");
    assert.match(
      await answer(program),
      /^E_DRIVER_VERSION .*claude is Claude Code 2\.1\.1; this decapod knows 2\.1\./,
    );
    assert.equal(program.problem()?.code, "E_DRIVER_VERSION");
    plant("bin", `${KNOWN} (Claude Code) again`);
    assert.equal(await answer(program), path);
  });

  it("of an unknown version is taken when the person says so", async (t) => {
    const { plant, find } = place(t);
    const path = plant("bin", "9.8.7 (Claude Code)");
    assert.match(await answer(find()), /DRIVER_VERSION/);
    assert.match(await answer(find({ versions: ["9.8.6"] })), /DRIVER_VERSION/);
    for (const versions of [["9.8.7"], ["any"]]) assert.equal(await answer(find({ versions })), path);
  });

  it("that says something else, fails or cannot be started is no claude", async (t) => {
    const { plant, find } = place(t);
    const path = plant("bin", "hello");
    assert.match(await answer(find()), /does not say its version \(it printed something else\)/);
    writeFileSync(path, "#!/bin/sh\nexit 3\n");
    assert.match(await answer(find()), /does not say its version \(exit 3\)/);
    writeFileSync(path, "#!/no/such/program\n");
    assert.match(await answer(find()), /does not say its version \(ENOENT\)/);
    assert.match(await answer(find({ program: "/no/claude" })), /^E_DRIVER_VERSION|^E_DRIVER_MISSING/);
    assert.equal(find({ program: "/no/claude" }).problem()?.message, "there is no program /no/claude");
  });
});

describe("versions of agent programs", () => {
  it("are read as they are printed", () => {
    for (const [printed, version] of [
      ["2.1.328 (Claude Code)\n", "2.1.328"],
      ["2.1.328", "2.1.328"],
      ["2.1.328-beta.1", "2.1.328"],
      ["v2.1.328", null],
      ["2.1", null],
      ["", null],
      ["2.1.328x", null],
    ])
      assert.equal(versionIn(String(printed)), version);
    assert.equal(versionIn("codex-cli 0.169.0\n", "codex-cli "), "0.169.0");
    assert.equal(versionIn("0.169.0", "codex-cli "), null);
  });

  it("are known inside their ranges alone", () => {
    const known = [{ from: "2.1.328", to: "2.1.328" }];
    assert.equal(isKnownVersion("2.1.328", known, []), true);
    for (const version of ["2.1.327", "2.1.329", "2.2.0", "1.9.999", "3.0.0", "2.1.3280"])
      assert.equal(isKnownVersion(version, known, []), false, version);
  });
});
