/**
 * Whether a folder lies on a network file system. Locks there are kept by another machine, if at all, and SQLite's
 * shared memory does not work between machines: a second owner could not be kept out.
 */
import type { Files } from "../../port/files.ts";

const NETWORK_TYPES: ReadonlySet<string> = new Set([
  ...[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "smb2",
    "ncpfs",
    "afs",
    "coda",
    "9p",
    "ceph",
    "glusterfs",
    "lustre",
  ],
  ...["beegfs", "orangefs", "pvfs2", "gpfs", "ocfs2", "gfs2", "davfs", "webdav", "afpfs", "vboxsf", "prl_fs"],
]);
const NETWORK_BRIDGES =
  /^fuse\.(?:sshfs|davfs2?|s3fs|rclone|gcsfuse|glusterfs|ceph|curlftpfs|smbnetfs|goofys|juicefs)/;

export function isNetworkType(type: string): boolean {
  return NETWORK_TYPES.has(type) || NETWORK_BRIDGES.test(type);
}

/** The type of the file system a folder lies on; null where the system has no table of mounts (macOS: not checked). */
export function fileSystemType(files: Files, folder: string): string | null {
  const table = files.readTextIf("/proc/self/mountinfo");
  return table === null ? null : typeAt(table, files.realPath(folder));
}

/** Of the mounts above the path the longest, and of those at one place the last, is the one in force. */
export function typeAt(mountinfo: string, path: string): string | null {
  let best = { length: -1, type: null as string | null };
  for (const line of mountinfo.split("\n")) {
    // 36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw
    const [fields, after] = line.split(" - ");
    const point = unescaped(fields?.split(" ")[4] ?? "");
    const type = after?.split(" ")[0];
    if (type === undefined || point === "") continue;
    const isAbove = point === "/" || path === point || path.startsWith(`${point}/`);
    if (isAbove && point.length >= best.length) best = { length: point.length, type };
  }
  return best.type;
}

/** Spaces and the like stand as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
