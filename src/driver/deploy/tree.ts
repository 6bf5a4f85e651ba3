/** The files to deploy as they lie here: found, looked through for what must not be published, and measured. */
import { createHash } from "node:crypto";
import { join, sep } from "node:path";
import { compileGlob } from "../../core/glob.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";
import type { Files } from "../../port/files.ts";
import { makeScan, OVERLAP_BYTES, type Scan } from "./scan.ts";

export interface LocalFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  /** Where its bytes lie. */
  readonly from: string;
  readonly size: number;
  /** What S3 calls an object of these bytes, uploaded in parts of PART_BYTES when it is larger than one. */
  readonly etag: string;
  /** md5 of each of its parts. */
  readonly parts: readonly string[];
  readonly sha256: string;
}

export interface TreeRules {
  readonly exclude: readonly string[];
  readonly allow: readonly string[];
  /** By name; none of their values may be published. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** One upload up to here, several beyond. */
export const PART_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const FILES_MAX = 200_000;
const LISTED_MAX = 20;
const KEY_BYTES_MAX = 1_024;

export function readTree(folder: string, files: Files, rules: TreeRules): Result<readonly LocalFile[]> {
  if (files.statTarget(folder)?.kind !== "folder")
    return bad({ code: "E_NOT_FOUND", message: `there is no folder ${folder}`, hint: "build it first" });
  const scan = makeScan(rules.allow, rules.secrets);
  const finding = new Finding(files.realPath(folder), files, {
    exclude: rules.exclude.map(compileGlob),
    scan,
  });
  const found: LocalFile[] = [];
  for (const { path, from } of finding.all()) {
    const read = measure(path, from, { files, scan });
    if (typeof read === "string") finding.refuse(path, read);
    else found.push(read);
  }
  const problem = finding.problem();
  return problem === null ? good(found) : bad(problem);
}

interface Found {
  readonly path: string;
  readonly from: string;
}

class Finding {
  readonly #root: string;
  readonly #files: Files;
  readonly #rules: { readonly exclude: readonly ((path: string) => boolean)[]; readonly scan: Scan };
  readonly #refused: string[] = [];

  constructor(
    root: string,
    files: Files,
    rules: { readonly exclude: readonly ((path: string) => boolean)[]; readonly scan: Scan },
  ) {
    this.#root = root;
    this.#files = files;
    this.#rules = rules;
  }

  refuse(path: string, why: string): void {
    this.#refused.push(`${path} ${why}`);
  }

  problem(): Problem | null {
    if (this.#refused.length === 0) return null;
    const more = this.#refused.length - LISTED_MAX;
    const listed = this.#refused.slice(0, LISTED_MAX).join("; ");
    return {
      code: "E_ARTEFACT",
      message: `nothing was deployed: ${listed}${more > 0 ? `; and ${thousands(more)} more` : ""}`,
      hint: "remove them from the folder, or list them under allow of the target in decapod.yaml",
    };
  }

  /** Links to files inside are read as these; every other link is refused. */
  *all(): Generator<Found> {
    const waiting = [""];
    let count = 0;
    for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
      for (const { name, kind } of this.#files.list(join(this.#root, below))) {
        const path = below === "" ? name : `${below}/${name}`;
        if (this.#rules.exclude.some((fits) => fits(path))) continue;
        const why = this.#rules.scan.name(path) ?? wrongName(path);
        if (why !== null) this.refuse(path, why);
        else if (kind === "folder") waiting.push(path);
        else {
          count += 1;
          if (count > FILES_MAX)
            return this.refuse(path, `is one of more than ${thousands(FILES_MAX)} files`);
          const from = this.#fileOf(path, kind);
          if (from !== null) yield { path, from };
        }
      }
    }
  }

  #fileOf(path: string, kind: string): string | null {
    const from = join(this.#root, path);
    if (kind === "file") return from;
    if (kind === "link") {
      const isFile = this.#files.statTarget(from)?.kind === "file";
      const real = isFile ? this.#files.realPath(from) : null;
      if (real?.startsWith(this.#root + sep) === true) return real;
      this.refuse(
        path,
        isFile ? "is a link that leads out of the folder" : "is a link to no file of the folder",
      );
    } else this.refuse(path, "is neither a file nor a folder");
    return null;
  }
}

/** What would be another name there, or none at all. */
function wrongName(path: string): string | null {
  if (/[\p{Cc}\ufffd\\]/u.test(path)) return "has a name that no address can have";
  if (path === ".decapod" || path.startsWith(".decapod/")) return "is where decapod keeps releases";
  return Buffer.byteLength(path) > KEY_BYTES_MAX - 256 ? "has a name that is too long" : null;
}

function measure(
  path: string,
  from: string,
  { files, scan }: { readonly files: Files; readonly scan: Scan },
): LocalFile | string {
  const file = files.open(from, "read");
  try {
    const { size } = file.stat();
    const sha256 = createHash("sha256");
    const parts: Buffer[] = [];
    let part = createHash("md5");
    let tail = "";
    for (let at = 0; at < size; at += PIECE_BYTES) {
      const piece = file.read(at, PIECE_BYTES);
      const text = tail + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1");
      const why = scan.content(path, text);
      if (why !== null) return why;
      tail = text.slice(-OVERLAP_BYTES);
      sha256.update(piece);
      part.update(piece);
      if ((at + PIECE_BYTES) % PART_BYTES === 0 || at + PIECE_BYTES >= size) {
        parts.push(part.digest());
        part = createHash("md5");
      }
    }
    if (size === 0) parts.push(part.digest());
    const md5s = parts.map((one) => one.toString("hex"));
    return { path, from, size, etag: etagOf(parts), parts: md5s, sha256: sha256.digest("hex") };
  } finally {
    file.close();
  }
}

function etagOf(parts: readonly Buffer[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only.toString("hex");
  return `${createHash("md5").update(Buffer.concat(parts)).digest("hex")}-${parts.length}`;
}
