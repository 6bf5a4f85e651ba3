/** Why a file cannot be put into the folders of tasks and results, which are other people's folders too. */
import { join } from "node:path";
import type { Problem } from "../../core/problem.ts";
import { errorCode, type Files } from "../../port/files.ts";
import { isOutside } from "../../work/inside.ts";

/** Of a folder that is there, as people see it; a link that leads to elsewhere in the project is none. */
export function outsideTrouble(files: Files, root: string, shown: string): Problem | null {
  const path = join(root, shown);
  if (!files.exists(path)) return null;
  if (files.statTarget(path) !== null && !isOutside(files.realPath(root), files.realPath(path))) return null;
  return {
    code: "E_OUTSIDE_ROOT",
    message: `${shown} leads out of the project`,
    hint: "put a folder in the place of the link",
  };
}

/** Anything that the system did not say is a bug of ours and is thrown on. */
export function writingTrouble(shown: string, thrown: unknown): Problem {
  const code = errorCode(thrown);
  switch (code) {
    case "":
      throw thrown;
    case "ENOSPC":
    case "EDQUOT":
      return { code: "E_DISK_FULL", message: `no space left for ${shown}`, hint: "free some space" };
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return {
        code: "E_READ_ONLY",
        message: `${shown} cannot be written (${code})`,
        hint: "make its folder writable to yourself",
      };
    case "EISDIR":
    case "ENOTEMPTY":
    case "EEXIST":
      return {
        code: "E_IO",
        message: `${shown} is a folder, so no file can be put there`,
        hint: "move that folder away",
      };
    default:
      return { code: "E_IO", message: `${shown} cannot be written (${code})`, hint: "look at its folder" };
  }
}
