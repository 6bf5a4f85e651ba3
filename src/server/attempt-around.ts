/** Which attempt a process serves. Nothing of it is believed that the system itself does not say. */
import { type ProcessTable, realProcessTable } from "../port/process-table.ts";

type Table = Pick<ProcessTable, "row" | "variable">;

/** Set for every attempt, and so for all that it starts. */
const ATTEMPT = "DECAPOD_ATTEMPT";

/** The attempt in which the process, or what started it, runs. */
export function attemptAround(pid: number, table: Table = realProcessTable): string | null {
  const seen = new Set<number>();
  for (let at = pid; at > 0 && !seen.has(at); at = table.row(at)?.parent ?? 0) {
    const attempt = table.variable(at, ATTEMPT);
    if (attempt !== null) return attempt;
    seen.add(at);
  }
  return null;
}
