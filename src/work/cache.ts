/** Outputs kept of earlier work (formats.md 1.9): only successes, found by content, restored by copy. */
import { dirname, join, relative, resolve } from "node:path";
import type { CacheAsker, CacheScope } from "../core/cache-scope.ts";
import { carriedOf, type Whole } from "../core/carried.ts";
import { compileGlob } from "../core/glob.ts";
import { canonical, isMap } from "../core/json.ts";
import { BUILT_IN, LIMITS, type Limits, most } from "../core/limits.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { keepCarried } from "./carried.ts";
import { attemptFolder } from "./folder.ts";
import { filesBelow, isReallyInside } from "./inside.ts";
import { Outputs } from "./outputs.ts";

/** So many askers are remembered at once; of the one that asked longest ago nothing is kept. */
const ASKERS_MAX = 10_000;

/** Characters of JSON. */
const SMALL_MAX = 1_024;

/** A path relative to the workspace. Copies are not synced, so a power cut may have made one shorter. */
interface KeptFile {
  readonly path: string;
  readonly bytes: number;
}

interface Kept {
  /** Of a mapped task one for each item, else one. */
  readonly outputs: readonly OutputValue[];
  readonly files: readonly KeptFile[];
  /** Of the files together. */
  readonly bytes: number;
}

interface Entry {
  readonly folder: string;
  readonly bytes: number;
  /** Wall time. */
  readonly usedMs: number;
}

/** How much it holds is not known: it goes whether there is room or not. */
const UNREADABLE = { bytes: 0, usedMs: -1 } as const;

export class WorkCache {
  readonly #files: Files;
  readonly #outputs: Outputs;
  readonly #folder: string;
  readonly #workspace: string;
  readonly #limits: Limits;
  /** By asker the digest it asked with: what it makes is made of that, whatever the files hold when it is done. */
  readonly #asked = new Map<string, string>();
  /** Askers whose files lie in a worktree. */
  readonly #elsewhere = new Map<string, WorkCache>();

  constructor(files: Files, stateFolder: string, workspace: string, limits: Limits = BUILT_IN) {
    this.#files = files;
    this.#outputs = new Outputs(files, stateFolder);
    this.#limits = limits;
    this.#folder = join(stateFolder, "cache");
    this.#workspace = workspace;
  }

  /** The outputs kept for exactly this work, its paths put back; null when there are none. */
  find(
    cache: CacheScope,
    asker: CacheAsker,
    workspace: string = this.#workspace,
  ): readonly OutputValue[] | null {
    this.#elsewhere.delete(nameOf(asker));
    if (workspace === this.#workspace) return onDisk(() => this.#find(cache, nameOf(asker)));
    const there = new WorkCache(this.#files, dirname(this.#folder), workspace, this.#limits);
    remember(this.#elsewhere, nameOf(asker), there);
    return there.find(cache, asker);
  }

  /** The same for all items of a task. What they would have left for others is kept for them, or it is not found. */
  findWhole(cache: CacheScope, whole: Whole): readonly OutputValue[] | null {
    const { task } = whole;
    const run = whole.run.id;
    const found = this.find(cache, { run, task });
    const globs = found === null ? null : carriedOf(whole);
    if (globs === null) return null;
    const folder = attemptFolder(dirname(this.#folder), run, { task, attempt: 1 });
    const carrying = { workspace: this.#workspace, globs, folder, isShared: true, limits: this.#limits };
    return keepCarried(this.#files, carrying) === null ? found : null;
  }

  /** Nothing where the files have changed since the same one asked, or where nobody knows what they held then. */
  keep(cache: CacheScope, asker: CacheAsker, outputs: readonly OutputValue[]): void {
    const there = this.#elsewhere.get(nameOf(asker));
    this.#elsewhere.delete(nameOf(asker));
    if (there === undefined) onDisk(() => this.#keep(cache, nameOf(asker), outputs));
    else there.keep(cache, asker, outputs);
  }

  #find(cache: CacheScope, asker: string): readonly OutputValue[] | null {
    this.#asked.delete(asker);
    const digest = this.#digest(cache);
    remember(this.#asked, asker, digest);
    const folder = join(this.#folder, digest);
    const kept = this.#wholeIn(folder);
    if (kept === null) return null;
    if (
      !kept.files.every(({ path }) =>
        isReallyInside(this.#files, this.#workspace, join(this.#workspace, path)),
      )
    )
      return null;
    for (const { path } of kept.files) {
      const place = join(this.#workspace, path);
      // A link that lies there now would have the copy written to where it leads.
      this.#files.remove(place);
      this.#copy(join(folder, "paths", path), place);
    }
    this.#files.writeAtomic(join(folder, "kept.json"), JSON.stringify(kept));
    return kept.outputs;
  }

  #keep(cache: CacheScope, asker: string, given: readonly OutputValue[]): void {
    const asked = this.#asked.get(asker);
    this.#asked.delete(asker);
    if (asked === undefined || asked !== this.#digest(cache)) return;
    const folder = join(this.#folder, asked);
    if (this.#wholeIn(folder) !== null) return;
    this.#files.removeTree(folder);
    this.#files.makeFolder(folder);
    const paths = cache.paths.flatMap((path) => this.#filesBelow(this.#inside(path)));
    const files: KeptFile[] = paths.map((path) => {
      const copy = join(folder, "paths", path);
      this.#copy(join(this.#workspace, path), copy);
      return { path, bytes: this.#files.stat(copy)?.size ?? 0 };
    });
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const outputs = given.length === 1 ? given : given.map((output) => this.#apart(output));
    const kept: Kept = { outputs, files, bytes };
    this.#files.writeAtomic(join(folder, "kept.json"), JSON.stringify(kept));
    this.#shrink();
  }

  /** null: there is none, or it is torn. */
  #wholeIn(folder: string): Kept | null {
    const kept = this.#keptIn(folder);
    const isWhole = kept?.files.every(
      ({ path, bytes }) => this.#files.stat(join(folder, "paths", path))?.size === bytes,
    );
    return isWhole === true ? kept : null;
  }

  #keptIn(folder: string): Kept | null {
    return onDisk(() => {
      const kept: unknown = JSON.parse(this.#files.readTextIf(join(folder, "kept.json")) ?? "null");
      return isKept(kept) ? kept : null;
    });
  }

  /** Together they come back in one entry: of many, each that is no small one lies in a file. */
  #apart(output: OutputValue): OutputValue {
    if (!("value" in output) || JSON.stringify(output.value).length <= SMALL_MAX) return output;
    const { digest, bytes } = this.#outputs.apart(output.value);
    return { digest, bytes, text: typeof output.value === "string" };
  }

  #digest({ scope, files, paths }: CacheScope): string {
    const contents = this.#matching(files).map((file) => [
      file,
      sha256(this.#files.readBytes(join(this.#workspace, file))),
    ]);
    return sha256(canonical({ scope, files: contents, paths }));
  }

  #matching(globs: readonly string[]): readonly string[] {
    if (globs.length === 0) return [];
    const tests = globs.map((glob) => compileGlob(glob));
    return this.#filesBelow(this.#workspace).filter((file) => tests.some((test) => test(file)));
  }

  #filesBelow(path: string): readonly string[] {
    return filesBelow(this.#files, this.#workspace, path);
  }

  #inside(path: string): string {
    const full = resolve(this.#workspace, path);
    const away = relative(this.#workspace, full);
    if (away.startsWith("..") || away === "")
      throw new Error(`cache path ${path} lies outside the workspace`);
    return full;
  }

  #copy(from: string, to: string): void {
    this.#files.makeFolder(dirname(to));
    this.#files.copy(from, to);
  }

  /** All entries together have a limit; the one that was used longest ago goes first, before it what cannot be read. */
  #shrink(): void {
    const entries = this.#files
      .list(this.#folder)
      .map((entry) => this.#entry(join(this.#folder, entry.name)));
    const bytesMax = most(LIMITS.cacheBytes, this.#limits);
    let total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    for (const entry of entries.sort((left, right) => left.usedMs - right.usedMs)) {
      if (total <= bytesMax && entry.usedMs !== UNREADABLE.usedMs) return;
      this.#files.removeTree(entry.folder);
      total -= entry.bytes;
    }
  }

  #entry(folder: string): Entry {
    const kept = this.#keptIn(folder);
    if (kept === null) return { ...UNREADABLE, folder };
    const usedMs = this.#files.stat(join(folder, "kept.json"))?.modifiedMs ?? 0;
    return { folder, bytes: kept.bytes, usedMs };
  }
}

function isKept(value: unknown): value is Kept {
  if (!isMap(value) || typeof value.bytes !== "number") return false;
  const { outputs, files } = value;
  if (!Array.isArray(outputs) || !Array.isArray(files) || !outputs.every(isMap)) return false;
  return files.every(
    (file) => isMap(file) && typeof file.path === "string" && typeof file.bytes === "number",
  );
}

function remember<T>(asked: Map<string, T>, asker: string, what: T): void {
  asked.set(asker, what);
  if (asked.size > ASKERS_MAX) asked.delete(asked.keys().next().value as string);
}

function nameOf({ run, task }: CacheAsker): string {
  return `${run}/${task}`;
}

/** It is only a shorter way: where the disk is full, or what lies there cannot be read, the work is done. */
function onDisk<T>(call: () => T): T | null {
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof SyntaxError || (thrown instanceof Error && "code" in thrown)) return null;
    throw thrown;
  }
}
