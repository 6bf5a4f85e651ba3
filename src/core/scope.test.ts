import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { viewOf } from "./draft.ts";
import type { Json, JsonMap } from "./json.ts";
import { lateNumber, lateTexts, seconds } from "./late.ts";
import type { Limits } from "./limits.ts";
import { RANGES, type Range } from "./range.ts";
import { scopeAt } from "./scope.ts";
import { at } from "./vector.ts";
import { viewTask } from "./view.ts";

function names(
  play: Play,
  place: string | null,
  ...wanted: readonly string[]
): readonly (Json | undefined)[] {
  const [task = "", item] = place?.split(":") ?? [];
  const index = play.run.workflow.indexOf.get(task);
  const found = index === undefined ? undefined : play.run.workflow.tasks[index];
  const spot = found === undefined ? null : { task: found, item: item === undefined ? -1 : Number(item) };
  const scope = scopeAt(viewOf(play.run), play.lookup, spot);
  return wanted.map((name) => scope.get(name));
}

describe("names an expression may use (formats.md 2)", () => {
  test("a param and a variable that are null have their names all the same", () => {
    const play = new Play(
      flow("a", "params: { p: { required: false } }\ncontext: { variables: { v: null } }"),
      { params: { p: null } },
    );
    assert.deepEqual(names(play, "a", "p", "v", "nothing"), [null, null, undefined]);
  });

  test("params, variables, trigger, env, workflow, run", () => {
    const play = new Play(
      flow("a", "params: { tag: { type: string } }\ncontext: { variables: { url: x } }"),
      { params: { tag: "v1" }, trigger: { kind: "api", branch: "main" }, environment: { HOME: "/h" } },
    );
    assert.deepEqual(
      names(
        play,
        "a",
        "params",
        "tag",
        "url",
        "context",
        "trigger",
        "env",
        "iteration",
        "previous",
        "feedback",
        "nothing",
      ),
      [
        { tag: "v1" },
        "v1",
        "x",
        { variables: { url: "x" } },
        { kind: "api", branch: "main" },
        { HOME: "/h" },
        1,
        null,
        null,
        undefined,
      ],
    );
    assert.deepEqual(names(play, null, "workflow"), [{ name: "test", digest: play.run.workflow.digest }]);
    const [run] = names(play, null, "run") as readonly {
      id: string;
      branch: string;
      attempt: number;
      started_at: string;
    }[];
    assert.deepEqual(
      [run?.id, run?.branch, run?.attempt, run?.started_at],
      ["RUN", "main", 1, "2026-01-05T09:00:00.000Z"],
    );
    assert.equal((names(new Play("a"), null, "run")[0] as { branch: null }).branch, null);
  });

  test("item, key and index of a foreach, matrix of a matrix, iteration and previous of a repeat", () => {
    const play = new Play(
      "f : foreach: { items: [x, y], as: file }\nm : matrix: { os: [mac] }\nr : repeat: { until: false, max: 3 }",
    );
    assert.deepEqual(names(play, "f:1", "item", "file", "key", "index", "matrix"), [
      "y",
      "y",
      "1",
      1,
      undefined,
    ]);
    assert.deepEqual(names(play, "m:0", "matrix", "key", "index", "item"), [
      { os: "mac" },
      "os=mac",
      0,
      undefined,
    ]);
    play.give("r", 7);
    const [iteration, previous] = names(play, "r", "iteration", "previous");
    assert.deepEqual([iteration, (previous as { output: Json }).output], [2, 7]);
  });

  test("a body sees the names of what is around it, and is a run of its own", () => {
    const scope = {
      params: { tag: "outer" },
      item: "one",
      iteration: 4,
      context: { variables: { x: 1 } },
      run: { branch: "main", url: "https://x", started_at: "then" },
    };
    const parent = { run: "P", root: "ROOT", depth: 1, task: "g", attempt: 1 };
    const play = new Play(flow("a"), { scope, parent });
    assert.deepEqual(names(play, "a", "params", "item", "iteration", "context"), [
      { tag: "outer" },
      "one",
      4,
      { variables: { x: 1 } },
    ]);
    const [run] = names(play, "a", "run") as readonly {
      id: string;
      branch: string;
      url: string;
      started_at: string;
      status: string;
    }[];
    assert.deepEqual(
      [run?.id, run?.branch, run?.url, run?.started_at, run?.status],
      ["ROOT", "main", "https://x", "then", "running"],
    );
    assert.equal(
      (names(new Play(flow("a"), { scope: {}, parent }), "a", "run")[0] as { url: null }).url,
      null,
    );
  });

  test("of a task: status, output, error, attempts, cost, approval, items", () => {
    const play = new Play(
      flow(
        "a\nb : on_failure: skip\nc\nm : foreach: { items: [x, y], on_failure: ignore }\ng : agent: group, parameters: { tasks: [{ id: q, agent: shell, parameters: { command: [x] } }] }",
        "settings: { on_failure: continue, max_parallel: 9 }",
      ),
    );
    play
      .start("a")
      .pass(1500)
      .end("a", { output: { value: 7 }, usage: { costUsd: 1, tokens: 2 } });
    play
      .fail("b", "timeout", "late")
      .ok("m:0")
      .fail("m:1")
      .child("g", { tasks: { q: { output: 1 } } });
    const [a, b, c, m, g] = names(play, null, "a", "b", "c", "m", "g") as readonly { [key: string]: Json }[];
    assert.deepEqual(
      [
        a?.status,
        a?.output,
        a?.exit_code,
        a?.error,
        a?.attempts,
        a?.duration_seconds,
        a?.cost_usd,
        a?.approval,
      ],
      ["success", 7, 0, null, 1, 1.5, 1, null],
    );
    assert.deepEqual(
      [b?.status, b?.skip_reason, b?.output, b?.error],
      ["skipped", "failure", null, { class: "timeout", message: "late" }],
    );
    assert.deepEqual([c?.status, c?.output], ["queued", null]);
    assert.deepEqual(
      [m?.output, m?.attempts, listAt(m, "succeeded").length, listAt(m, "failed").length],
      [[null, null], 2, 1, 1],
    );
    assert.deepEqual(listAt(m, "items")[1], {
      key: "1",
      item: "y",
      status: "failed",
      output: null,
      error: { class: "transient", message: "no luck" },
      tasks: null,
    });
    assert.deepEqual([g?.tasks, m?.tasks], [{ q: { output: 1 } }, { 0: null, 1: null }]);
    const running = new Play("m : foreach: { items: [x] }");
    assert.deepEqual((names(running, null, "m")[0] as { output: Json }).output, null);
  });

  test("an output that is too large is read only when it is named, and null where it is handed on", () => {
    const large = { digest: "d", bytes: 9_000_000, text: false };
    const lines =
      "a\nb <- a : condition: \"${a.status == 'success'}\"\nc <- a : condition: '${a.output == 1}'";
    const play = new Play(flow(lines, "settings: { on_failure: continue }")).end("a", { output: large });
    assert.deepEqual([play.status("b"), play.error("c").class], ["queued", "config_error"]);
    const state = at(play.run.tasks, 0);
    assert.equal(viewTask(state, play.lookup).output, null);
    play.outputs.set("d", { x: 1 });
    assert.deepEqual(viewTask(state, play.lookup).output, { x: 1 });
    const bug = {
      ...play.lookup,
      output: () => {
        throw new TypeError("a bug");
      },
    };
    assert.throws(() => viewTask(state, bug), TypeError);
  });

  test("a bug in what is looked up is not taken for an error of the expression", () => {
    const play = new Play("a\nb <- a : condition: '${a.output == 1}'").start("a");
    play.outputs.get = () => {
      throw new TypeError("a bug");
    };
    assert.throws(() => play.end("a", { output: { digest: "d", bytes: 1, text: false } }), TypeError);
  });

  test("functions of an expression hash through the host", () => {
    const play = new Play("a : condition: '${fn:length(fn:hash(1)) == 64}'");
    assert.equal(play.status("a"), "queued");
  });
});

describe("values that may be templates", () => {
  test("seconds of 90s, 15m, 2h, 7d or a number; null for anything else", () => {
    for (const [text, value] of [
      ["90s", 90],
      ["15m", 900],
      ["2h", 7200],
      ["7d", 604_800],
      ["12", 12],
      ["1.5h", 5400],
      ["", null],
      ["m", null],
      ["soon", null],
      ["1e999", null],
    ] as const) {
      assert.equal(seconds(text), value, text);
    }
  });

  const read = (value: Json, range: Range, limits: Limits = {}) => {
    const scope = scopeAt(viewOf(new Play("a").run), new Play("a").lookup, null);
    const given = lateNumber({ kind: "literal", value }, scope, { what: "it", range, limits });
    return given.ok ? given.value : given.failure.message;
  };

  test("Y10 a number that an expression gives is judged as if it were written out", () => {
    const { attempts, delay, priority, usd } = RANGES;
    const wrong = "it gave %, a whole number from 1 to 100 is needed";
    for (const [value, shown] of [
      [0, "0"],
      [101, "101"],
      [2.5, "2.5"],
      ["2m", '"2m"'],
      ["many", '"many"'],
      [null, "null"],
      [[3], "[3]"],
    ] as const)
      assert.equal(read(value, attempts), wrong.replace("%", shown));
    assert.deepEqual([read(1, attempts), read(100, attempts), read("3", attempts)], [1, 100, 3]);
    assert.deepEqual([read(-5, priority), read("-5", priority), read(0.5, usd)], [-5, -5, 0.5]);
    assert.deepEqual([read("90s", delay), read("2", delay), read(0, delay)], [90, 2, 0]);
    assert.match(
      String(read(-1, delay)),
      /^it gave -1, seconds or a duration such as 90s.*from 0 s to 365d is needed$/,
    );
    assert.equal(
      read(5, attempts, { attempts: 4 }),
      "it gave 5, a whole number from 1 to 4 (limits.attempts) is needed",
    );
    assert.ok(String(read("x".repeat(9000), attempts)).length < 200);
  });

  test("one text or several are texts", () => {
    const scope = scopeAt(viewOf(new Play("a").run), new Play("a").lookup, null);
    assert.deepEqual(lateTexts({ kind: "literal", value: "one" }, scope, "labels"), {
      ok: true,
      value: ["one"],
    });
  });
});

function listAt(map: JsonMap | undefined, key: string): readonly Json[] {
  const value = map?.[key];
  return Array.isArray(value) ? value : assert.fail(`${key} is a list`);
}
