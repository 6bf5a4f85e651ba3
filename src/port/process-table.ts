/** What runs on this machine. A process is known by its number and its start time together: numbers come again. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { platform } from "node:os";
import type { Clock } from "./clock.ts";

export interface ProcessRow {
  readonly pid: number;
  /** Opaque; compared only with another one of this machine and boot. */
  readonly startTime: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

export interface ProcessTable {
  /** null when there is no such process, or only what is left of one until its parent asks. */
  row(pid: number): ProcessRow | null;
  /** The living processes in one look. */
  rows(): readonly ProcessRow[];
  pids(): readonly number[];
  /** The value of a variable in the environment the process was started with; null also when it may not be read. */
  variable(pid: number, name: string): string | null;
}

/**
 * A table for many who look in the same turn: who runs, and with which variables, is read once for all of them. A single
 * process is always looked up anew, as it must be right before a signal.
 */
export function sharedLooks(table: ProcessTable, clock: Pick<Clock, "soon">): ProcessTable {
  let rows: readonly ProcessRow[] | null = null;
  const variables = new Map<string, string | null>();
  const forget = () => {
    rows = null;
    variables.clear();
  };
  return {
    ...table,
    rows: () => {
      if (rows === null) clock.soon(forget);
      rows ??= table.rows();
      return rows;
    },
    variable: (pid, name) => {
      // Only beside a look that is shared, or nobody would forget it.
      if (rows === null) return table.variable(pid, name);
      const key = `${pid} ${name}`;
      const known = variables.get(key);
      if (known !== undefined) return known;
      const value = table.variable(pid, name);
      variables.set(key, value);
      return value;
    },
  };
}

/** The process itself and all that descend from it or share its session or group. */
export function treeOf(rows: readonly ProcessRow[], pid: number): readonly ProcessRow[] {
  const inside = new Set<number>([pid]);
  for (let size = 0; size !== inside.size; ) {
    size = inside.size;
    for (const row of rows) {
      if (inside.has(row.parent) || row.session === pid || row.group === pid) inside.add(row.pid);
    }
  }
  return rows.filter((row) => inside.has(row.pid));
}

/** Where the machine keeps its processes: Linux has files, macOS has a program. */
export const realProcessTable: ProcessTable =
  platform() === "linux" ? processTableIn("/proc") : processTableOfPs();

function processTableIn(root: string): ProcessTable {
  const row = (pid: number) => {
    try {
      return parseStat(readFileSync(`${root}/${pid}/stat`, "latin1"));
    } catch {
      return null;
    }
  };
  const pids = () => readdirSync(root).flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
  return {
    row,
    rows: () => pids().flatMap((pid) => row(pid) ?? []),
    pids,
    variable: (pid, name) => {
      try {
        return variableIn(readFileSync(`${root}/${pid}/environ`, "utf8"), name, "\0");
      } catch {
        return null;
      }
    },
  };
}

/** Fields as proc(5) counts them; the program's name, in brackets, may hold anything, brackets too. */
export function parseStat(text: string): ProcessRow | null {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const startTime = fields[19];
  // Z and X are dead: only their exit status waits to be read.
  if (state === undefined || "ZXx".includes(state) || startTime === undefined) return null;
  return {
    pid: Number.parseInt(text, 10),
    startTime,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
  };
}

function variableIn(environment: string, name: string, separator: string): string | null {
  const start = `${separator}${environment}`.indexOf(`${separator}${name}=`);
  if (start === -1) return null;
  const from = start + name.length + 1;
  const end = environment.indexOf(separator, from);
  return environment.slice(from, end === -1 ? environment.length : end);
}

/** Not tried on a Mac. */
function processTableOfPs(): ProcessTable {
  const columns = "pid=,ppid=,pgid=,sess=,stat=,lstart=";
  const ask = (words: readonly string[]): readonly string[] => {
    try {
      const text = execFileSync("/bin/ps", [...words], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      return text.split("\n").filter((line) => line.trim() !== "");
    } catch {
      return [];
    }
  };
  return {
    row: (pid) => parsePs(ask(["-o", columns, "-p", String(pid)])[0] ?? ""),
    rows: () => ask(["-ax", "-o", columns]).flatMap((line) => parsePs(line) ?? []),
    pids: () => ask(["-ax", "-o", "pid="]).map(Number),
    variable: (pid, name) => {
      const line = ask(["-E", "-ww", "-o", "command=", "-p", String(pid)])[0];
      return line === undefined ? null : variableIn(line, name, " ");
    },
  };
}

export function parsePs(line: string): ProcessRow | null {
  const [pid, parent, group, session, state, ...startTime] = line.trim().split(/\s+/);
  if (state === undefined || state.startsWith("Z") || startTime.length === 0) return null;
  return {
    pid: Number(pid),
    startTime: startTime.join(" "),
    parent: Number(parent),
    group: Number(group),
    // macOS prints an address here; what leads its own group is taken for its own session.
    session: Number(session) || Number(group),
  };
}
