import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "../port/clock.ts";
import type { ProcessRow, ProcessTable } from "../port/process-table.ts";
import { parsePs, parseStat } from "../port/process-table.ts";
import { leftovers } from "./leftovers.ts";
import { endProcess } from "./process-end.ts";

interface Fake extends Partial<ProcessRow> {
  readonly pid: number;
  readonly token?: string;
  readonly ignores?: readonly string[];
}

/** A machine with these processes; signals end them unless they ignore them. */
function machine(...processes: Fake[]) {
  const clock = heldClock();
  const alive = new Map(processes.map((one) => [one.pid, one]));
  const sent: string[] = [];
  const rowOf = (one: Fake): ProcessRow => ({
    startTime: "100",
    parent: 1,
    group: one.pid,
    session: one.pid,
    ...one,
  });
  const table: ProcessTable = {
    row: (pid) => {
      const one = alive.get(pid);
      return one === undefined ? null : rowOf(one);
    },
    rows: () => [...alive.values()].map(rowOf),
    pids: () => [...alive.keys()],
    variable: (pid) => alive.get(pid)?.token ?? null,
  };
  const spawn = {
    start: () => assert.fail("nothing is to be started"),
    signal: (pid: number, name: NodeJS.Signals | 0) => {
      sent.push(`${name} ${pid}`);
      for (const one of [...alive.values()]) {
        const isMeant = pid < 0 ? rowOf(one).group === -pid : one.pid === pid;
        if (isMeant && !(one.ignores ?? []).includes(String(name))) alive.delete(one.pid);
      }
      return true;
    },
  };
  return { ports: { clock, spawn, table }, clock, alive, sent };
}

function end(
  setting: ReturnType<typeof machine>,
  graceMs = 10_000,
  target = { pid: 50, startTime: "100", token: "T" },
) {
  let notes: readonly string[] | null = null;
  const ending = endProcess(target, setting.ports, { graceMs, done: (said) => (notes = said) });
  return { ending, notes: () => notes };
}

describe("ending a process", () => {
  it("F26: a number that was given to another process is not signalled", () => {
    const setting = machine(
      { pid: 50, startTime: "200" },
      { pid: 51, startTime: "201", group: 50, session: 50 },
    );
    const run = end(setting);
    setting.clock.advance(1_000);
    assert.deepEqual([run.notes(), setting.sent], [[], []]);
  });

  it("F26: nor one that is given away between the look and the signal", () => {
    const setting = machine({ pid: 50, ignores: ["SIGTERM"] }, { pid: 60, parent: 50, ignores: ["SIGTERM"] });
    const run = end(setting);
    setting.alive.set(60, { pid: 60, startTime: "500" });
    setting.clock.advance(11_000);
    assert.notEqual(run.notes(), null);
    assert.deepEqual(setting.sent, ["SIGTERM -50", "SIGTERM 60", "SIGKILL -50"]);
    assert.ok(setting.alive.has(60));
  });

  it("F24: TERM, the grace, KILL, and a note", () => {
    const setting = machine({ pid: 50, ignores: ["SIGTERM"] });
    const run = end(setting);
    setting.clock.advance(9_900);
    assert.deepEqual([setting.sent, run.notes()], [["SIGTERM -50"], null]);
    setting.clock.advance(200);
    assert.deepEqual(run.notes(), ["ended by SIGKILL: it ignored SIGTERM for 10 s"]);
  });

  it("F25: finds children in other sessions, orphans by token, and what they start while they are ended", () => {
    const setting = machine(
      { pid: 50 },
      { pid: 51, parent: 50, group: 51, session: 51, ignores: ["SIGTERM"] },
      { pid: 52, parent: 1, token: "T", ignores: ["SIGTERM"] },
      { pid: 53, parent: 52 },
      { pid: 70, token: "another" },
      { pid: 71, startTime: "99", token: "T" },
    );
    const run = end(setting, 100);
    setting.alive.set(54, { pid: 54, parent: 51 });
    setting.clock.advance(1_000);
    assert.notEqual(run.notes(), null);
    assert.deepEqual([...setting.alive.keys()], [70, 71]);
  });

  it("says what it could not end", () => {
    const setting = machine({ pid: 50, ignores: ["SIGTERM", "SIGKILL"] });
    const run = end(setting, 0);
    setting.clock.advance(60_000);
    assert.deepEqual(run.notes(), ["1 of its processes could not be ended"]);
  });
});

describe("what outlives an attempt that ended by itself", () => {
  it("F25: gets TERM, then KILL, until nothing is found twice", () => {
    const setting = machine(
      { pid: 60, token: "T" },
      { pid: 61, token: "T", ignores: ["SIGTERM"] },
      { pid: 62, token: "another" },
    );
    let isIdle = false;
    const watch = leftovers(setting.ports, 1_000, () => {
      isIdle = true;
    });
    watch.watch("T");
    setting.clock.advance(2_000);
    assert.deepEqual(setting.sent, ["SIGTERM 60", "SIGTERM 61", "SIGKILL 61"]);
    setting.clock.advance(1_000);
    assert.ok(watch.isBusy() && !isIdle);
    setting.clock.advance(1_000);
    assert.ok(!watch.isBusy() && isIdle);
    assert.deepEqual([...setting.alive.keys()], [62]);
  });
});

describe("the process table", () => {
  it("reads a name with brackets and spaces, and takes the dead for gone", () => {
    const fields = (state: string) =>
      `42 (a) b (c)) ${state} 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 893211 0 0`;
    assert.deepEqual(parseStat(fields("S")), {
      pid: 42,
      startTime: "893211",
      parent: 7,
      group: 8,
      session: 9,
    });
    assert.equal(parseStat(fields("Z")), null);
    assert.equal(parseStat(""), null);
  });

  it("reads the lines of ps on a Mac", () => {
    const line = "  501     1   501      0 Ss   Mon Jan  5 10:11:12 2026";
    const startTime = "Mon Jan 5 10:11:12 2026";
    assert.deepEqual(parsePs(line), { pid: 501, startTime, parent: 1, group: 501, session: 501 });
    assert.equal(parsePs(""), null);
  });
});
