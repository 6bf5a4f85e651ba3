/**
 * Where an owner can be talked to: a socket in the state folder, which only its user can reach. The path of a socket
 * has at most some hundred bytes; a project that lies deeper has its socket in the user's runtime folder. Whoever
 * holds the owner's lock may take the place of a socket that nobody listens at; what is anything else is left alone.
 */
import { connect, type Server } from "node:net";
import { join } from "node:path";
import { bad, good, type Result } from "../core/problem.ts";
import type { Clock } from "../port/clock.ts";
import { errorCode, type Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";

export const SOCKET_FILE = "owner.sock";
/** Linux takes 107, macOS 103. */
export const SOCKET_PATH_BYTES_MAX = 100;
/** How often the socket's file is looked for: folders of temporary files are swept, and people tidy. */
const LOOK_MS = 2_500;

export interface SocketPlace {
  readonly stateFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
}

export interface OpenSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** Listens at the first place that is free. `moved` is called when the file had gone and the socket is open again. */
export async function openSocket(
  server: Server,
  place: SocketPlace,
  { clock, moved }: { readonly clock: Clock; readonly moved: (path: string) => void },
): Promise<Result<OpenSocket>> {
  const opened = await listenAnywhere(server, place);
  if (!opened.ok) return opened;
  let now = opened.value;
  let isClosed = false;
  let cancel = () => {};
  const look = async () => {
    if (place.files.stat(now.path)?.inode !== now.inode) {
      // Those who are connected stay so: only the door is hung anew.
      server.close();
      const again = await listenAnywhere(server, place);
      if (again.ok) now = again.value;
      if (!isClosed && again.ok) moved(now.path);
    }
    if (!isClosed) cancel = clock.after(LOOK_MS, () => void look());
  };
  cancel = clock.after(LOOK_MS, () => void look());
  return good({
    get path() {
      return now.path;
    },
    close: async () => {
      isClosed = true;
      cancel();
      // Closing removes the file.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

interface Listening {
  readonly path: string;
  readonly inode: number;
}

async function listenAnywhere(server: Server, place: SocketPlace): Promise<Result<Listening>> {
  let trouble = "no folder for it";
  for (const path of socketPaths(place)) {
    try {
      if (!(await isFree(path, place.files))) continue;
      await listen(server, path);
      place.files.setMode(path, 0o600);
      return good({ path, inode: place.files.stat(path)?.inode ?? -1 });
    } catch (error) {
      trouble = errorCode(error);
    }
  }
  return bad({
    code: "E_IO",
    message: `other terminals cannot reach this process: its socket cannot be opened (${trouble})`,
  });
}

/** In the order in which they are tried. */
export function* socketPaths({ stateFolder, environment, files }: SocketPlace): Generator<string> {
  const own = join(stateFolder, SOCKET_FILE);
  if (isShort(own)) yield own;
  const name = sha256(files.realPath(stateFolder)).slice(0, 20);
  for (const folder of runtimeFolders(environment)) {
    const paths = [join(folder, `${name}.sock`), join(folder, `${name}-${process.pid}.sock`)];
    if (paths.every(isShort) && isOurs(files, folder)) yield* paths;
  }
}

function isShort(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX;
}

function runtimeFolders({ XDG_RUNTIME_DIR, HOME }: SocketPlace["environment"]): readonly string[] {
  const bases = [XDG_RUNTIME_DIR, HOME === undefined ? undefined : join(HOME, ".cache")];
  const known = bases.flatMap((base) => (base?.startsWith("/") === true ? [join(base, "decapod")] : []));
  return [...known, `/tmp/decapod-${userId()}`];
}

function userId(): number {
  return process.getuid?.() ?? -1;
}

/** A folder that is ours and closed to others; made when it is missing. Anybody may have made one below /tmp. */
function isOurs(files: Files, folder: string): boolean {
  try {
    files.makeFolder(folder);
    const found = files.stat(folder);
    return found?.kind === "folder" && found.user === userId() && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Nothing is there, or a socket that nobody listens at any more. */
async function isFree(path: string, files: Files): Promise<boolean> {
  const found = files.stat(path);
  if (found === null) return true;
  if (found.kind !== "other" || !(await isDeaf(path))) return false;
  return files.remove(path);
}

function isDeaf(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve(errorCode(error) === "ECONNREFUSED"));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(error);
    server.once("error", failed);
    server.listen({ path, exclusive: true }, () => {
      server.off("error", failed);
      resolve();
    });
  });
}
