/**
 * Task files that a person wrote or lets through, whatever works meanwhile: by name and text, so that another text under
 * that name is not let through. They are noted beside the journal, where no agent has anything to write.
 */
import { join } from "node:path";
import type { Files } from "../../port/files.ts";
import { makeLastingFolder } from "../../port/lasting-folder.ts";
import { fileOfId, keyOfId } from "./task-id.ts";

export class LetThrough {
  readonly #files: Files;
  readonly #folder: string;

  constructor(files: Files, stateFolder: string) {
    this.#files = files;
    this.#folder = join(stateFolder, "let-through");
  }

  add(id: string, digest: string): void {
    makeLastingFolder(this.#files, this.#folder);
    this.#files.writeAtomic(this.#path(id), digest);
  }

  has(id: string, digest: string): boolean {
    return this.#files.readTextIf(this.#path(id)) === digest;
  }

  /** It has begun, once. */
  drop(id: string): void {
    this.#files.remove(this.#path(id));
  }

  #path(id: string): string {
    return join(this.#folder, fileOfId(keyOfId(id)));
  }
}
