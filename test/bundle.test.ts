import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "..");
// Of them 70 are the form: `require_start.x` for `x` (docs/decisions/06-bundle.md).
const RUN_BYTES_MAX = 1100 * 1024;
// What `decapod run` loads: the start, and then what these load without asking again.
const RUN_ENTRIES = ["src/main.ts", "src/app.ts", "src/app-engine.ts", "src/cli/commands/run.ts"];
// The quick ones among those that only look, and what an external loop calls at each turn.
const LOOKING = ["status", "runs", "main-task-read", "main-task-update"];
const FORBIDDEN = [
  /node_modules\/zod\/(?!(?:v4\/(?:core|mini|locales)\/|mini\/|v4-mini\/|package\.json))/,
  /node_modules\/hono\//,
  /node_modules\/@hono\//,
  /node_modules\/@modelcontextprotocol\//,
  /^src\/spec\/(?:format|schema-json)/,
];

interface CodeFile {
  readonly file: string;
  readonly bytes: number;
  readonly entry: string | null;
  /** Files that it imports without being asked again. */
  readonly imports: readonly string[];
  readonly modules: Readonly<Record<string, number>>;
}

const skip = existsSync(join(root, "src/app.ts")) ? false : "src/app.ts does not exist yet";

describe("the published package", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bundle-"));
  let files: readonly CodeFile[] = [];

  before(() => {
    const words = [join(root, "scripts/build.mjs"), join(folder, "dist"), join(folder, "files.json")];
    execFileSync(process.execPath, words, { stdio: "pipe" });
    files = JSON.parse(readFileSync(join(folder, "files.json"), "utf8"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`loads at most ${RUN_BYTES_MAX / 1024} KiB to run a workflow`, (t) => {
    const closure = closureOf(files, RUN_ENTRIES);
    const bytes = closure.reduce((sum, file) => sum + file.bytes, 0);
    t.diagnostic(`${Math.round(bytes / 1024)} KiB in ${closure.length} files`);
    assert.ok(bytes > 1024, "the closure holds next to nothing: is the walk right?");
    assert.ok(bytes <= RUN_BYTES_MAX, `${bytes} bytes:\n${largestModules(closure).join("\n")}`);
  });

  it("loads nothing that only the server, agents, schemas or the formatter need", () => {
    const modules = closureOf(files, RUN_ENTRIES).flatMap((file) => Object.keys(file.modules));
    assert.ok(RUN_ENTRIES.every((entry) => modules.includes(entry)));
    assert.deepEqual(
      modules.filter((path) => FORBIDDEN.some((pattern) => pattern.test(path))),
      [],
    );
  });

  for (const name of LOOKING)
    it(`loads nothing that decides, works or reads workflows for ${name.replace("task-", "task ")}`, () => {
      const command = `src/cli/commands/${name}.ts`;
      const modules = closureOf(files, ["src/main.ts", "src/app.ts", command]).flatMap((file) =>
        Object.keys(file.modules),
      );
      assert.ok(modules.includes(command));
      const heavy = /^src\/(?:core\/transition|spec\/link|arm\/|app-engine)|node_modules\/(?:zod|yaml)\//;
      assert.deepEqual(
        modules.filter((path) => heavy.test(path)),
        [],
      );
    });

  it("reads decapod.yaml without what decides, works or links workflows", () => {
    const file = "src/spec/project-file.ts";
    const modules = closureOf(files, [file]).flatMap(({ modules }) => Object.keys(modules));
    assert.ok(modules.includes(file));
    assert.deepEqual(
      modules.filter((path) => /^src\/(?:core\/transition|spec\/link-task|arm\/|app-engine)/.test(path)),
      [],
    );
  });

  it("reaches its version check before it loads anything else", () => {
    assert.deepEqual(files.find(({ entry }) => entry === "src/main.ts")?.imports, []);
  });

  it("makes the schema of workflow files that the sources make, from a part that runs do not load", () => {
    const main = join(folder, "dist/main.js");
    const printed = execFileSync(process.execPath, [main, "workflow", "schema", "--yaml"], {
      encoding: "utf8",
    });
    assert.equal(printed, readFileSync(join(root, "docs/workflow.schema.yaml"), "utf8"));
  });

  it("brings the licence of everything that it holds of others", () => {
    const text = readFileSync(join(folder, "dist/THIRD-PARTY-LICENSES"), "utf8");
    for (const name of ["zod", "yaml", "commander", "re2js", "@agentclientprotocol/sdk"])
      assert.match(text, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    for (const words of ["Colin McDonnell", "Eemeli Aro", "Apache License"])
      assert.ok(text.includes(words), words);
  });

  it("starts from a folder of its own, without node_modules", () => {
    const alone = join(folder, "package");
    cpSync(join(folder, "dist"), alone, { recursive: true });
    const { version, bin, dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(alone, "package.json"), "utf8"),
    );
    assert.equal(dependencies ?? optionalDependencies, undefined);
    const printed = execFileSync(process.execPath, [join(alone, bin.decapod), "--version"], {
      encoding: "utf8",
    });
    assert.match(printed, new RegExp(`\\b${version.replaceAll(".", "\\.")}\\b`));
  });
});

/** Files reached by static import from those of `entries`. */
function closureOf(files: readonly CodeFile[], entries: readonly string[]): readonly CodeFile[] {
  const closure = new Set(files.filter(({ modules }) => entries.some((entry) => entry in modules)));
  for (const { imports } of closure)
    for (const file of files) if (imports.includes(file.file)) closure.add(file);
  return [...closure];
}

function largestModules(closure: readonly CodeFile[]): readonly string[] {
  return closure
    .flatMap(({ modules }) => Object.entries(modules))
    .sort(([, left], [, right]) => right - left)
    .slice(0, 20)
    .map(([path, bytes]) => `${bytes} ${path}`);
}
