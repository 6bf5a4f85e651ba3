import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  attemptIn,
  attemptName,
  idFromHash,
  instanceName,
  isRunId,
  risingUlids,
  shortId,
  suffixIn,
  timeOfId,
  ulid,
} from "./id.ts";

const zero = new Uint8Array(10);

describe("run ids", () => {
  it("is the ULID of the specification, in lower case", () => {
    assert.equal(ulid(1_469_918_176_385, zero), "01aryz6s410000000000000000");
    assert.equal(
      ulid(
        0,
        zero.map(() => 255),
      ),
      "0000000000zzzzzzzzzzzzzzzz",
    );
    assert.equal(
      ulid(
        2 ** 48 - 1,
        zero.map((_, at) => at),
      ),
      "7zzzzzzzzz000g40r40m30e209",
    );
  });

  it("says when it was made", () => {
    for (const timeMs of [0, 1_469_918_176_385, 2 ** 48 - 1])
      assert.equal(timeOfId(ulid(timeMs, zero)), timeMs);
  });

  it("keeps a clock that is out of range within 10 letters", () => {
    assert.equal(ulid(-5, zero), ulid(0, zero));
    assert.equal(ulid(2 ** 60, zero).slice(0, 10), "7zzzzzzzzz");
    assert.throws(() => ulid(0, new Uint8Array(9)), /10 bytes/);
  });

  it("rises within a millisecond, when the clock goes back, and past the last bytes", () => {
    const times = [5, 5, 3, 6, 6];
    const bytes = [zero.map(() => 255), zero];
    const next = risingUlids(
      () => times.shift() ?? 6,
      () => bytes.shift() ?? zero,
    );
    const ids = [next(), next(), next(), next(), next()];
    assert.deepEqual(ids, [...ids].sort());
    assert.equal(new Set(ids).size, 5);
    assert.equal(ids[1], ulid(6, zero));
    assert.equal(
      ids[0],
      ulid(
        5,
        zero.map(() => 255),
      ),
    );
  });

  it("knows an id from what is none", () => {
    assert.ok(isRunId("01aryz6s410000000000000000"));
    for (const text of [
      "",
      "01ARYZ6S410000000000000000",
      "8".repeat(26),
      "0".repeat(25),
      "0".repeat(27),
      "0aryz6s41i00000000000000",
      "../../../etc/passwd/000000",
    ]) {
      assert.equal(isRunId(text), false, text);
    }
    assert.equal(isRunId(`${"0".repeat(26)}\n`), false);
  });
});

describe("short names", () => {
  const id = "01aryz6s41000000000000abcd";

  it("takes the shortest ending of at least 4 that no other has", () => {
    assert.equal(shortId("r", id, []), "r-abcd");
    assert.equal(shortId("r", id, [id, "01aryz6s41000000000000abce"]), "r-abcd");
    assert.equal(shortId("r", id, ["01aryz6s41000000000001abcd"]), "r-0abcd");
    assert.equal(shortId("a", id, [`1${id.slice(1)}`]), `a-${id}`);
  });

  it("reads what people type", () => {
    assert.equal(suffixIn("r", "r-7k2m"), "7k2m");
    assert.equal(suffixIn("r", "R-7K2M"), "7k2m");
    assert.equal(suffixIn("a", "93fk"), "93fk");
    assert.equal(suffixIn("r", id), id);
    for (const text of ["", "r-", "r-7k2", "r-7k2u", "a-7k2m", "r-../x", "r-7k2m%", `${id}0`]) {
      assert.equal(suffixIn("r", text), null, text);
    }
  });

  it("names a decision by the hash of its run and id", () => {
    const hex = "ff00".repeat(16);
    assert.equal(idFromHash(hex), idFromHash(hex));
    assert.match(idFromHash(hex), /^[0-9a-hjkmnp-tv-z]{26}$/);
    assert.notEqual(idFromHash(hex), idFromHash(`${"ff00".repeat(7)}ff01${"0".repeat(32)}`));
  });
});

describe("attempts", () => {
  const run = "01aryz6s410000000000000000";

  it("are named by run, task or instance, and number", () => {
    assert.equal(attemptName(run, instanceName("build", null), 1), `${run}/build/1`);
    const name = attemptName(run, instanceName("test", "a/b"), 12);
    assert.equal(name, `${run}/test[a/b]/12`);
    assert.deepEqual(attemptIn(name), { run, instance: "test[a/b]", attempt: 12 });
  });

  it("refuse names of another form", () => {
    for (const name of [
      "",
      run,
      `${run}/1`,
      `${run}//1`,
      `${run}/build/0`,
      `${run}/build/x`,
      `x/build/1`,
      `${run}/build/1e3`,
      `${run}/build/1234567890`,
    ]) {
      assert.equal(attemptIn(name), null, name);
    }
  });
});
