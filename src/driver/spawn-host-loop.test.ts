import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/processes.ts";
import { type Files, realFiles } from "../port/files.ts";
import type { ProcessTable } from "../port/process-table.ts";
import type { Pipe } from "../port/spawn.ts";
import { readExitLog } from "./exit-log.ts";
import type { ProcessPorts } from "./process-end.ts";
import { outcomeOfEnd } from "./process-outcome.ts";
import { REAL_SPAWN_HOST_PORTS } from "./spawn-host-boot.ts";
import {
  frameReader,
  HOST_DEFAULTS,
  type HostFrame,
  type ProcessRequest,
  type RefusedFrame,
} from "./spawn-host-frames.ts";
import { runHost } from "./spawn-host-loop.ts";
import { startFailure } from "./start-trouble.ts";

/** A host that is told to start one process, in a folder whose exit log holds this; `start` is its spawn. */
function hostStarting(folder: string, log: string, start: () => void): string {
  const exitLog = join(folder, "exits.jsonl");
  if (log !== "") writeFileSync(exitLog, log);
  const ports = { ...REAL_SPAWN_HOST_PORTS, spawn: { ...REAL_SPAWN_HOST_PORTS.spawn, start } };
  hostWith(folder, ports, ["r/t/1"], () => {});
  return exitLog;
}

function hostWith(
  folder: string,
  ports: ProcessPorts,
  attempts: readonly string[],
  told: (frame: HostFrame) => unknown,
  asked: object = {},
): void {
  const exitLog = join(folder, "exits.jsonl");
  const read = frameReader<HostFrame>(told);
  const engine = new Duplex({
    read: () => {},
    write: (piece, _encoding, done) => {
      read(String(piece));
      done();
    },
  });
  runHost(engine as unknown as Pipe, ports, {
    pid: process.pid,
    startSecond: () => {},
    setMask: () => {},
    leave: () => {},
  });
  const request = { argv: ["/bin/sh", "-c", ":"], folder, environment: {}, logPath: join(folder, "log") };
  const more = { stdoutPath: join(folder, "out"), stdoutBytesMax: 1, view: null, input: null, secrets: {} };
  for (const frame of [
    { kind: "setup", ...HOST_DEFAULTS, exitLog, pipeFolder: folder },
    ...attempts.map((id) => ({
      kind: "start",
      id,
      ...request,
      ...more,
      timeoutMs: null,
      idleTimeoutMs: null,
      ...asked,
    })),
  ])
    engine.emit("data", `${JSON.stringify(frame)}\n`);
}

/** A disk that is full in the midst of the first line that begins an attempt, and has room again a moment later. */
function filledOnce(): Files {
  let isFull = true;
  const open: Files["open"] = (path, mode) => {
    const file = realFiles.open(path, mode);
    const write: typeof file.write = (data, position) => {
      if (!isFull || !String(data).includes('"begin"')) return file.write(data, position);
      isFull = false;
      file.write(String(data).slice(0, 20), position);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    return { ...file, write };
  };
  return { ...realFiles, open };
}

/** The table of processes, which cannot be read when it is first asked about one that is not this one. */
function brokenOnce(): ProcessTable {
  let isBroken = false;
  const { table } = REAL_SPAWN_HOST_PORTS;
  const row: ProcessTable["row"] = (pid) => {
    if (pid === process.pid || isBroken) return table.row(pid);
    isBroken = true;
    throw new Error("EMFILE: too many open files");
  };
  return { ...table, row };
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

test("F33: a start that breaks in the host itself is answered, and whatever came of it is cleared away", async (t) => {
  const folder = temporaryFolder(t);
  // As where decapod is replaced while it runs, and has a part of itself still to load.
  const asked = { view: "of no version" };
  const refused = await new Promise<RefusedFrame>((resolve) =>
    hostWith(
      folder,
      REAL_SPAWN_HOST_PORTS,
      ["r/t/1"],
      (frame) => frame.kind === "refused" && resolve(frame),
      asked,
    ),
  );
  assert.deepEqual([refused.id, refused.code], ["r/t/1", "BROKEN"]);
  const { wasBegun, end } = recordIn(join(folder, "exits.jsonl"));
  assert.deepEqual([wasBegun, end?.kind], [true, "refused"]);
  const failure = startFailure(refused, { argv: ["tool"], folder, environment: {} });
  assert.equal(failure.class, "transient");
  assert.match(failure.message, /"tool" was not started: decapod broke on it \(.*not a function\)/);
});

test("F33: a start that breaks once there is a process is no refusal: it is ended, and its end is told as lost", async (t) => {
  const folder = temporaryFolder(t);
  const ended = await new Promise<HostFrame>((resolve) =>
    hostWith(
      folder,
      { ...REAL_SPAWN_HOST_PORTS, table: brokenOnce() },
      ["r/t/1"],
      (frame) => (frame.kind === "refused" || frame.kind === "exit") && resolve(frame),
      { argv: ["/bin/sh", "-c", "exec sleep 1000"] },
    ),
  );
  assert.ok(ended.kind === "exit", `told as ${ended.kind}`);
  assert.deepEqual(recordIn(join(folder, "exits.jsonl")).end, ended);
  const request = { argv: ["tool"], folder, environment: {} } as unknown as ProcessRequest;
  const outcome = outcomeOfEnd(ended, { request, successCodes: [0] });
  assert.equal(outcome.status, "lost");
  assert.match(outcome.failure?.message ?? "", /decapod broke on it/);
  assert.match(outcome.notes.join(), /EMFILE: too many open files/);
});

test("F5 F6: a record that a full disk has cut off takes none of the same host along", async (t) => {
  const folder = temporaryFolder(t);
  const exitLog = join(folder, "exits.jsonl");
  const atTheStart: boolean[] = [];
  const { spawn } = REAL_SPAWN_HOST_PORTS;
  const start: typeof spawn.start = (...given) => {
    atTheStart.push(readExitLog(exitLog, realFiles).find(`r/t/${atTheStart.length + 1}`).wasBegun);
    spawn.start(...given);
  };
  const ports = { ...REAL_SPAWN_HOST_PORTS, files: filledOnce(), spawn: { ...spawn, start } };
  const attempts = ["r/t/1", "r/t/2"];
  const ended = new Set<string>();
  await new Promise<void>((resolve) =>
    hostWith(folder, ports, attempts, (frame) => {
      if (frame.kind === "exit" && ended.add(frame.id).size === attempts.length) resolve();
    }),
  );
  assert.deepEqual(atTheStart, [false, true], "the first line was refused, the next one was not");
  const log = readExitLog(exitLog, realFiles);
  for (const attempt of attempts) {
    const { wasBegun, start, end } = log.find(attempt);
    assert.deepEqual([wasBegun, start === null, end?.kind], [true, false, "exit"], attempt);
  }
});
