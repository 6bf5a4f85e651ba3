/** The state folder and the folder of the backups: room, file system, permissions, what was left behind. */
import { dirname, join } from "node:path";
import { DATABASE_FILE } from "../host/embedded/guard.ts";
import { bytesText } from "../host/embedded/keeping/size.ts";
import { fileSystemType, isNetworkType } from "../host/embedded/network-share.ts";
import { ownerLives, readOwner } from "../host/embedded/owner.ts";
import { MARK_FILE } from "../host/embedded/sidecar.ts";
import type { FileStat, Files } from "../port/files.ts";
import { barredText } from "../port/ownership.ts";
import { ANSWER_PREFIX } from "../server/answers.ts";
import type { Application } from "./application.ts";
import { type Check, checked, well, wrong } from "./checks.ts";
import type { Context } from "./context.ts";
import type { KeptPlace } from "./keeping.ts";
import { count } from "./text.ts";

export function folderChecks(
  { application }: Pick<Context, "application">,
  place: KeptPlace,
): readonly Check[] {
  const { files } = application;
  const { stateFolder, backups } = place;
  return [
    checked("disk", () => room(application, [stateFolder, backups])),
    checked("file system", () => fileSystem(files, existing(files, stateFolder))),
    checked("permissions", () => permissions(application, stateFolder)),
    checked("leftovers", () => leftovers(application, place)),
  ];
}

/** The folder, or the nearest above it that is there. */
export function existing(files: Files, folder: string): string {
  return files.statTarget(folder) === null && dirname(folder) !== folder
    ? existing(files, dirname(folder))
    : folder;
}

/** With less than this free a disk is called tight. */
const TIGHT_BYTES = 2 ** 30;

export function room({ files, calledAs }: Application, folders: readonly string[]): Check {
  const places = [...new Set(folders.map((folder) => existing(files, folder)))].map((folder) => ({
    folder,
    free: files.freeBytes(folder),
  }));
  const tight = places.filter(({ free }) => free < TIGHT_BYTES);
  const text = (of: typeof places) =>
    of.map(({ folder, free }) => `${bytesText(free)} free in ${folder}`).join(", ");
  if (tight.length === 0) return well("disk", text(places));
  return wrong("disk", text(tight), `${calledAs} db gc --dry-run says what decapod can give back`);
}

function fileSystem(files: Files, folder: string): Check {
  const type = fileSystemType(files, folder);
  if (type === null) return well("file system", "not known on this system");
  if (!isNetworkType(type)) return well("file system", type);
  return wrong(
    "file system",
    `${folder} is on a network file system (${type})`,
    "keep the project on a disk of this machine",
  );
}

/** What decapod makes is for its owner alone: the folder 0700, the files in it 0600. */
function permissions({ files, calledAs }: Application, stateFolder: string): Check {
  const barred = barredText(existing(files, stateFolder));
  if (barred !== null)
    return wrong("permissions", barred, "make it writable for yourself; reading still works");
  const folder = files.stat(stateFolder);
  if (folder === null) return well("permissions", "there is no state folder yet");
  const names = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, MARK_FILE, "owner.db"];
  const inside = names.map((name) => [join(stateFolder, name), files.stat(join(stateFolder, name))] as const);
  const all = [[stateFolder, folder] as const, ...inside];
  const foreign = all.flatMap(([path, stat]) =>
    stat !== null && stat.user !== process.getuid?.() ? [path] : [],
  );
  if (foreign.length > 0)
    return wrong(
      "permissions",
      `${foreign.join(", ")} belongs to somebody else`,
      `sudo chown -R "$USER" ${stateFolder}`,
    );
  const open = all.filter(([, stat]) => stat !== null && isOpen(stat));
  if (open.length === 0) return well("permissions", "for you alone");
  const close = () => {
    for (const [path, stat] of open) files.setMode(path, stat?.kind === "folder" ? 0o700 : 0o600);
    return `closed to others: ${open.map(([path]) => path).join(", ")}`;
  };
  const message = `others may look into ${open.map(([path]) => path).join(", ")}`;
  return wrong("permissions", message, `${calledAs} doctor --fix`, close);
}

function isOpen({ mode }: FileStat): boolean {
  return (mode & 0o077) !== 0;
}

const DAY_MS = 86_400_000;
/** Folders in which a command prepares something before it puts it in place. */
const PREPARING: ReadonlySet<string> = new Set(["restoring", "importing"]);

/** Half of something, or an answer that its command never took away. */
function isBegun(name: string): boolean {
  return PREPARING.has(name) || name.startsWith(ANSWER_PREFIX);
}

/** What a command that was killed had begun. Younger than a day it may be somebody's work. */
function leftovers({ files, clock, calledAs }: Application, { stateFolder, backups }: KeptPlace): Check {
  const now = clock.wall();
  const owner = readOwner(files, stateFolder);
  const isQuiet = owner === null || !ownerLives(owner, files);
  const found = [stateFolder, backups].flatMap((folder) =>
    files
      .list(folder)
      .filter(({ name }) => name.endsWith(".tmp") || (folder === stateFolder && isBegun(name)))
      .map(({ name }) => join(folder, name)),
  );
  const old = found.filter((path) => now - (files.stat(path)?.modifiedMs ?? now) > DAY_MS);
  if (old.length === 0) return well("leftovers", "none");
  const message = `${count(old.length, "file")} of commands that were killed: ${old.join(", ")}`;
  if (!isQuiet) return wrong("leftovers", message, `${calledAs} doctor --fix, once no run is alive`);
  const clear = () => {
    for (const path of old) files.removeTree(path);
    return `removed: ${old.join(", ")}`;
  };
  return wrong("leftovers", message, `${calledAs} doctor --fix`, clear);
}
