/**
 * Compiled code of our own files, kept from one start to the next. What Node itself keeps of a file is what loading it
 * compiles; the functions that a command goes on to call would be compiled anew at every start, a third of what a run
 * does before its first task. So each command leaves what it had compiled by its end. Only for the bundle.
 */
// By hand: what the bundler makes of imports lies in files that are to be loaded by what stands here.
const { getBuiltinModule } = process;
const files = getBuiltinModule("node:fs");
const { Module, createRequire } = getBuiltinModule("node:module");
const { basename, dirname, join } = getBuiltinModule("node:path");
const { fileURLToPath } = getBuiltinModule("node:url");
const { Script } = getBuiltinModule("node:vm");

/**
 * Stands for what all files of the bundle hold: scripts/build.mjs puts their digest here, and under each of them. V8 only
 * compares lengths.
 */
const BUILD = "digest-of-the-build";
/** So many builds are kept beside each other; the oldest go. */
const BUILDS_MAX = 4;
/** How a command ends that was called wrongly: a slip of the pen leaves no file. */
const USAGE = 2;

interface Kept {
  readonly code: Map<string, Buffer>;
  /** False: of a command that had not ended. */
  readonly isWhole: boolean;
}

let save = (_isEnd: boolean): void => {};

/** Flags of V8 may be set from now on: code that was compiled under others is not taken. */
export function saveKeptCode(): void {
  save(false);
}

/**
 * Each command has code of its own, for each calls other functions. `folder`: where all of it is kept, for a process that
 * has no environment to find it by.
 */
export function keepCode(command: string, folder: string | null = codeFolder()): void {
  const here = fileURLToPath(import.meta.url);
  const cache = isBundled(here) && isPlain() ? ownFolder(folder) : null;
  if (cache === null) return;
  const build = join(cache, `${BUILD}-${process.version}-${process.arch}`);
  const file = join(build, `${/^[a-z][a-z-]{1,19}$/.test(command) ? command : "decapod"}.code`);
  const { code, isWhole } = readKept(file);
  const scripts = new Map<string, InstanceType<typeof Script>>();
  let isNew = false;
  loadBy(dirname(here), (name, path) => {
    const text = files.readFileSync(path, "utf8");
    // Another build was put there since: it runs as it would without us.
    if (!text.endsWith(`// ${BUILD}\n`)) return new Script(wrapped(text), { filename: path });
    const cachedData = code.get(name);
    const script = new Script(wrapped(text), { filename: path, ...(cachedData && { cachedData }) });
    isNew ||= script.cachedDataRejected !== false;
    scripts.set(name, script);
    return script;
  });
  save = (isEnd) => {
    save = () => {};
    if (isEnd ? isNew || !isWhole : code.size === 0)
      attempt(() => {
        for (const [name, script] of scripts) code.set(name, script.createCachedData());
        writeKept(file, { code, isWhole: isEnd });
      });
    code.clear();
    scripts.clear();
  };
  process.once("exit", (code) => {
    if (code !== USAGE) save(true);
  });
}

/**
 * Files of the bundle are compiled by us, all others as ever. They find each other without Node looking for them: all
 * lie in one folder, and are asked for by the names that they have there.
 */
function loadBy(folder: string, compile: (name: string, path: string) => InstanceType<typeof Script>): void {
  const { extensions, cache } = createRequire(import.meta.url);
  const others = extensions[".js"];
  const load = (module: NodeJS.Module, path: string) => {
    const run = compile(basename(path), path).runInThisContext() as (...given: unknown[]) => void;
    const find = (id: string) => (id.startsWith("./") ? beside(join(folder, id)) : module.require(id));
    run.call(module.exports, module.exports, find, module, path, folder);
  };
  const beside = (path: string): unknown => {
    const known = cache[path];
    if (known !== undefined) return known.exports;
    const module = new Module(path);
    module.filename = path;
    // Before it is loaded, for files that need each other.
    cache[path] = module;
    try {
      load(module, path);
      module.loaded = true;
    } finally {
      if (!module.loaded) delete cache[path];
    }
    return module.exports;
  };
  extensions[".js"] = (module, path) =>
    dirname(path) === folder ? load(module, path) : others(module, path);
}

/** The line of the code stays the line of the file. */
function wrapped(text: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
}

function isBundled(here: string): boolean {
  return here.endsWith(".js");
}

/** With options of its own V8 compiles otherwise, and a stack leads to our sources through Node's own loader alone. */
function isPlain(): boolean {
  return process.execArgv.length === 0 && !process.env.NODE_OPTIONS && !process.argv.includes("--debug");
}

/** Where Node was told to keep compiled code, or below the user's own cache; null: nowhere. */
export function codeFolder(): string | null {
  const { NODE_COMPILE_CACHE: told, NODE_DISABLE_COMPILE_CACHE: isOff, XDG_CACHE_HOME, HOME } = process.env;
  const base = XDG_CACHE_HOME?.startsWith("/") ? XDG_CACHE_HOME : HOME && join(HOME, ".cache");
  const folder = told ? join(told, "decapod") : base && join(base, "decapod", "compile");
  return folder && isOff !== "1" ? folder : null;
}

/** What lies there is executed, so it is the user's own and closed to others, or it is not used. */
function ownFolder(folder: string | null): string | null {
  // What lies where we happen to stand may be anybody's.
  if (!folder?.startsWith("/")) return null;
  return attempt(() => {
    makeFolder(folder);
    const found = files.lstatSync(folder);
    const isOwn = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
    return isOwn ? folder : null;
  });
}

/** Node's own way to make a whole path never comes back from a place like /proc. */
function makeFolder(path: string): void {
  if (files.existsSync(path)) return;
  makeFolder(dirname(path));
  files.mkdirSync(path, { mode: 0o700 });
}

/** A line with the names and sizes in bytes, then one after the other. */
function readKept(file: string): Kept {
  const nothing = { code: new Map<string, Buffer>(), isWhole: false };
  const read = attempt(() => {
    const bytes = files.readFileSync(file);
    let at = bytes.indexOf("\n") + 1;
    const { sizes, isWhole } = JSON.parse(bytes.toString("latin1", 0, at)) as Head;
    const code = new Map<string, Buffer>();
    for (const [name, size] of sizes) {
      code.set(name, bytes.subarray(at, at + size));
      at += size;
    }
    return at === bytes.length ? { code, isWhole } : null;
  });
  return read ?? nothing;
}

interface Head extends Pick<Kept, "isWhole"> {
  readonly sizes: readonly (readonly [name: string, bytes: number])[];
}

/** Whole and on the disk before it is found under its name: V8 would execute a half as well. */
function writeKept(file: string, { code, isWhole }: Kept): void {
  const build = dirname(file);
  if (files.mkdirSync(build, { recursive: true, mode: 0o700 }) !== undefined) removeOld(dirname(build));
  const fresh = `${file}.${process.pid}`;
  const opened = files.openSync(fresh, "wx", 0o600);
  try {
    const head: Head = { isWhole, sizes: [...code].map(([name, { length }]) => [name, length]) };
    const whole = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...code.values()]);
    for (let at = 0; at < whole.length; ) at += files.writeSync(opened, whole, at);
    files.fsyncSync(opened);
    files.renameSync(fresh, file);
  } catch {
    // A disk that is full is not filled further.
    files.unlinkSync(fresh);
  } finally {
    files.closeSync(opened);
  }
}

function removeOld(cache: string): void {
  const made = (name: string) => files.lstatSync(join(cache, name)).mtimeMs;
  const builds = files.readdirSync(cache).sort((one, other) => made(other) - made(one));
  for (const name of builds.slice(BUILDS_MAX))
    files.rmSync(join(cache, name), { recursive: true, force: true });
}

/** A home that is read-only, full or not there costs some milliseconds, nothing else. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
