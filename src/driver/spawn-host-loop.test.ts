import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import type { Pipe } from "../port/spawn.ts";
import { readExitLog } from "./exit-log.ts";
import { REAL_SPAWN_HOST_PORTS } from "./spawn-host-boot.ts";
import { HOST_DEFAULTS } from "./spawn-host-frames.ts";
import { runHost } from "./spawn-host-loop.ts";

test("F51: what is about to be started is on record before its process exists", (t) => {
  const folder = temporaryFolder(t);
  const exitLog = join(folder, "exits.jsonl");
  const atTheStart: boolean[] = [];
  const start = () => {
    const { wasBegun, start } = readExitLog(exitLog, REAL_SPAWN_HOST_PORTS.files).find("r/t/1");
    assert.equal(start, null);
    atTheStart.push(wasBegun);
  };
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
  assert.deepEqual(atTheStart, [true]);
  assert.ok(readFileSync(exitLog, "utf8").endsWith("\n"));
});
