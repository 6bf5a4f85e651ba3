import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Play } from "../../test/support/decider.ts";
import { awaitedIn, isAwaited, stillAwaited } from "./awaited.ts";

const wait = (id: string, fields: string) => `${id} : agent: wait, parameters: { ${fields} }`;
const GROUP =
  "g : agent: group, parameters: { tasks: [{ id: deep, agent: wait, parameters: { event: deep } }] }";

describe("events that a run could read", () => {
  test("are named by its waits and by those in its groups; an expression or another file may say any", () => {
    const named = (lines: string) => awaitedIn(new Play(lines).run.workflow);
    assert.deepEqual(named("a"), []);
    assert.deepEqual(named(`${wait("w", "for: 5")}\n${wait("x", "for: '${trigger.kind}'")}`), []);
    assert.deepEqual(named(`${wait("w", "event: go")}\n${wait("x", "event: go, key: '${run.id}'")}`), ["go"]);
    assert.deepEqual(named(`${wait("w", "event: '${trigger.kind}'")}\n${GROUP}`), [null, "deep"]);
    assert.deepEqual(named("s : agent: workflow, parameters: { name: other }"), [null]);
    assert.equal(isAwaited(["go", "stop"], "stop"), true);
    assert.equal(isAwaited(["go"], "stop"), false);
    assert.equal(isAwaited([null], "stop"), true);
  });

  test("are read no more by what has ended", () => {
    const play = new Play(
      `${wait("w", "event: go")}\na <- w\nx <- a : agent: wait, parameters: { event: end }`,
    );
    assert.deepEqual(stillAwaited(play.run), ["go", "end"]);
    play.send({ type: "event.received", name: "go", key: "", data: null });
    assert.deepEqual(stillAwaited(play.run), ["end"]);
  });
});
