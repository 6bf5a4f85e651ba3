import { LIMITS, most } from "../core/limits.ts";

/** As much of a log as is in its file while more is being printed. */
export function headBytes(logBytesMax: number = most(LIMITS.logBytes)): number {
  return Math.ceil(logBytesMax / 2);
}
