/**
 * A disk of a test's own whose file system finds itself damaged and turns read-only under those who write: ext4 in a
 * file, in the mount namespace of the test. Needs root and loop devices; who has neither skips by name.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canDo, type OwnMounts } from "./own-mounts.ts";

const SIZE = "32M";
/** As most systems mount their own disks. */
const MOUNT = 'mount -o loop,errors=remount-ro "$0" "$1" && chmod 700 "$1"';
/** The kernel's own way to play an error that it found. */
const BREAK = 'echo found > "/sys/fs/ext4/$(basename "$(findmnt -no SOURCE "$0")")/trigger_fs_error"';

/** Why none can be made here; false when one can. */
export const noDisk: string | false = isMade() ? false : "needs root, mkfs.ext4 and loop devices";

function isMade(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "decapod-disk-"));
  const image = join(folder, "disk");
  try {
    const script = `truncate -s ${SIZE} "$0" && mkfs.ext4 -qF "$0" && mkdir "$1" && ${MOUNT} && test -e /sys/fs/ext4/loop*/trigger_fs_error`;
    return canDo("sh", "-c", script, image, join(folder, "on"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export class OwnDisk {
  readonly #mounts: OwnMounts;
  readonly #inside: string;

  constructor(mounts: OwnMounts, inside: string) {
    this.#mounts = mounts;
    this.#inside = inside;
    mounts.do("mkdir", "-p", inside);
    mounts.do("sh", "-c", `truncate -s ${SIZE} "$0" && mkfs.ext4 -qF "$0"`, IMAGE);
    mounts.do("sh", "-c", MOUNT, IMAGE, inside);
  }

  /** Whoever writes from now on is refused, also through what is open already. */
  break(): void {
    this.#mounts.do("sh", "-c", BREAK, this.#inside);
  }

  /** What a person does then: nobody may have anything open on it any more. */
  mend(): void {
    // It ends with 1 when it has put something right.
    this.#mounts.do("sh", "-c", 'umount "$1" && { e2fsck -fp "$0" >&2 || [ $? = 1 ]; }', IMAGE, this.#inside);
    this.#mounts.do("sh", "-c", MOUNT, IMAGE, this.#inside);
  }
}

/** Beside the project, where nothing of a test looks. */
const IMAGE = "../disk";
