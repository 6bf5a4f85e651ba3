/** The token of a person, from a file of theirs or from standard input: an argument or a variable is seen by others. */
import { resolve } from "node:path";
import { errorCode } from "../../port/files.ts";
import { isInside } from "../../spec/user-folder.ts";
import type { Project } from "../application.ts";
import type { Context } from "../context.ts";
import { clean } from "../print.ts";
import { refused } from "../refusal.ts";

const BYTES_MAX = 1024;
const OTHERS = 0o077;

export async function readToken({ application }: Context, project: Project, path: string): Promise<string> {
  const text =
    path === "-"
      ? Buffer.from(await application.readInput()).toString("utf8")
      : readFile(application, project, path);
  const token = text.trim();
  // It becomes a header.
  if (token === "" || token.length > BYTES_MAX || /[^\x21-\x7e]/.test(token))
    throw refused("E_HUMAN_ONLY", "only a person decides: this is no token", "decapod token new makes one");
  return token;
}

function readFile({ files, cwd }: Context["application"], { root }: Project, path: string): string {
  const shown = clean(path);
  const full = resolve(cwd, path);
  try {
    const stat = files.statTarget(full);
    if (stat === null || stat.kind === "folder" || stat.size > BYTES_MAX)
      throw refused("E_NOT_FOUND", `there is no token in ${shown}`);
    if (isInside(root, full, files))
      throw refused(
        "E_NOT_ALLOWED",
        `${shown} lies inside the project, where agents read`,
        "keep it elsewhere",
      );
    if (stat.kind === "file" && (stat.mode & OTHERS) !== 0)
      throw refused("E_NOT_ALLOWED", `${shown} is open to others`, `chmod 600 ${shown}`);
    return files.readText(full);
  } catch (error) {
    if (error instanceof Error && !("code" in error)) throw error;
    throw refused("E_IO", `${shown} cannot be read (${errorCode(error)})`);
  }
}
