import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heldClock } from "./clock.ts";
import { type ProcessRow, type ProcessTable, sharedLooks } from "./process-table.ts";

describe("a table for many who look in the same turn", () => {
  const one: ProcessRow = { pid: 7, startTime: "1", parent: 1, group: 7, session: 7 };

  function counted() {
    const asked: string[] = [];
    const table: ProcessTable = {
      row: (pid) => {
        asked.push(`row ${pid}`);
        return one;
      },
      rows: () => {
        asked.push("rows");
        return [one];
      },
      pids: () => [7],
      variable: (pid, name) => {
        asked.push(`variable ${pid} ${name}`);
        return null;
      },
    };
    const clock = heldClock();
    return { asked, clock, shared: sharedLooks(table, clock) };
  }

  it("is read once a turn, and anew in the next", () => {
    const { asked, clock, shared } = counted();
    for (let look = 0; look < 3; look++) {
      assert.deepEqual(shared.rows(), [one]);
      assert.equal(shared.variable(7, "TOKEN"), null);
    }
    assert.deepEqual(asked.splice(0), ["rows", "variable 7 TOKEN"]);
    clock.advance(0);
    shared.rows();
    shared.variable(7, "TOKEN");
    assert.deepEqual(asked, ["rows", "variable 7 TOKEN"]);
  });

  it("looks a single process up each time, as before a signal", () => {
    const { asked, shared } = counted();
    shared.rows();
    shared.row(7);
    shared.row(7);
    assert.deepEqual(asked, ["rows", "row 7", "row 7"]);
  });

  it("remembers no variable that nobody would make it forget", () => {
    const { asked, shared } = counted();
    shared.variable(7, "TOKEN");
    shared.variable(7, "TOKEN");
    assert.equal(asked.length, 2);
  });
});
