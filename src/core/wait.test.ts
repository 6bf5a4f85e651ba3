import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play, START_MS } from "../../test/support/decider.ts";
import { dueEvents } from "./awaited.ts";

const waits = (fields: string, more = "") =>
  new Play(flow(`w : agent: wait, parameters: { ${fields} }${more}`));
const event = (name: string, key: string, data: number) =>
  ({ type: "event.received", name, key, data }) as const;

const NO_TIMES = [
  "for: '${trigger.kind}'",
  "until: '${trigger.kind}'",
  "until: '${trigger}'",
  "for: '${trigger.body}'",
  "event: go, timeout: '${trigger.kind}'",
];

describe("wait (formats.md 1.6)", () => {
  test("for a length of time, which counts downtime", () => {
    for (const [written, ms] of [
      ["90", 90_000],
      ["2h", 7_200_000],
      ["'${trigger.kind == \"manual\" ? 5 : 1}'", 5000],
    ] as const) {
      const play = waits(`for: ${written}`);
      assert.deepEqual(
        [play.status("w"), play.unit("w").timer],
        ["waiting/time", { id: "unit:w", kind: "delay", from: START_MS, delayMs: ms }],
      );
      play.wait("unit:w");
      assert.deepEqual(
        [play.run.status, play.task("w").output, play.task("w").durationMs],
        ["success", { value: null }, ms],
      );
    }
  });

  test("until a moment of wall time; one that is past is over at once", () => {
    const play = waits("until: 2026-01-05T10:00:00Z");
    assert.deepEqual(play.unit("w").timer, { id: "unit:w", kind: "wall", due: START_MS + 3_600_000 });
    play.fire("unit:w");
    assert.deepEqual(play.done("set_timer").length, 1);
    assert.equal(play.wait("unit:w").run.status, "success");
    assert.equal(waits("until: 2020-01-05T10:00:00Z").wait("unit:w").run.status, "success");
  });

  test("for an event with its key; its data is the output", () => {
    const play = waits("event: paid, key: 7");
    assert.deepEqual(
      [play.status("w"), play.unit("w").timer, play.unit("w").waiting],
      ["waiting/event", null, { event: "paid", key: "7" }],
    );
    play.send(event("paid", "8", 1)).send(event("sent", "7", 2));
    assert.equal(play.status("w"), "waiting/event");
    play.send(event("paid", "7", 3));
    assert.deepEqual(play.task("w").output, { value: 3 });
    assert.equal(waits("event: go").send(event("go", "", 1)).run.status, "success");
    assert.equal(waits("event: go, key: '${trigger.body}'").error("w").class, "config_error");
  });

  test("an event that does not come in time fails, or goes on with null", () => {
    const play = waits("event: go, timeout: 60");
    assert.deepEqual(play.unit("w").timer, { id: "unit:w", kind: "tick", due: 60_000 });
    play.wait("unit:w");
    assert.deepEqual(
      [play.error("w").class, play.error("w").message],
      ["timeout", 'event go with key "" did not come in time'],
    );
    const going = waits("event: go, timeout: 60, on_timeout: continue").wait("unit:w");
    assert.deepEqual([going.run.status, going.task("w").output], ["success", { value: null }]);
    const late = waits("event: go, key: '${run.name}', timeout: 60, on_timeout: continue").wait("unit:w");
    assert.equal(late.run.status, "success");
    assert.equal(waits("event: go, key: '${run.name}', timeout: 60").wait("unit:w").run.status, "failed");
    const inTime = waits("event: go, timeout: 60").send(event("go", "", 1));
    assert.deepEqual(inTime.done("clear_timer")[0], { do: "clear_timer", timer: "unit:w" });
  });

  test("one event goes to every waiter, also to those that do not wait yet, and to each once", () => {
    const play = new Play(
      flow(`now : agent: wait, parameters: { event: go }
        a
        later <- a : agent: wait, parameters: { event: go }
        again <- later : agent: wait, parameters: { event: go }, foreach: { items: [1, 2] }`),
    );
    play.send(event("go", "", 1));
    assert.deepEqual(play.states("now", "later"), { now: "success", later: "pending" });
    play.ok("a");
    assert.deepEqual([play.task("later").output, play.status("again")], [{ value: 1 }, "success"]);
    const mapped = new Play(
      "a\nm <- a : agent: wait, parameters: { event: '${item}' }, foreach: { items: [x, y], max_parallel: 1 }",
    );
    mapped
      .send(event("y", "", 1))
      .send(event("z", "", 2))
      .ok("a")
      .send(event("x", "", 3));
    assert.deepEqual(
      [mapped.unit("m:0").output, mapped.unit("m:1").output, mapped.run.status],
      [{ value: 3 }, { value: 1 }, "success"],
    );
    const looped = new Play(
      "w : agent: wait, parameters: { event: go }\na <- w\nlook <- a : agent: approval, parameters: { send_back_to: w }",
    );
    looped
      .send(event("go", "", 1))
      .ok("a")
      .decide("look", "send_back");
    assert.equal(looped.status("w"), "waiting/event");
    looped.send(event("go", "", 2));
    assert.deepEqual([looped.task("w").output, looped.replayed()], [{ value: 2 }, looped.run]);
  });

  test("what came while nobody looked after the run is kept, and given once somebody does", () => {
    const late = (name: string, data: number, how: "kept" | "given") =>
      ({ type: "event.received", name, key: "", data, late: how }) as const;
    const play = new Play(
      "w : agent: wait, parameters: { event: go }\nm : agent: wait, parameters: { event: '${item}' }, foreach: { items: [go, x] }",
    );
    play.send(late("go", 1, "kept")).send(late("other", 2, "kept"));
    assert.deepEqual([play.last, play.states("w", "m")], [[], { w: "waiting/event", m: "running" }]);
    assert.deepEqual(
      dueEvents(play.run).map(({ name, data }) => [name, data]),
      [["go", 1]],
    );
    play.send(late("go", 1, "given"));
    assert.deepEqual([play.task("w").output, play.unit("m:0").output], [{ value: 1 }, { value: 1 }]);
    assert.deepEqual(dueEvents(play.run), []);
    play.send(late("go", 1, "given"));
    assert.equal(play.run.inbox.length, 2, "it came once");
    assert.deepEqual(play.replayed(), play.run);
  });

  test("a run begins with what its parent hands to its first pass", () => {
    const play = new Play("w : agent: wait, parameters: { event: go }", {
      events: [{ name: "go", key: "", data: 7 }],
    });
    assert.deepEqual([play.run.status, play.task("w").output], ["success", { value: 7 }]);
  });

  test("events nobody here waits for are not kept, and never more than 1,000", () => {
    assert.deepEqual(new Play("a").send(event("go", "", 1)).run.inbox, []);
    const play = new Play("a\nw <- a : agent: wait, parameters: { event: go }").start("a");
    for (let index = 0; index < 1005; index++) play.send(event("other", String(index), index));
    assert.deepEqual([play.run.inbox.length, play.run.inbox[0]?.key], [1000, "5"]);
  });

  test("a length above its limit, or below none, is told with the range", () => {
    const range = "seconds or a duration such as 90s, 15m, 2h, 7d, from 0 s to 365d";
    const given = (name: string, value: string) =>
      waits(`${name}: "\${trigger.kind == 'manual' ? ${value} : 1}"`);
    for (const [name, shown] of [
      ["for", "for"],
      ["event: go, timeout", "timeout"],
    ] as const)
      for (const value of ["'366d'", "-1"]) {
        const { class: kind, message } = given(name, value).error("w");
        assert.equal(kind, "config_error");
        assert.ok(message.endsWith(`; ${shown} is ${range}`), message);
      }
    assert.doesNotMatch(waits("until: '${trigger.kind}'").error("w").message, /;/);
  });

  test("what is no time fails as config_error", () => {
    for (const fields of NO_TIMES) assert.equal(waits(fields).error("w").class, "config_error", fields);
  });

  test("a rehearsal does not wait for time, but for events", () => {
    const play = new Play(
      flow("w : agent: wait, parameters: { for: 1h }\ne : agent: wait, parameters: { event: go }"),
      { rehearse: true },
    );
    assert.deepEqual(play.states(), { w: "waiting/time", e: "waiting/event" });
    assert.deepEqual(play.unit("w").timer, { id: "unit:w", kind: "delay", from: START_MS, delayMs: 0 });
    const retried = new Play(flow("a : retry: { max_attempts: 2, delay: 1h }"), { rehearse: true }).fail("a");
    assert.deepEqual(retried.unit("a").timer, { id: "unit:a", kind: "delay", from: START_MS, delayMs: 0 });
  });

  test("on_failure: skip forgives", () => {
    assert.equal(
      waits("event: go, timeout: 1", ", on_failure: skip").wait("unit:w").status("w"),
      "skipped/failure",
    );
  });
});
