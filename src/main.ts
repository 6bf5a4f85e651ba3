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
// A stack then names our source files; it must be said before they are loaded, and costs too much to be said always.
if (process.argv.includes("--debug")) process.setSourceMapsEnabled(true);
void start();

async function start(): Promise<void> {
  const { keepCode } = await import("./port/kept-code.ts");
  keepCode(process.argv[2] ?? "");
  const { main } = await import("./app.ts");
  await main(process.argv.slice(2));
}

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
