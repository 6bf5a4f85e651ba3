import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import type { Pipe } from "../port/spawn.ts";
import { readExitLog } from "./exit-log.ts";
import { REAL_SPAWN_HOST_PORTS } from "./spawn-host-boot.ts";
import { HOST_DEFAULTS } from "./spawn-host-frames.ts";
import { runHost } from "./spawn-host-loop.ts";

/** A host that is told to start one process, in a folder whose exit log holds this; `start` is its spawn. */
function hostStarting(folder: string, log: string, start: () => void): string {
  const exitLog = join(folder, "exits.jsonl");
  if (log !== "") writeFileSync(exitLog, log);
  const ports = { ...REAL_SPAWN_HOST_PORTS, spawn: { ...REAL_SPAWN_HOST_PORTS.spawn, start } };
  const engine = new Duplex({ read: () => {}, write: (_piece, _encoding, done) => done() });
  runHost(engine as unknown as Pipe, ports, {
    pid: process.pid,
    startSecond: () => {},
    setMask: () => {},
    leave: () => {},
  });
  const request = { argv: ["tool"], folder, environment: {}, logPath: join(folder, "log") };
  const more = { stdoutPath: join(folder, "out"), stdoutBytesMax: 1, view: null, input: null, secrets: {} };
  for (const frame of [
    { kind: "setup", ...HOST_DEFAULTS, exitLog, pipeFolder: folder },
    { kind: "start", id: "r/t/1", ...request, ...more, timeoutMs: null, idleTimeoutMs: null },
  ])
    engine.emit("data", `${JSON.stringify(frame)}\n`);
  return exitLog;
}

const recordIn = (exitLog: string) => readExitLog(exitLog, REAL_SPAWN_HOST_PORTS.files).find("r/t/1");

test("F51: what is about to be started is on record before its process exists", (t) => {
  const folder = temporaryFolder(t);
  const atTheStart: boolean[] = [];
  hostStarting(folder, "", () => {
    const { wasBegun, start } = recordIn(join(folder, "exits.jsonl"));
    assert.equal(start, null);
    atTheStart.push(wasBegun);
  });
  assert.deepEqual(atTheStart, [true]);
});

test("F5: a record that a power cut has torn takes none of the next host along", (t) => {
  for (const torn of [
    '{"kind":"started","id":"r/old/1"',
    "\0\0\0\0",
    '{"kind":"begin","attempt":"r/old/1"}\n',
  ]) {
    const exitLog = hostStarting(temporaryFolder(t), torn, () => {});
    assert.equal(recordIn(exitLog).wasBegun, true, JSON.stringify(torn));
  }
});
