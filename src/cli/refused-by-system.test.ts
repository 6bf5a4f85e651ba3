import assert from "node:assert/strict";
import { it } from "node:test";
import { JournalFault, StoreFault } from "../host/embedded/fault.ts";
import { refusedBySystem } from "./refused-by-system.ts";

it("F9 what stands on a read-only file system is told as that, and not as a trouble to look at", () => {
  const path = "/p/tasks/pending/a.md";
  const error = Object.assign(new Error("EROFS"), { code: "EROFS", syscall: "open", path });
  assert.deepEqual(refusedBySystem(error)?.problems, [
    {
      code: "E_READ_ONLY",
      message: `${path} cannot be written: it is on a file system that is read-only`,
      hint: "make it writable; reading still works",
    },
  ]);
});

it("F11 a journal that cannot be read or written right now is told by its own code", () => {
  const problem = { code: "E_BUSY", message: "the journal is in use", hint: "close the other program" };
  for (const error of [new JournalFault(problem), new StoreFault(problem, true)])
    assert.deepEqual(refusedBySystem(error)?.problems, [problem]);
});
