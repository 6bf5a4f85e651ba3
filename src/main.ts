#!/usr/bin/env node
// No static import stands here, in source or bundle: an old Node must reach the check below, and not die of a
// builtin that it lacks. test/ground.test.ts holds the line equal to the one of scripts/node-floor.mjs.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `decapod: needs Node 24.11 or newer, this is ${process.versions.node}; install it from https://nodejs.org and try again\n`,
  );
  process.exit(6);
}
refuseDeletedFolder();
keepCompiledCode();
// A stack then names our source files; it must be said before they are loaded, and costs too much to be said always.
if (process.argv.includes("--debug")) process.setSourceMapsEnabled(true);
const { main } = await import("./app.ts");
await main(process.argv.slice(2));

/** Everything after it asks where it is. */
function refuseDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    process.stderr.write(
      "error E_NOT_FOUND the current folder was deleted\n  try: cd into one that is there\n",
    );
    process.exit(10);
  }
}

/**
 * Node would keep compiled code in a folder of fixed name below the shared temporary folder, and what lies there is
 * executed. So the folder is the user's own and closed to others, or there is no cache.
 */
function keepCompiledCode(): void {
  const { env } = process;
  const base = env.XDG_CACHE_HOME?.startsWith("/") ? env.XDG_CACHE_HOME : env.HOME && `${env.HOME}/.cache`;
  if (!base || env.NODE_COMPILE_CACHE !== undefined) return;
  const folder = `${base}/decapod/compile`;
  try {
    const { mkdirSync, lstatSync } = process.getBuiltinModule("node:fs");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    const isOwn = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
    if (isOwn) process.getBuiltinModule("node:module").enableCompileCache(folder);
  } catch {
    // A read-only home costs a few milliseconds, nothing else.
  }
}
