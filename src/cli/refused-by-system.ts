import { bad, good, type Result } from "../core/problem.ts";
import { JournalFault, StoreFault } from "../host/embedded/fault.ts";
import { systemError } from "../port/files.ts";
import { ownershipText } from "../port/ownership.ts";
import { clean } from "./print.ts";
import { Refused } from "./refusal.ts";

/** Of one file among several: what is done with it, or why the machine refuses that. */
export function unlessRefused<T>(act: () => T): Result<T> {
  try {
    return good(act());
  } catch (error) {
    const refusal = refusedBySystem(error);
    if (refusal === null) throw error;
    return bad(...refusal.problems);
  }
}

/** What the machine refuses is nobody's bug: a folder where a file should be, a journal that cannot be read. */
export function refusedBySystem(error: unknown): Refused | null {
  if (error instanceof JournalFault || error instanceof StoreFault) return new Refused([error.problem]);
  const system = systemError(error);
  if (system === null) return null;
  const { code, path } = system;
  if (code === "EMFILE" || code === "ENFILE") {
    const hint = "raise the limit (ulimit -n), or use fewer --slots";
    return new Refused([{ code: "E_FDS", message: `no file handles left (${code})`, hint }]);
  }
  if (code === "EROFS") {
    const where = path === null ? "what it is about" : clean(path);
    const message = `${where} cannot be written: it is on a file system that is read-only`;
    return new Refused([{ code: "E_READ_ONLY", message, hint: "make it writable; reading still works" }]);
  }
  const hint = "look at it, then try again";
  if (path !== null && (code === "EACCES" || code === "EPERM")) {
    const message = `${clean(path)} cannot be used (no permission): ${clean(ownershipText(path), 400)}`;
    return new Refused([{ code: "E_IO", message, hint: "open it to yourself: chmod u+rwx, or chown" }]);
  }
  const what = path === null ? "the system refused what was asked of it" : `${clean(path)} cannot be used`;
  const meaning = code === "EISDIR" ? ": it is a folder" : "";
  return new Refused([{ code: "E_IO", message: `${what} (${code}${meaning})`, hint }]);
}
