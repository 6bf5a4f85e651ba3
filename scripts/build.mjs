// Makes dist: the bundle, what it reads at run time, and a package.json of its own for the registry.
// Not minified (on an uncaught error Node would print the whole one-line source), no banner, builtins by
// process.getBuiltinModule (cheaper at start than ESM imports of them).
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, join, resolve } from "node:path";
import { build, transform } from "esbuild";

const root = join(import.meta.dirname, "..");

// Files that are started or loaded by path, not by import, must be entry points: a bundler does not follow
// `new URL("./x.ts", import.meta.url)`. All of them lie flat beside each other and beside the chunks, so that
// the same relative URL with .js for .ts finds them in dist.
export const ENTRY_POINTS = [
  "src/main.ts",
  "src/driver/spawn-host-main.ts",
  "src/driver/agents-here.ts",
  "src/spec/re2.ts",
  "src/spec/read-yaml.ts",
  "src/spec/schema-smallest.ts",
  "src/work/cache.ts",
  "src/work/wide.ts",
];

// Built apart, with a copy of its own of what it shares with us: the bundler puts a whole file beside whoever can reach
// it, and the libraries of these reach all of zod, which no run may pay for.
export const APART = ["src/cli/mcp/mcp-sdk.ts", "src/driver/acp/bridge-main.ts"];

export const ASSETS = ["agents", "examples", "templates", "plugin", "README.md", "LICENSE"];

/** Builds into `folder`, which it empties first; returns esbuild's metafile. */
export async function buildInto(folder) {
  const missing = [...ENTRY_POINTS, ...APART].filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0)
    throw new Error(`entry points of scripts/build.mjs do not exist: ${missing.join(", ")}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const shared = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    minify: false,
    sourcemap: "linked",
    sourcesContent: false,
    metafile: true,
    logLevel: "warning",
  };
  const { metafile } = await build({
    ...shared,
    entryPoints: Object.fromEntries(ENTRY_POINTS.map((file) => [basename(file, ".ts"), file])),
    splitting: true,
    // yaml sends Node to its CommonJS form, of which nothing can be left out.
    alias: { yaml: join(root, "node_modules/yaml/browser/index.js") },
    plugins: [builtinsByProcess, versionAlone, jsonSchemaApart, withoutComments],
  });
  for (const file of APART) {
    const apart = await build({
      ...shared,
      entryPoints: { [basename(file, ".ts")]: file },
      plugins: [builtinsByProcess, withoutComments],
    });
    for (const half of ["inputs", "outputs"]) Object.assign(metafile[half], apart.metafile[half]);
  }
  for (const name of ASSETS) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const { name, version, description, license, author, type, engines } = readPackage();
  const brings = { bin: { decapod: "main.js" }, man: "decapod.1" };
  const shipped = { name, version, description, license, author, type, engines, ...brings };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
  chmodSync(join(folder, "main.js"), 0o755);
  const page = execFileSync(process.execPath, [join(folder, "main.js"), "man"]);
  writeFileSync(join(folder, "decapod.1"), page);
  return metafile;
}

// Of our own package.json a program only wants to know its version.
const versionAlone = {
  name: "version-alone",
  setup({ onLoad }) {
    const own = join(root, "package.json");
    onLoad({ filter: /\/package\.json$/ }, ({ path }) =>
      path === own ? { contents: JSON.stringify({ version: readPackage().version }), loader: "json" } : null,
    );
  },
};

const builtinsByProcess = {
  name: "builtins-by-process",
  setup({ onResolve, onLoad }) {
    const bare = new Set(builtinModules);
    onResolve({ filter: /^[a-z][a-z:/_]*$/ }, ({ path, kind }) => {
      if (kind === "entry-point" || !(path.startsWith("node:") || bare.has(path))) return null;
      return { path: path.startsWith("node:") ? path : `node:${path}`, namespace: "builtin" };
    });
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

// The bundler puts a whole file beside whoever can reach it. zod's front files reach its JSON Schema half, which only
// `workflow schema` needs: they find nothing there, and our one file that makes JSON Schema goes to it straight.
const jsonSchemaApart = {
  name: "json-schema-apart",
  setup({ onResolve, onLoad }) {
    const processors = "node_modules/zod/v4/core/json-schema-processors.js";
    onResolve({ filter: /^zod\/v4\/core$/ }, ({ importer }) =>
      importer.endsWith("/src/spec/schema-json.ts") ? { path: join(root, processors) } : null,
    );
    onResolve({ filter: /\/json-schema-(?:processors|generator)\.js$/ }, ({ importer }) =>
      /\/zod\/v4\/(?:mini\/external|core\/index)\.js$/.test(importer)
        ? { path: "absent", namespace: "absent" }
        : null,
    );
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: "export const toJSONSchema = null, JSONSchemaGenerator = null;",
      loader: "js",
    }));
  },
};

// The bundler keeps comments inside classes, a sixth of the bundle. Not for zod: its /* @__PURE__ */ marks let the
// bundler leave most of it out. Of our own files names and lines stay: the map is handed on.
const withoutComments = {
  name: "without-comments",
  setup({ onLoad }) {
    onLoad({ filter: /\/node_modules\/(?:commander|yaml)\/.*\.js$/ }, async ({ path }) => {
      const text = readFileSync(path, "utf8");
      const { code } = await transform(text, {
        minifyWhitespace: true,
        minifySyntax: true,
        legalComments: "inline",
      });
      return { contents: code, loader: "js" };
    });
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), {
        loader: "ts",
        sourcefile: basename(path),
        sourcemap: "inline",
        sourcesContent: false,
        minifyWhitespace: true,
      });
      return { contents: code, loader: "js" };
    });
  },
};

function readPackage() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}

if (import.meta.main) {
  const [folderName = "dist", metafilePath] = process.argv.slice(2);
  const folder = resolve(root, folderName);
  try {
    const metafile = await buildInto(folder);
    if (metafilePath !== undefined) writeFileSync(metafilePath, JSON.stringify(metafile));
    const code = Object.entries(metafile.outputs).filter(([path]) => path.endsWith(".js"));
    const bytes = code.reduce((sum, [, output]) => sum + output.bytes, 0);
    process.stdout.write(
      `build: ${code.length} files of code, ${Math.round(bytes / 1024)} KiB, in ${folder}\n`,
    );
  } catch (error) {
    process.stderr.write(`build: ${error.message}\n`);
    process.exit(1);
  }
}
