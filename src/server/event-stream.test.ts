import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Happening } from "../contract.ts";
import { EventStream } from "./event-stream.ts";

const entries = (run: string, sequence: number): Happening => ({ kind: "entries", run, root: run, sequence });
const line = (text: string): Happening => ({
  kind: "progress",
  progress: { kind: "output", run: "a", task: "t", key: null, attempt: 1, line: text, bytes: 1 },
});

/** What a reader got; it takes `room` writes at a time. */
function reader(room: number) {
  const got: Happening[] = [];
  let left = room;
  const stream = new EventStream({
    write: (text) => {
      got.push(JSON.parse(text.replace(/^data: (.*)\n\n$/, "$1")));
      left -= 1;
      return left > 0;
    },
  });
  const drain = () => {
    left = room;
    stream.drained();
  };
  return { got, stream, drain };
}

describe("what happens, told to a reader", () => {
  it("begins by saying that nothing can be missed from now on, and comes in order", () => {
    const { got, stream } = reader(9);
    stream.tell(entries("a", 1));
    stream.tell(line("x"));
    assert.deepEqual(got, [{ kind: "begin" }, entries("a", 1), line("x")]);
  });

  it("F61 keeps of each run only the newest sequence for a slow reader, and nothing of what tasks print", () => {
    const { got, stream, drain } = reader(2);
    stream.tell(entries("a", 1));
    for (let sequence = 2; sequence <= 1000; sequence += 1) {
      stream.tell(entries("a", sequence));
      stream.tell(line("chatter"));
    }
    stream.tell(entries("b", 1));
    assert.equal(got.length, 2);
    drain();
    assert.deepEqual(got.slice(2), [entries("a", 1000), entries("b", 1)]);
  });

  it("says goodbye to a slow reader too, whose connection ends behind it", () => {
    const { got, stream } = reader(1);
    stream.tell(entries("a", 1));
    stream.tell({ kind: "leaving", handsOver: true });
    assert.deepEqual(got, [{ kind: "begin" }, { kind: "leaving", handsOver: true }]);
  });
});
