/** Who may decide: what the system says of a process, and whether it holds what it wants given. */
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openFilesOf } from "../port/open-files.ts";
import type { ProcessRow } from "../port/process-table.ts";
import { Answers } from "./answers.ts";
import { holdsOpen, type PeoplePorts, refuseProgram, refuseTokenHolder } from "./people.ts";

const row = (pid: number, parent: number): ProcessRow => {
  return { pid, parent, startTime: "1", group: pid, session: pid };
};

function ports(stdin: string, attemptOf: number | null): PeoplePorts {
  const rows = new Map([row(30, 20), row(20, 10), row(10, 1)].map((one) => [one.pid, one]));
  return {
    table: {
      row: (pid) => rows.get(pid) ?? null,
      variable: (pid, name) => (pid === attemptOf && name === "DECAPOD_ATTEMPT" ? "r/t/1" : null),
    },
    openFiles: (pid) => (pid === 30 ? new Map([[0, { path: stdin, isWritable: false }]]) : null),
  };
}

describe("A6 who decides", () => {
  it("is who reads from a terminal, with no attempt around", () => {
    assert.equal(refuseProgram(30, ports("/dev/pts/4", null)), null);
    for (const stdin of ["/dev/null", "pipe:[7]", "/home/kim/dev/pts/4", "/dev/pts/../null"])
      assert.equal(refuseProgram(30, ports(stdin, null))?.code, "E_HUMAN_ONLY", stdin);
  });

  it("is never an attempt, nor anything that one started", () => {
    for (const around of [30, 20, 10])
      assert.match(
        refuseProgram(30, ports("/dev/pts/4", around))?.message ?? "",
        /inside the attempt r\/t\/1/,
      );
  });

  it("needs no terminal with a token, and may still be no attempt", () => {
    const { table } = ports("/dev/null", null);
    assert.equal(refuseTokenHolder(30, table), null);
    for (const around of [30, 20, 10])
      assert.match(
        refuseTokenHolder(30, ports("/dev/null", around).table)?.message ?? "",
        /inside the attempt r\/t\/1/,
      );
    for (const pid of [null, 31]) assert.equal(refuseTokenHolder(pid, table)?.code, "E_HUMAN_ONLY");
  });

  it("is nobody of whom nothing is known", () => {
    for (const pid of [null, 31])
      assert.equal(refuseProgram(pid, ports("/dev/pts/4", null))?.code, "E_HUMAN_ONLY");
  });

  it("holds the answer open to write, by its whole path", () => {
    const holds = (path: string, isWritable = true) =>
      holdsOpen(1, "/state/answer-x", () => new Map([[5, { path, isWritable }]]));
    assert.ok(holds("/state/answer-x"));
    for (const other of ["/state/other-answer-x", "/tmp/answer-x", "/tmp/state/answer-x"])
      assert.ok(!holds(other), other);
    assert.ok(!holds("/state/answer-x", false));
    assert.ok(!holdsOpen(1, "/state/answer-x", () => null));
    assert.ok(!holdsOpen(null, "/state/answer-x"));
  });

  it("is asked of the system: a link leads nowhere else, and who reads does not hold it", (t) => {
    if (openFilesOf(process.pid) === null) return t.skip("needs /proc");
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "decapod-people-")));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "answer-x");
    writeFileSync(path, "");
    symlinkSync(path, join(folder, "log"));
    for (const [name, flags, holds] of [
      ["log", "r", false],
      ["answer-x", "r", false],
      ["answer-x", "a", true],
      ["answer-x", "r+", true],
    ] as const) {
      const descriptor = openSync(join(folder, name), flags);
      assert.equal(holdsOpen(process.pid, path), holds, `${name} ${flags}`);
      closeSync(descriptor);
    }
  });
});

describe("A3 an answer that was said", () => {
  const SAID = {
    ...{ run: "r", root: "r", decision: "gate@1", digest: "d", choice: "approve" },
    ...{ comment: null, fields: {}, phrase: null, to: null },
  };

  it("is given once, only to who holds it, and for a minute", () => {
    let now = 0;
    let count = 0;
    const isHeld = (pid: number | null) => pid === 30;
    const answers = new Answers({ wall: () => now, folder: "/state", newName: () => `n${++count}`, isHeld });
    const code = (name: string, pid: number) => {
      const taken = answers.take(name, pid);
      return taken.ok ? taken.value.choice : taken.problems[0]?.code;
    };
    const first = answers.prepare(SAID);
    assert.deepEqual(
      [code(first, 31), code(first, 30), code(first, 30)],
      ["E_HUMAN_ONLY", "approve", "E_STALE"],
    );
    const second = answers.prepare(SAID);
    now = 60_001;
    assert.equal(code(second, 30), "E_STALE");
  });

  it("makes room: a hundred are kept", () => {
    let count = 0;
    const answers = new Answers({
      wall: () => 0,
      folder: "/state",
      newName: () => `n${++count}`,
      isHeld: () => true,
    });
    for (let left = 101; left > 0; left -= 1) answers.prepare(SAID);
    assert.ok(!answers.take("n1", 1).ok);
    assert.ok(answers.take("n2", 1).ok);
  });
});
