/**
 * Which processes are this project's. Attempts of two projects may have the same id, since a run that was started with a
 * key or for a task file has its id from that: each of them ends only what writes into its own state folder.
 */
import { dirname } from "node:path";
import type { Files } from "../port/files.ts";
import type { ProcessTable } from "../port/process-table.ts";
import { type ProcessPorts, TOKEN_NAME } from "./process-end.ts";

/** Lies in the folder of the attempt, as the arm says it to each. */
const OUTPUT_NAME = "DECAPOD_OUTPUT";

/** `exitLog` lies in the state folder. */
export function portsOfProject<P extends ProcessPorts>(ports: P, exitLog: string): P {
  return { ...ports, table: ownProcesses(ports.table, dirname(exitLog), ports.files) };
}

function ownProcesses(table: ProcessTable, stateFolder: string, files: Files): ProcessTable {
  return {
    ...table,
    variable: (pid, name) => {
      const value = table.variable(pid, name);
      if (name !== TOKEN_NAME || value === null) return value;
      const output = table.variable(pid, OUTPUT_NAME);
      return output !== null && isElsewhere(output, value) ? null : value;
    },
  };

  function isElsewhere(output: string, token: string): boolean {
    if (output.startsWith(`${stateFolder}/`)) return false;
    const [run = ""] = token.split("/");
    const end = output.indexOf(`/runs/${run}/`);
    const other = end === -1 ? null : realOrNull(files, output.slice(0, end));
    // A folder that is gone may be ours under the name it had before; another way to ours is ours.
    return other !== null && other !== realOrNull(files, stateFolder);
  }
}

function realOrNull(files: Files, path: string): string | null {
  try {
    return files.realPath(path);
  } catch {
    return null;
  }
}
