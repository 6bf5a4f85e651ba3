/**
 * The spawn host: a small process that starts all others, because starting one from a large process holds it up for
 * milliseconds. It lives in its own session, hears the engine over descriptor 3, keeps descriptor 4 for a second host,
 * and outlives the engine until its last child has ended.
 */
import { realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { closeDescriptor, closeForeignDescriptors, inheritedSocket } from "../port/pipe.ts";
import { realProcessTable } from "../port/process-table.ts";
import { realSpawn } from "../port/spawn.ts";
import { runHost } from "./spawn-host-loop.ts";

const ENGINE = 3;
const SPARE = 4;
/** A host that stumbles goes on, for its children's sake; one that only stumbles does not. */
const BUGS_MAX = 100;

/** This process is one from now on. */
export function beSpawnHost(): void {
  // Terminal signals are for the engine, which decides what becomes of the children.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});
  closeForeignDescriptors();
  const ports = { clock: realClock, files: realFiles, spawn: realSpawn, table: realProcessTable };
  let bugs = 0;
  const host = runHost(inheritedSocket(ENGINE), ports, {
    pid: process.pid,
    startSecond,
    setMask: (mask) => void process.umask(mask),
    leave: () => process.exit(0),
  });
  process.on("uncaughtException", (error) => {
    bugs += 1;
    host.bug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    if (bugs > BUGS_MAX) process.exit(70);
  });
}

/** On the spare socket, which is its own from then on. */
function startSecond(): void {
  const argv = [process.execPath, ...process.argv.slice(1)];
  const options = {
    folder: "/",
    environment: { PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "ignore", "ignore", SPARE],
    ownSession: true,
  } as const;
  realSpawn.start(argv, options, {
    started: (second) => second.release(),
    failed: () => {},
    exited: () => {},
  });
  closeDescriptor(SPARE);
}
