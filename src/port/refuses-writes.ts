/** Whether the system lets anybody write where a write has just failed for a reason that nobody told. */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "./files.ts";

/** The code with which it refuses a new file in this folder; null when it does not. */
export function refusesWrites(folder: string): string | null {
  const path = join(folder, `written.${process.pid}.tmp`);
  try {
    closeSync(openSync(path, "wx", 0o600));
    unlinkSync(path);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
