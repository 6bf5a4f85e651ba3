/** Large outputs, kept apart by content: the journal holds digest and size (formats.md 1.7). */
import { join } from "node:path";
import type { Json } from "../core/json.ts";
import { LIMITS, most } from "../core/limits.ts";
import type { Lookup } from "../core/lookup.ts";
import type { OutputValue } from "../core/outcome.ts";
import type { Files } from "../port/files.ts";
import { sha256 } from "../port/hash.ts";
import { makeLastingFolder } from "../port/lasting-folder.ts";

/** How many read outputs are kept in memory. */
const KEPT_MAX = 64;

export interface Apart {
  readonly digest: string;
  readonly bytes: number;
  readonly path: string;
}

export class Outputs implements Lookup {
  readonly #files: Files;
  readonly #folder: string;
  readonly #kept = new Map<string, Json>();

  constructor(files: Files, stateFolder: string) {
    this.#files = files;
    this.#folder = join(stateFolder, "outputs");
  }

  /** The output as it goes into an entry; a large one is on the disk when this returns. */
  put(value: Json): OutputValue {
    const text = JSON.stringify(value);
    if (Buffer.byteLength(text) <= most(LIMITS.inlineOutputBytes)) return { value };
    const { digest, bytes } = this.#keep(text);
    return { digest, bytes, text: typeof value === "string" };
  }

  /** Any output as a file, whatever its size: for readers who are shown only its beginning. */
  apart(value: Json): Apart {
    return this.#keep(JSON.stringify(value));
  }

  /** Where an output with this digest lies. */
  pathOf(digest: string): string {
    return join(this.#folder, `${digest}.json`);
  }

  #keep(text: string): Apart {
    const digest = sha256(text);
    const path = this.pathOf(digest);
    if (!this.#files.exists(path)) {
      makeLastingFolder(this.#files, this.#folder);
      this.#files.writeAtomic(path, text);
    }
    return { digest, bytes: Buffer.byteLength(text), path };
  }

  output(digest: string): Json | undefined {
    const kept = this.#kept.get(digest);
    if (kept !== undefined) return kept;
    const text = this.whole(digest);
    if (text === null || Buffer.byteLength(text) > most(LIMITS.readOutputBytes)) return undefined;
    const value = JSON.parse(text) as Json;
    this.#kept.set(digest, value);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value as string);
    return value;
  }

  /** JSON, also of one that expressions do not read; null when it is gone, or is another by now. */
  whole(digest: string): string | null {
    const file = this.pathOf(digest);
    if (!/^[0-9a-f]{64}$/u.test(digest) || !this.#files.exists(file)) return null;
    const text = this.#files.readText(file);
    return sha256(text) === digest ? text : null;
  }

  sha256(text: string): string {
    return sha256(text);
  }
}
