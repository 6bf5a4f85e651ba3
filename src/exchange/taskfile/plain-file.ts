/** How a file is read that somebody else may have put there: only a plain one, and without waiting for it. */
import { dirname } from "node:path";
import { beyond, LIMITS, type Limits, most } from "../../core/limits.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { thousands } from "../../core/thousands.ts";
import { errorCode, type FileStat, type Files, type OpenFile } from "../../port/files.ts";

/**
 * A plain file of one name that belongs to whoever owns its folder. It is opened without following a link and without
 * waiting for a pipe, and what is read is what was looked at.
 */
export function readPlainFile(
  files: Files,
  path: string,
  { shown, limits }: { readonly shown: string; readonly limits: Limits },
): Result<Uint8Array> | null {
  const before = files.stat(path);
  if (before === null) return null;
  const refused = plainTrouble(before, files.stat(dirname(path)), shown);
  if (refused !== null) return bad(refused);
  if (before.size > most(LIMITS.taskFileBytes, limits)) return bad(tooLarge(shown, before.size, limits));
  const opened = openPlain(files, path, shown);
  if (opened === null || !opened.ok) return opened;
  const file = opened.value;
  try {
    const stat = file.stat();
    const other = plainTrouble(stat, files.stat(dirname(path)), shown);
    if (other !== null) return bad(other);
    if (stat.size > most(LIMITS.taskFileBytes, limits)) return bad(tooLarge(shown, stat.size, limits));
    return good(file.read(0, stat.size));
  } finally {
    file.close();
  }
}

export function tooLarge(file: string, size: number, limits: Limits) {
  return {
    code: "E_TOO_LARGE",
    message: `the file has ${thousands(size)} bytes; ${beyond(LIMITS.taskFileBytes, limits)}`,
    hint: "name a file in params, and put the rest there",
    at: { file, line: 1, column: 1 },
  };
}

/** Also a plain file that is too large to be read. What is none stays where it is. */
export function isPlain(read: Result<Uint8Array>): boolean {
  return read.ok || read.problems[0]?.code === "E_TOO_LARGE";
}

function openPlain(files: Files, path: string, shown: string): Result<OpenFile> | null {
  try {
    return good(files.open(path, "read"));
  } catch (thrown) {
    switch (errorCode(thrown)) {
      case "ENOENT":
        return null;
      case "ELOOP":
        return bad(notPlain(shown, "a link"));
      case "EACCES":
      case "EPERM":
        return bad({
          code: "E_IO",
          message: `${shown} cannot be read (${errorCode(thrown)})`,
          hint: `chmod u+r ${shown}`,
        });
      default:
        throw thrown;
    }
  }
}

function plainTrouble(stat: FileStat, folder: FileStat | null, shown: string): Problem | null {
  if (stat.kind === "link") return notPlain(shown, "a link");
  if (stat.kind === "folder") return notPlain(shown, "a folder");
  if (stat.kind === "other") return notPlain(shown, "a pipe, a socket or a device");
  if (stat.links > 1) return notPlain(shown, `a file of ${stat.links} names`);
  if (stat.user !== folder?.user && stat.user !== process.getuid?.())
    return notPlain(shown, "a file of another user");
  return null;
}

export function notPlain(shown: string, what: string): Problem {
  return {
    code: "E_NOT_ALLOWED",
    message: `${shown} is ${what}, and a task file is a plain file of yours`,
    hint: "put a copy of the text there",
  };
}
