/** Whose a place is that the system keeps from us. */
import { accessSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "./files.ts";

/** `/p/state belongs to user 1001 with mode 700, you are user 1000`: of the deepest part of the path that can be seen. */
export function ownershipText(path: string): string {
  const found = seen(path);
  if (found === null) return ownershipText(dirname(path));
  const mode = (found.mode & 0o7777).toString(8).padStart(3, "0");
  const user = process.getuid?.();
  const whose = found.uid === user ? "you" : `user ${found.uid}`;
  const us = found.uid === user || user === undefined ? "" : `, you are user ${user}`;
  return `${path} belongs to ${whose} with mode ${mode}${us}`;
}

/** Of access(2). */
const MAY_WRITE = 2;

/** Why this process may not write into a folder, as far as the system says so before it is tried; null when it may. */
export function barredText(folder: string): string | null {
  try {
    accessSync(folder, MAY_WRITE);
    return null;
  } catch (error) {
    return errorCode(error) === "EROFS"
      ? `${folder} is on a file system that is read-only`
      : `${folder} cannot be written: ${ownershipText(folder)}`;
  }
}

function seen(path: string): { readonly uid: number; readonly mode: number } | null {
  try {
    return statSync(path);
  } catch (error) {
    if (dirname(path) === path) throw error;
    return null;
  }
}
