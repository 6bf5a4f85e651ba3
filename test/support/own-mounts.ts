/**
 * File systems that only a test and its children see: a mount namespace that lives as long as the process that holds
 * it. Needs root, or user namespaces; who has neither skips by name.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { environmentWith, type Folder, type Running, startIn } from "../e2e/decapod.ts";

const IS_ROOT = process.getuid?.() === 0;
const UNSHARE = IS_ROOT ? ["unshare", "-m"] : ["unshare", "-Urm"];
const ENTER = IS_ROOT ? ["nsenter", "-m"] : ["nsenter", "-U", "--preserve-credentials", "-m"];

/** Why none can be made here; false when they can. */
export const noMounts: string | false = canDo("mount", "-t", "tmpfs", "none", "/mnt")
  ? false
  : "this machine lets nobody mount in a namespace of their own";

/** Whether a command ends well in mounts of its own, which are gone after it. */
export function canDo(...words: readonly string[]): boolean {
  const [file = "", ...rest] = [...UNSHARE, ...words];
  return spawnSync(file, rest, { stdio: "ignore" }).status === 0;
}

export class OwnMounts {
  readonly #holder: ChildProcess;
  readonly #folder: Folder;

  private constructor(holder: ChildProcess, folder: Folder) {
    this.#holder = holder;
    this.#folder = folder;
  }

  /** Ends with the test; what is mounted in it goes with the last process in it. */
  static async of(folder: Folder, t: { after(call: () => void): void }): Promise<OwnMounts> {
    const [file = "", ...words] = [...UNSHARE, "sh", "-c", "echo ready; exec cat"];
    const holder = spawn(file, words, { stdio: ["pipe", "pipe", "inherit"] });
    t.after(() => holder.kill("SIGKILL"));
    await new Promise<void>((resolve, reject) => {
      holder.once("error", reject);
      holder.stdout?.once("data", () => resolve());
    });
    return new OwnMounts(holder, folder);
  }

  /** The program and its words as a command line that sees these mounts. */
  command(words: readonly string[]): readonly string[] {
    const enter = [...ENTER, "-t", String(this.#holder.pid), "sh", "-c", 'cd "$0" && exec "$@"'];
    return [...enter, this.#folder.path, ...words];
  }

  start(...words: readonly string[]): Running {
    return startIn(this.#folder.path, environmentWith(`${this.#folder.path}/../home`), this.command(words));
  }

  /** A program to its end; throws when it fails. */
  do(...words: readonly string[]): void {
    const [file = "", ...rest] = this.command(words);
    const { status, stderr } = spawnSync(file, rest, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}: ${stderr}`);
  }

  /** A small file system of its own; `inside` is a path in the project. */
  mount(inside: string, size: string): void {
    this.do("mkdir", "-p", "-m", "700", inside);
    this.do("mount", "-t", "tmpfs", "-o", `size=${size},mode=700`, "none", inside);
  }

  /** Where the test itself finds a path of the project as its processes see it. */
  seen(inside: string): string {
    return `/proc/${this.#holder.pid}/root${this.#folder.path}/${inside}`;
  }

  /** Writes a file until nothing more goes in. */
  fill(inside: string): void {
    const descriptor = openSync(this.seen(inside), "w");
    try {
      for (const size of [65_536, 1_024, 1]) fillBy(descriptor, Buffer.alloc(size));
    } finally {
      closeSync(descriptor);
    }
  }
}

function fillBy(descriptor: number, piece: Buffer): void {
  for (;;) {
    try {
      if (writeSync(descriptor, piece) < piece.length) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw error;
    }
  }
}
