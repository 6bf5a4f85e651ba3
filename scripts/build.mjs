// Makes dist: the bundle, what it reads at run time, and a package.json of its own for the registry.
// Not minified (on an uncaught error Node would print the whole one-line source), no banner, all of it ASCII (Node reads
// a file with one other character several times slower), builtins by process.getBuiltinModule (cheaper at start than
// importing them). CommonJS, because compiled code of modules cannot be kept with what was called of it (kept-code.ts).
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isBuiltin } from "node:module";
import { basename, join, relative, resolve } from "node:path";
import { build } from "rolldown";

const root = join(import.meta.dirname, "..");
const DIGEST_STAND_IN = "digest-of-the-build";

// Files that are started or loaded by path, not by import, must be entry points: a bundler does not follow
// `new URL("./x.ts", import.meta.url)`. All of them lie flat beside each other and beside the chunks, so that
// the same relative URL with .js for .ts finds them in dist.
export const ENTRY_POINTS = [
  "src/main.ts",
  "src/port/kept-code.ts",
  "src/app-engine.ts",
  "src/driver/spawn-host-main.ts",
  "src/driver/spawn-host-boot.ts",
  "src/arm/day-budget-here.ts",
  "src/arm/past-costs.ts",
  "src/arm/told.ts",
  "src/arm/rehearsals.ts",
  "src/driver/agents-here.ts",
  "src/driver/content/content-here.ts",
  "src/cli/deciding/question-lines.ts",
  "src/driver/workers-here.ts",
  "src/driver/classify-outcome.ts",
  "src/driver/reattach.ts",
  "src/git/repository.ts",
  "src/spec/cron.ts",
  "src/spec/issues.ts",
  "src/spec/json-positions.ts",
  "src/spec/re2.ts",
  "src/spec/read-yaml.ts",
  "src/spec/read-targets.ts",
  "src/spec/schema-smallest.ts",
  "src/spec/user-file.ts",
  "src/spec/skills.ts",
  "src/spec/worker-file.ts",
  "src/spec/project-file.ts",
  "src/driver/views.ts",
  "src/work/cache.ts",
  "src/work/carried.ts",
  "src/work/push-guard.ts",
  "src/work/wide.ts",
];

// Built apart, with a copy of its own of what it shares with us: the bundler puts a whole file beside whoever can reach
// it, and the libraries of these reach all of zod, which no run may pay for.
const APART = ["src/cli/mcp/mcp-sdk.ts", "src/driver/acp/bridge-main.ts", "src/driver/deploy/deploy-main.ts"];

export const ASSETS = ["agents", "workers", "examples", "templates", "plugin", "README.md", "LICENSE"];

// What always comes together lies in one file: Node needs about a millisecond to find, read and link each. In this order,
// each without what those before it hold: the spawn host is a process of its own and must stay small; every command
// begins with the application; a run needs the engine and what is its own. Of what a run needs, commands that must be
// quick need a part as well, which lies apart for them: what looks, reads decapod.yaml, keeps the journal, moves MAIN_TASK.
const LOOKING = ["status", "runs", "main-task-read"].map(command);
const MOVING = ["src/exchange/maintask/cursors.ts", command("main-task-update")];
const RUN = ["src/app.ts", "src/app-engine.ts", command("run")];
const TOGETHER = {
  host: ["src/driver/spawn-host-process.ts"],
  start: ["src/app.ts"],
  looking: LOOKING,
  setting: ["src/spec/project-file.ts"],
  keeping: ["src/host/embedded/with-journal.ts"],
  moving: MOVING,
  engine: ["src/app-engine.ts"],
  running: RUN,
};
// And what they have that no run needs.
const BESIDE = { looks: LOOKING, moves: MOVING };

function command(name) {
  return `src/cli/commands/${name}.ts`;
}

// Only reachable through files that export all of a library, and used by parts of their own.
const BY_ITSELF = /node_modules\/zod\/v4\/core\/to-json-schema\.js$/;

/**
 * Builds into `folder`, which it empties first. Returns the files of code:
 * `{ file, bytes, entry: path or null, imports: files, modules: { path: bytes } }`.
 */
export async function buildInto(folder) {
  const missing = [...ENTRY_POINTS, ...APART].filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0)
    throw new Error(`entry points of scripts/build.mjs do not exist: ${missing.join(", ")}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = await bundle(folder, ENTRY_POINTS, splitting());
  for (const file of APART) files.push(...(await bundle(folder, [file], { codeSplitting: false })));
  for (const name of ASSETS) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  writeDigest(folder, files);
  const { name, version, description, license, author, engines } = readPackage();
  const brings = { bin: { decapod: "main.js" }, man: "decapod.1" };
  const shipped = { name, version, description, license, author, type: "commonjs", engines, ...brings };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES"), licensesOf(files));
  chmodSync(join(folder, "main.js"), 0o755);
  const page = execFileSync(process.execPath, [join(folder, "main.js"), "man"]);
  writeFileSync(join(folder, "decapod.1"), page);
  return files;
}

/**
 * Into the file that keeps compiled code, so that what was kept of another build is not taken for that of this one, and
 * under each file of code: one that has been replaced since is told by it.
 */
function writeDigest(folder, files) {
  const texts = new Map(files.map(({ file }) => [file, readFileSync(join(folder, file), "latin1")]));
  const hash = createHash("sha256");
  for (const name of [...texts.keys()].sort()) hash.update(texts.get(name));
  const digest = hash.digest("hex").slice(0, DIGEST_STAND_IN.length);
  const holders = [...texts.values()].filter((text) => text.includes(DIGEST_STAND_IN));
  if (holders.length !== 1) throw new Error(`${DIGEST_STAND_IN} stands in ${holders.length} files`);
  for (const [name, text] of texts)
    writeFileSync(join(folder, name), `${text.replace(DIGEST_STAND_IN, digest)}\n// ${digest}\n`, "latin1");
}

async function bundle(folder, entries, { codeSplitting, plugin }) {
  const { output } = await build({
    cwd: root,
    input: Object.fromEntries(entries.map((file) => [basename(file, ".ts"), file])),
    platform: "node",
    preserveEntrySignatures: "allow-extension",
    // yaml sends Node to its CommonJS form, of which nothing can be left out.
    resolve: { alias: { yaml: join(root, "node_modules/yaml/browser/index.js") } },
    treeshake: { propertyReadSideEffects: false },
    plugins: [builtinsByProcess, versionAlone, jsonSchemaApart, plugin],
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
    output: {
      dir: folder,
      format: "cjs",
      entryFileNames: "[name].js",
      chunkFileNames: "[name]-[hash].js",
      charset: "ascii",
      comments: { legal: true, annotation: false, jsdoc: false },
      sourcemap: true,
      sourcemapExcludeSources: true,
      polyfillRequire: false,
      codeSplitting,
    },
  });
  return output.filter(({ type }) => type === "chunk").map(fileOf);
}

function fileOf({ fileName, code, facadeModuleId, imports, modules }) {
  const named = Object.entries(modules).map(([id, { renderedLength }]) => [
    relative(root, id),
    renderedLength,
  ]);
  return {
    file: fileName,
    bytes: Buffer.byteLength(code),
    entry: facadeModuleId === null ? null : relative(root, facadeModuleId),
    imports,
    modules: Object.fromEntries(named),
  };
}

/** The groups, with the plugin that learns who imports whom. What is in none is left to the bundler. */
function splitting() {
  const groupOf = new Map();
  const plugin = {
    name: "together",
    buildEnd() {
      const importsOf = (id) => this.getModuleInfo(id)?.importedIds ?? [];
      const reached = (entries) =>
        reachedFrom(
          entries.map((entry) => join(root, entry)),
          importsOf,
        );
      const ofRuns = reached([...TOGETHER.host, ...RUN]);
      const assign = (groups, isMeant) => {
        for (const [name, entries] of Object.entries(groups))
          for (const id of reached(entries))
            if (!groupOf.has(id) && !isApart(id) && isMeant(id)) groupOf.set(id, name);
      };
      assign(TOGETHER, (id) => ofRuns.has(id));
      assign(BESIDE, () => true);
    },
  };
  const group = (name, index) => ({ name, priority: -index, test: (id) => groupOf.get(id) === name });
  const groups = Object.keys({ ...TOGETHER, ...BESIDE }).map(group);
  return { plugin, codeSplitting: { includeDependenciesRecursively: false, groups } };
}

function isApart(id) {
  return BY_ITSELF.test(id) || ENTRY_POINTS.includes(relative(root, id));
}

function reachedFrom(starts, importsOf) {
  const reached = new Set(starts);
  for (const id of reached) for (const imported of importsOf(id)) reached.add(imported);
  return reached;
}

// Of our own package.json a program only wants to know its version.
const versionAlone = {
  name: "version-alone",
  load(id) {
    if (id !== join(root, "package.json")) return null;
    return { code: JSON.stringify({ version: readPackage().version }), moduleType: "json" };
  },
};

const BUILTIN = "\0builtin:";
// These take Node some milliseconds each to load, and many commands never call them.
const LATE_BUILTINS = ["node:child_process", "node:crypto"];
const builtinsByProcess = {
  name: "builtins-by-process",
  resolveId: (path) => (isBuiltin(path) ? `${BUILTIN}${path.replace(/^(?:node:)?/, "node:")}` : null),
  load(id) {
    if (!id.startsWith(BUILTIN)) return null;
    const name = id.slice(BUILTIN.length);
    const found = process.getBuiltinModule(name);
    const names = Object.keys(found).filter((key) => key !== "default");
    const isLate = (key) => LATE_BUILTINS.includes(name) && isPlainFunction(key, found[key]);
    const whole = LATE_BUILTINS.includes(name) ? "new Proxy({}, { get: (_, key) => load()[key] })" : "load()";
    const code = [
      `const load = () => process.getBuiltinModule(${JSON.stringify(name)});`,
      `const builtin = /*#__PURE__*/ ${whole};`,
      "export default builtin;",
      ...names.map((key, index) => {
        const value = isLate(key) ? `(...given) => load().${key}(...given)` : `builtin.${key}`;
        return `const v${index} = ${value}; export { v${index} as ${key} };`;
      }),
    ];
    return { code: code.join("\n"), moduleSideEffects: false };
  },
};

/** One that is only called: no class, and nothing hangs on it. */
function isPlainFunction(name, value) {
  const own = ["length", "name", "prototype"];
  return (
    typeof value === "function" &&
    /^[a-z]/.test(name) &&
    Reflect.ownKeys(value).every((key) => own.includes(key))
  );
}

// The bundler puts a whole file beside whoever can reach it. zod's front files reach its JSON Schema half, which only
// `workflow schema` needs: they find nothing there, and our one file that makes JSON Schema goes to it straight.
const ABSENT = "\0absent";
const jsonSchemaApart = {
  name: "json-schema-apart",
  resolveId(path, importer = "") {
    if (path === "zod/v4/core" && importer.endsWith("/src/spec/schema-json.ts"))
      return join(root, "node_modules/zod/v4/core/json-schema-processors.js");
    const isHalf = /\/json-schema-(?:processors|generator)\.js$/.test(path);
    return isHalf && /\/zod\/v4\/(?:mini\/external|core\/index)\.js$/.test(importer) ? ABSENT : null;
  },
  load: (id) => (id === ABSENT ? "export const toJSONSchema = null, JSONSchemaGenerator = null;" : null),
};

/** The words of whoever wrote a part of what is shipped, as each of their licences asks. */
function licensesOf(files) {
  const packages = new Set();
  for (const { modules } of files)
    for (const path of Object.keys(modules)) {
      const [, found] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (found !== undefined) packages.add(found);
    }
  return [...packages].sort().map(licenseOf).join("\n\n");
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const files = licenceFiles(folder);
  const lender = LICENCE_BESIDE[name.split("/")[0]];
  if (files.length === 0 && lender !== undefined) {
    const shared = readFileSync(join(root, "node_modules", lender, "LICENSE"), "utf8").trim();
    return `${name} ${version} (${license})\n\n${shared}`;
  }
  if (files.length === 0) throw new Error(`${name} has no file with its licence (${license})`);
  const texts = files.sort().map((file) => readFileSync(join(root, folder, file), "utf8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}

function licenceFiles(folder) {
  return readdirSync(join(root, folder)).filter((file) => /^(?:licen[cs]e|notice)\b/i.test(file));
}

/** Some of these makers' packages are published without the file that the others have. */
const LICENCE_BESIDE = { "@aws-sdk": "@aws-sdk/client-s3" };

function readPackage() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

if (import.meta.main) {
  const [folderName = "dist", listPath] = process.argv.slice(2);
  const folder = resolve(root, folderName);
  try {
    const files = await buildInto(folder);
    if (listPath !== undefined) writeFileSync(listPath, JSON.stringify(files));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    process.stdout.write(
      `build: ${files.length} files of code, ${Math.round(bytes / 1024)} KiB, in ${folder}\n`,
    );
  } catch (error) {
    process.stderr.write(`build: ${error.message}\n`);
    process.exit(1);
  }
}
