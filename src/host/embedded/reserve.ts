/**
 * 8 MiB kept for the moment the disk is full: given up, they let the engine write how its attempts ended. Made a
 * second after the start, in pieces, so that a short run does not pay for it; made again when there is room.
 */
import type { Problem } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import type { Random } from "../../port/random.ts";

const BYTES = 8 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;
const FIRST_MS = 1_000;
const PIECE_MS = 10;
const AGAIN_MS = 30_000;
/** While people wait for it. */
const GIVEN_UP_MS = 1_000;
/** So much must be free for the reserve to be made, and then for work to be started on. */
const ROOM_BYTES = 4 * BYTES;
export const ROOM_TEXT = `${ROOM_BYTES / 2 ** 20} MiB`;
export const RESERVE_FILE = "decapod.reserve";

export interface ReserveParts {
  readonly folder: string;
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
}

export class Reserve {
  readonly #parts: ReserveParts;
  readonly #path: string;
  #isGivenUp = false;
  #cancel: () => void;

  constructor(parts: ReserveParts) {
    this.#parts = parts;
    this.#path = `${parts.folder}/${RESERVE_FILE}`;
    this.#cancel = parts.clock.after(FIRST_MS, () => this.#grow());
  }

  /** False when there was nothing to give up. */
  release(): boolean {
    const isThere = this.#remove();
    this.#isGivenUp ||= isThere;
    this.#again();
    return isThere;
  }

  #remove(): boolean {
    try {
      return this.#parts.files.remove(this.#path);
    } catch {
      return false;
    }
  }

  problem(): Problem | null {
    if (!this.#isGivenUp) return null;
    const { folder } = this.#parts;
    return {
      code: "E_DISK_FULL",
      message: `the disk of ${folder} is full; the reserve of 8 MiB is in use`,
      hint: `free at least ${ROOM_TEXT}: nothing new starts until then`,
    };
  }

  stop(): void {
    this.#cancel();
  }

  #again(): void {
    this.#cancel();
    const delayMs = this.#isGivenUp ? GIVEN_UP_MS : AGAIN_MS;
    this.#cancel = this.#parts.clock.after(delayMs, () => this.#grow());
  }

  /** One piece more, or done. The pieces are of chance, so that no file system folds them away. */
  #grow(): void {
    const { folder, files, random, clock } = this.#parts;
    try {
      const size = files.stat(this.#path)?.size ?? 0;
      if (size >= BYTES) return this.#made();
      if (files.freeBytes(folder) < ROOM_BYTES) return this.#again();
      const file = files.open(this.#path, "append");
      try {
        file.write(random.bytes(PIECE_BYTES));
      } finally {
        file.close();
      }
      this.#cancel = clock.after(PIECE_MS, () => this.#grow());
    } catch {
      // A reserve that cannot be made is what a full disk looks like; a later look may find room.
      this.#again();
    }
  }

  #made(): void {
    this.#isGivenUp = false;
  }
}
