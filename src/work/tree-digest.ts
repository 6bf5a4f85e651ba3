/** A folder as it lies there, by content: every name, every byte, and where links lead that leave it. Lets the loop go on between pieces. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Artefact } from "../core/measured.ts";
import { type Clock, nextTurn } from "../port/clock.ts";
import type { Files } from "../port/files.ts";

const PIECE_BYTES = 1024 * 1024;

export interface DigestPorts {
  readonly files: Files;
  readonly clock: Pick<Clock, "soon">;
}

/** `path` is told to people, `each` the name of every file; null: there is no such folder or file. */
export async function treeDigest(
  ports: DigestPorts,
  root: string,
  path: string,
  each: (name: string) => void = () => {},
): Promise<Artefact | null> {
  const stat = ports.files.statTarget(root);
  if (stat === null) return null;
  const base = ports.files.realPath(root);
  const whole = createHash("sha256");
  let [count, bytes, sinceRest] = [0, 0, 0];
  for (const name of namesBelow(ports.files, base, stat.kind === "folder" ? null : "")) {
    const full = name === "" ? base : join(base, name);
    const own = ports.files.stat(full);
    const real = own?.kind === "link" ? insideFile(ports.files, base, full) : full;
    const one = real === null ? own : ports.files.stat(real);
    const content =
      one?.kind === "file" ? await fileDigest(ports, real ?? full) : linkOf(ports.files, full, one?.kind);
    whole.update(`${JSON.stringify(name)} ${one?.kind ?? "gone"} ${content}\n`);
    count += 1;
    each(name);
    bytes += one?.size ?? 0;
    sinceRest += (one?.size ?? 0) + FILE_COST_BYTES;
    if (sinceRest < PIECE_BYTES) continue;
    sinceRest = 0;
    await nextTurn(ports.clock);
  }
  return { path, digest: whole.digest("hex"), files: count, bytes };
}

/** What opening a file costs, as bytes that could have been read instead. */
const FILE_COST_BYTES = 16 * 1024;

function* namesBelow(files: Files, root: string, folder: string | null): Generator<string> {
  if (folder === "") return yield "";
  const below = folder ?? "";
  for (const { name, kind } of files.list(join(root, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (kind === "folder") yield* namesBelow(files, root, path);
    else yield path;
  }
}

async function fileDigest(ports: DigestPorts, path: string): Promise<string> {
  const file = ports.files.open(path, "read");
  try {
    const hash = createHash("sha256");
    for (let at = 0; ; ) {
      const piece = file.read(at, PIECE_BYTES);
      hash.update(piece);
      at += piece.length;
      if (piece.length < PIECE_BYTES) return hash.digest("hex");
      await nextTurn(ports.clock);
    }
  } finally {
    file.close();
  }
}

/** A link to a file of the folder stands for that file, as it does for whoever deploys it; null: it leads elsewhere. */
function insideFile(files: Files, base: string, path: string): string | null {
  if (files.statTarget(path)?.kind !== "file") return null;
  const real = files.realPath(path);
  return real.startsWith(`${base}/`) ? real : null;
}

function linkOf(files: Files, path: string, kind: string | undefined): string {
  return kind === "link" ? JSON.stringify(files.readLink(path)) : "";
}
