import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "../port/clock.ts";
import { realFiles } from "../port/files.ts";
import { realProcessTable } from "../port/process-table.ts";
import type { Spawn } from "../port/spawn.ts";
import { startChild } from "./spawn-host-child.ts";
import { HOST_DEFAULTS, type HostFrame, type ProcessRequest } from "./spawn-host-frames.ts";
import { startFailure } from "./start-trouble.ts";

const REQUEST: ProcessRequest = {
  id: "r/t/1",
  argv: ["tool"],
  folder: "/",
  environment: { PATH: "/bin" },
  logPath: "/nowhere/log",
  stdoutPath: "/nowhere/out",
  stdoutBytesMax: 1,
  view: null,
  input: null,
  secrets: {},
  timeoutMs: null,
  idleTimeoutMs: null,
};

/** The system refuses with this code so many times, then there is a process. */
function started(code: string, times: number) {
  const clock = heldClock();
  const frames: HostFrame[] = [];
  const triesAt: number[] = [];
  const spawn: Spawn = {
    start: (_argv, _options, events) => {
      triesAt.push(clock.monotonic());
      if (triesAt.length <= times) events.failed(Object.assign(new Error(code), { code }));
      else events.started({ pid: 999_999_999, pipes: [null, null, null], release: () => {} });
    },
    signal: () => false,
  };
  const pipes = { take: () => null, close: () => {} };
  const quiet = { watch: () => {}, hurry: () => {}, isBusy: () => false };
  const settings = { ...HOST_DEFAULTS, exitLog: "", pipeFolder: "" };
  const ports = { clock, files: realFiles, spawn, table: realProcessTable, pipes, leftovers: quiet };
  const child = startChild(REQUEST, settings, ports, (frame) => frames.push(frame));
  return { clock, frames, triesAt, child };
}

describe("F33: a start that the system puts off", () => {
  for (const code of ["EAGAIN", "ETXTBSY"]) {
    it(`${code}: is tried again with longer pauses`, () => {
      const { clock, frames, triesAt } = started(code, 3);
      clock.advance(60_000);
      assert.deepEqual(triesAt, [0, 50, 150, 350]);
      assert.deepEqual(
        frames.map(({ kind }) => kind),
        ["started"].concat(frames.length > 1 ? ["quiet"] : []),
      );
    });

    it(`${code}: is refused after some tries, as something that passes`, () => {
      const { clock, frames, triesAt } = started(code, 100);
      clock.advance(60_000);
      assert.equal(triesAt.length, 6);
      assert.deepEqual(frames, [{ kind: "refused", id: "r/t/1", code }]);
      const failure = startFailure({ code }, REQUEST);
      assert.deepEqual([failure.class, failure.action], ["transient", "retry"]);
      assert.match(failure.message, new RegExp(`"tool".*${code}.*PATH is /bin`));
    });
  }

  it("ended while it waits, it is not tried again", () => {
    const { clock, frames, triesAt, child } = started("EAGAIN", 100);
    child.end("cancelled", false);
    clock.advance(60_000);
    assert.equal(triesAt.length, 1);
    assert.deepEqual(frames, [{ kind: "refused", id: "r/t/1", code: "ENDED" }]);
  });

  it("what will not pass is refused at once", () => {
    const { frames, triesAt } = started("E2BIG", 100);
    assert.equal(triesAt.length, 1);
    assert.deepEqual(frames, [{ kind: "refused", id: "r/t/1", code: "E2BIG" }]);
  });
});
