/** Starting a spawn host's process, before or when somebody knows what for. */
import { fileURLToPath } from "node:url";
import { present } from "../core/invariant.ts";
import { realClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { codeFolder } from "../port/kept-code.ts";
import { realProcessTable } from "../port/process-table.ts";
import { type Pipe, realSpawn } from "../port/spawn.ts";
import type { ProcessPorts } from "./process-end.ts";

export const REAL_SPAWN_HOST_PORTS: ProcessPorts = {
  clock: realClock,
  files: realFiles,
  spawn: realSpawn,
  table: realProcessTable,
};

/** An entry point of its own, in the sources and in the bundle. */
const HOST_PROGRAM = fileURLToPath(
  new URL(`./spawn-host-main.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url),
);
/** A host's process, got ready before anybody knows what for. */
export interface BootedHost {
  readonly socket: Pipe;
  /** For the second host. */
  readonly spare: Pipe;
  readonly program: string;
  /** Nothing will be started: it leaves. */
  discard(): void;
}

/** Returns at once; the process gets ready meanwhile. */
export function bootSpawnHost(
  ports: ProcessPorts = REAL_SPAWN_HOST_PORTS,
  program: string = HOST_PROGRAM,
): BootedHost {
  let pipes: readonly (Pipe | null)[] = [];
  let trouble: Error | null = null;
  ports.spawn.start(
    // By an argument: who is started by it sees a PATH in its environment and nothing else (C5).
    [process.execPath, program, codeFolder() ?? ""],
    {
      folder: "/",
      environment: { PATH: process.env.PATH ?? "" },
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      ownSession: true,
    },
    {
      started: (host) => {
        pipes = host.pipes;
        host.release();
      },
      failed: (error) => {
        trouble = error;
      },
      exited: () => {},
    },
  );
  if (trouble !== null) throw trouble;
  const socket = present(pipes[3], "the spawn host's socket");
  const spare = present(pipes[4], "the spare socket");
  spare.unref();
  spare.on("error", () => {});
  return {
    socket,
    spare,
    program,
    discard: () => {
      socket.destroy();
      spare.destroy();
    },
  };
}
