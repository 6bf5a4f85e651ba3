/**
 * Ending a process and all it has started, so that none is left: a look at its tree, TERM, grace, KILL to the group,
 * then a sweep until nothing is found twice. What belongs to it is known by descent, session, group and by the token in
 * the environment it was started with; before each signal the start time is compared, because numbers come again.
 */
import type { Clock } from "../port/clock.ts";
import type { Files } from "../port/files.ts";
import { type ProcessRow, type ProcessTable, treeOf } from "../port/process-table.ts";
import type { Spawn } from "../port/spawn.ts";

export interface EndPorts {
  readonly clock: Clock;
  readonly spawn: Spawn;
  readonly table: ProcessTable;
}

/** All that the hosting of processes needs of the machine. */
export interface ProcessPorts extends EndPorts {
  readonly files: Files;
}

export interface EndTarget {
  readonly pid: number;
  readonly startTime: string;
  /** The value of DECAPOD_ATTEMPT. */
  readonly token: string;
}

export const TOKEN_NAME = "DECAPOD_ATTEMPT";
const POLL_MS_MIN = 5;
const POLL_MS_MAX = 100;
const SWEEP_MS = 20;
/** About four seconds of sweeping. Who survives that many KILLs hangs in the kernel. */
const SWEEPS_MAX = 200;

export interface EndOptions {
  readonly graceMs: number;
  /** How it went, for the attempt's notes. Nothing of it is alive then, or a note says so. */
  readonly done: (notes: readonly string[]) => void;
}

export interface Ending {
  /** No more grace. */
  hurry(): void;
}

export function endProcess(target: EndTarget, ports: EndPorts, options: EndOptions): Ending {
  const { clock } = ports;
  const known = members(target, ports.table, new Map());
  const startMs = clock.monotonic();
  let isOver = false;
  let cancel = () => {};
  const toSweep = (notes: readonly string[]) => {
    isOver = true;
    cancel();
    sweep(target, ports, known, (left) => options.done([...notes, ...left]));
  };
  const kill = () => {
    if (isOver) return;
    members(target, ports.table, known);
    signalAll(known, target, ports, "SIGKILL");
    toSweep(
      options.graceMs > 0
        ? [`ended by SIGKILL: it ignored SIGTERM for ${secondsText(clock.monotonic() - startMs)}`]
        : [],
    );
  };
  const poll = (delayMs: number) => {
    cancel = clock.after(
      delayMs,
      () => {
        if (!isAnyAlive(known, ports.table)) toSweep([]);
        else if (clock.monotonic() - startMs >= options.graceMs) kill();
        else poll(Math.min(delayMs * 2, POLL_MS_MAX, startMs + options.graceMs - clock.monotonic()));
      },
      { hold: true },
    );
  };
  if (options.graceMs === 0) kill();
  else {
    signalAll(known, target, ports, "SIGTERM");
    poll(Math.min(POLL_MS_MIN, options.graceMs));
  }
  return { hurry: kill };
}

function secondsText(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** Kills what is left of the target until nothing is found twice in a row. */
export function sweep(
  target: EndTarget,
  ports: EndPorts,
  known: Map<number, ProcessRow>,
  done: (notes: readonly string[]) => void,
): void {
  let emptyLooks = 0;
  let looks = 0;
  const look = () => {
    looks += 1;
    members(target, ports.table, known);
    const alive = [...known.values()].filter((row) => isSame(row, ports.table.row(row.pid)));
    emptyLooks = alive.length === 0 ? emptyLooks + 1 : 0;
    if (emptyLooks === 2) return done([]);
    if (looks === SWEEPS_MAX) return done([`${alive.length} of its processes could not be ended`]);
    signalAll(known, target, ports, "SIGKILL");
    ports.clock.after(SWEEP_MS, look, { hold: true });
  };
  // In a turn of its own: what others saw in this one was seen before the kill.
  ports.clock.soon(look);
}

/** Adds to `known` what belongs to the target now. */
function members(
  target: EndTarget,
  table: ProcessTable,
  known: Map<number, ProcessRow>,
): Map<number, ProcessRow> {
  const rows = table.rows().filter((row) => !isOlder(row, target));
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const leader = byPid.get(target.pid);
  // By descent, session and group, unless the number has been given to somebody else.
  const family =
    leader !== undefined && leader.startTime !== target.startTime ? [] : treeOf(rows, target.pid);
  for (const row of family) known.set(row.pid, row);
  for (const row of rows) {
    const parent = known.get(row.parent);
    const isChild = parent !== undefined && isSame(parent, byPid.get(row.parent));
    if (!known.has(row.pid) && (isChild || table.variable(row.pid, TOKEN_NAME) === target.token)) {
      known.set(row.pid, row);
    }
  }
  return known;
}

/** Nothing that ran before the target can belong to it. Only Linux' times can be put in order. */
function isOlder(row: ProcessRow, target: EndTarget): boolean {
  const [own, first] = [Number(row.startTime), Number(target.startTime)];
  return own < first;
}

function isSame(row: ProcessRow, now: ProcessRow | null | undefined): boolean {
  return now?.pid === row.pid && now.startTime === row.startTime;
}

function isAnyAlive(known: ReadonlyMap<number, ProcessRow>, table: ProcessTable): boolean {
  return [...known.values()].some((row) => isSame(row, table.row(row.pid)));
}

/** The group at once, so that nobody in it can start another one in between; then each one outside of it. */
function signalAll(
  known: ReadonlyMap<number, ProcessRow>,
  target: EndTarget,
  { spawn, table }: EndPorts,
  name: NodeJS.Signals,
): void {
  const alive = [...known.values()].filter((row) => isSame(row, table.row(row.pid)));
  if (alive.some((row) => row.group === target.pid)) spawn.signal(-target.pid, name);
  for (const row of alive) {
    if (row.group !== target.pid) spawn.signal(row.pid, name);
  }
}

/** Every living process that carries one of the tokens. */
export function withTokens(
  tokens: ReadonlySet<string>,
  table: ProcessTable,
): readonly (ProcessRow & { readonly token: string })[] {
  return table.pids().flatMap((pid) => {
    const token = table.variable(pid, TOKEN_NAME);
    if (token === null || !tokens.has(token)) return [];
    const row = table.row(pid);
    return row === null ? [] : [{ ...row, token }];
  });
}
