import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

const root = join(import.meta.dirname, "..");
const RUN_BYTES_MAX = 1000 * 1024;
// What `decapod run` loads: the start, and then what these load without asking again.
const RUN_ENTRIES = ["src/main.ts", "src/app.ts", "src/cli/commands/run.ts"];
const FORBIDDEN = [
  /node_modules\/zod\/(?!(?:v4\/(?:core|mini|locales)\/|mini\/|v4-mini\/|package\.json))/,
  /node_modules\/hono\//,
  /node_modules\/@hono\//,
  /node_modules\/@modelcontextprotocol\//,
  /^src\/spec\/(?:format|schema-json)/,
];

type Output = {
  readonly bytes: number;
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string }[];
  readonly inputs: Readonly<Record<string, unknown>>;
};
type Metafile = { readonly outputs: Readonly<Record<string, Output>> };

const skip = existsSync(join(root, "src/app.ts")) ? false : "src/app.ts does not exist yet";

describe("the published package", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "decapod-bundle-"));
  let metafile: Metafile = { outputs: {} };

  before(() => {
    const words = [join(root, "scripts/build.mjs"), join(folder, "dist"), join(folder, "meta.json")];
    execFileSync(process.execPath, words, { stdio: "pipe" });
    metafile = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`loads at most ${RUN_BYTES_MAX / 1024} KiB to run a workflow`, (t) => {
    const closure = closureOf(metafile, RUN_ENTRIES);
    const bytes = closure.reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
    t.diagnostic(`${Math.round(bytes / 1024)} KiB in ${closure.length} files`);
    assert.ok(bytes > 1024, "the closure holds next to nothing: is the walk right?");
    assert.ok(bytes <= RUN_BYTES_MAX, `${bytes} bytes:\n${largestInputs(metafile, closure).join("\n")}`);
  });

  it("loads nothing that only the server, agents, schemas or the formatter need", () => {
    const inputs = closureOf(metafile, RUN_ENTRIES).flatMap((path) =>
      Object.keys(metafile.outputs[path]?.inputs ?? {}),
    );
    assert.ok(inputs.includes("src/main.ts") && inputs.includes("src/app.ts"));
    assert.deepEqual(
      inputs.filter((input) => FORBIDDEN.some((pattern) => pattern.test(input))),
      [],
    );
  });

  it("reaches its version check before it loads anything else", () => {
    const main = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === "src/main.ts");
    assert.deepEqual(main?.imports.filter(({ kind }) => kind === "import-statement") ?? null, []);
  });

  it("makes the schema of workflow files that the sources make, from a part that runs do not load", () => {
    const main = join(folder, "dist/main.js");
    const printed = execFileSync(process.execPath, [main, "workflow", "schema", "--yaml"], {
      encoding: "utf8",
    });
    assert.equal(printed, readFileSync(join(root, "docs/workflow.schema.yaml"), "utf8"));
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

/** Files reached by static import from the chunks of `entries`; an entry inside another's chunk adds nothing. */
function closureOf({ outputs }: Metafile, entries: readonly string[]): readonly string[] {
  const open = Object.keys(outputs).filter((path) => entries.includes(outputs[path]?.entryPoint ?? ""));
  const seen = new Set<string>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { path: target, kind } of outputs[path]?.imports ?? [])
      if (kind === "import-statement" && outputs[target] !== undefined) open.push(target);
  }
  return [...seen];
}

function largestInputs({ outputs }: Metafile, closure: readonly string[]): readonly string[] {
  return closure
    .flatMap((path) => Object.entries(outputs[path]?.inputs ?? {}))
    .map(([input, size]) => ({ input, bytes: Number((size as { bytesInOutput: number }).bytesInOutput) }))
    .sort((left, right) => right.bytes - left.bytes)
    .slice(0, 20)
    .map(({ input, bytes }) => `${bytes} ${resolve("/", input).slice(1)}`);
}
