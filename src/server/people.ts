/** Whether a person stands behind a process. Nothing of it is believed that the system itself does not say. */
import type { Problem } from "../core/problem.ts";
import { type HeldFile, openFilesOf } from "../port/open-files.ts";
import { type ProcessTable, realProcessTable } from "../port/process-table.ts";
import { attemptAround } from "./attempt-around.ts";

export interface PeoplePorts {
  readonly table: Pick<ProcessTable, "row" | "variable">;
  readonly openFiles: (pid: number) => ReadonlyMap<number, HeldFile> | null;
}

const REAL: PeoplePorts = { table: realProcessTable, openFiles: openFilesOf };

const TERMINAL = /^\/dev\/(?:pts\/\d+|tty\w*|console)$/;
const STDIN = 0;
const AT_A_TERMINAL = "decide at a terminal";

/** Why this process may not decide; null when a person sits at the terminal it reads from. */
export function refuseProgram(pid: number | null, ports: PeoplePorts = REAL): Problem | null {
  const files = pid === null ? null : ports.openFiles(pid);
  if (pid === null || files === null) return humanOnly("it cannot be told who asks");
  const inside = refuseInside(pid, ports.table);
  if (inside !== null) return inside;
  if (TERMINAL.test(files.get(STDIN)?.path ?? "")) return null;
  return humanOnly(
    "this was not asked at a terminal",
    `${AT_A_TERMINAL}, or with a token of yours: --token-file FILE`,
  );
}

/** Whoever shows a token of a person needs no terminal; what an attempt started may show none. */
export function refuseTokenHolder(pid: number | null, table = REAL.table): Problem | null {
  if (pid === null || table.row(pid) === null) return humanOnly("it cannot be told who asks");
  return refuseInside(pid, table);
}

/** The half of it that a question at a terminal needs; it holds also where open files cannot be told. */
export function refuseInside(pid: number, table = REAL.table): Problem | null {
  const attempt = attemptAround(pid, table);
  return attempt === null ? null : humanOnly(`this was asked from inside the attempt ${attempt}`);
}

/**
 * Whether the process holds this file open to write: what a name in a request cannot show. Who only reads may have been
 * led there by a link.
 */
export function holdsOpen(pid: number | null, path: string, openFiles = REAL.openFiles): boolean {
  const files = pid === null ? null : openFiles(pid);
  return files !== null && [...files.values()].some((one) => one.path === path && one.isWritable);
}

function humanOnly(why: string, hint = AT_A_TERMINAL): Problem {
  return { code: "E_HUMAN_ONLY", message: `only a person decides: ${why}`, hint };
}
