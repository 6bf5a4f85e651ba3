/**
 * Files that are under their name only when they are whole and on the disk: filled beside, synced, renamed. The name
 * beside is one that nobody else has, for in a folder of the user's any other may be a file of theirs.
 */
import { basename, dirname, join } from "node:path";
import { errorCode, type Files } from "../../port/files.ts";

/** `fill` is given a file that is there and empty. What it throws is thrown, and nothing stays behind. */
export function writeWhole(files: Files, target: string, fill: (path: string) => void): void {
  const beside = fileBeside(files, target);
  try {
    fill(beside);
    const file = files.open(beside, "write");
    try {
      file.syncData();
    } finally {
      file.close();
    }
    putInPlace(files, beside, target);
  } catch (thrown) {
    files.remove(beside);
    throw thrown;
  }
}

/** The same with the long parts in the thread pool. */
export async function writeWholeLater(
  files: Files,
  target: string,
  fill: (path: string) => Promise<void>,
): Promise<void> {
  const beside = fileBeside(files, target);
  try {
    await fill(beside);
    const file = files.open(beside, "write");
    try {
      await file.syncDataLater();
    } finally {
      file.close();
    }
    putInPlace(files, beside, target);
  } catch (thrown) {
    files.remove(beside);
    throw thrown;
  }
}

/** A long name leaves room for its ending. */
const NAME_MAX = 200;

function fileBeside(files: Files, target: string): string {
  for (let number = 1; ; number++) {
    const name = `${basename(target).slice(0, NAME_MAX)}.${process.pid}-${number}.tmp`;
    const path = join(dirname(target), name);
    try {
      files.open(path, "create").close();
      return path;
    } catch (thrown) {
      if (errorCode(thrown) !== "EEXIST") throw thrown;
    }
  }
}

function putInPlace(files: Files, beside: string, target: string): void {
  files.rename(beside, target);
  files.syncFolder(dirname(target));
}
