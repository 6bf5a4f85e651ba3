import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flow, Play } from "../../test/support/decider.ts";
import { escalationText, GIVE_UP, triedText } from "./escalation.ts";
import type { AttemptOutcome, RunStarted } from "./event.ts";
import { type Failure, failure } from "./outcome.ts";
import type { Workflow } from "./workflow.ts";

/** Every task of it is one that escalates. */
function escalating(lines: string, top = ""): Workflow {
  const workflow = flow(lines, top);
  const tasks = workflow.tasks.map((task) => ({ ...task, escalates: true as const }));
  return { ...workflow, tasks };
}

const failing = (failed: Failure): Partial<AttemptOutcome> => ({
  status: "failed",
  failure: failed,
  exitCode: 1,
});

function failed(lines: string, failureClass: string, message = "exit 1: it went wrong"): Play {
  return new Play(escalating(lines)).fail("a", failureClass, message);
}

describe("a task that escalates", () => {
  test("T1-33 T1-37 puts what only a person can mend into the inbox, with what was tried", () => {
    const play = failed("a\nb <- a", "aws_credentials", "exit 255: Unable to locate credentials");
    assert.deepEqual(play.states(), { a: "waiting/blocked", b: "pending" });
    const { kind, message, choices, show } = play.asked("a");
    assert.deepEqual(
      [kind, message, choices],
      ["blocker", "Please check AWS credentials on laptop", ["retry", GIVE_UP]],
    );
    assert.deepEqual(show, {
      show: { failure: "aws_credentials: exit 255: Unable to locate credentials", tried: "1 attempt" },
    });
    assert.equal(play.run.openDecisions, 1);
  });

  test("is tried again with the comment of the answer, all its tries and repairs before it", () => {
    const fields = "retry: { max_attempts: 2, delay: 0 }, repair: { agent: coder, on: [syntax_error] }";
    const play = failed(`a : ${fields}, parameters: { command: ['\${feedback}'] }`, "unknown");
    assert.equal(play.status("a"), "queued", "what nobody knows is tried again first");
    play.fail("a", "syntax_error").ok("a").fail("a", "syntax_error");
    assert.match(play.asked("a").message, /failed due to .*, and 1 repair did not mend it/);
    assert.match(String(JSON.stringify(play.asked("a").show)), /"3 attempts, 1 repair by coder"/);
    play.decide("a", "retry", { comment: "the template is there now" });
    const { role, tries, repairs } = play.unit("a");
    assert.deepEqual([play.status("a"), role, tries, repairs], ["queued", "task", 0, 0]);
    assert.equal(play.task("a").feedback, "the template is there now");
    assert.equal(play.run.openDecisions, 0);
    play.fail("a", "syntax_error");
    assert.equal(play.unit("a").role, "repair");
    assert.equal(play.ok("a").ok("a").run.status, "success");
  });

  test("asked twice it is another question, and without a comment the one before stands", () => {
    const play = failed("a", "aws_credentials");
    const { id } = play.asked("a");
    play.decide("a", "retry", { comment: "now" }).fail("a", "aws_credentials");
    assert.notEqual(play.asked("a").id, id);
    play.decide("a", "retry");
    assert.equal(play.task("a").feedback, "now");
  });

  test("given up it has failed of what it failed of", () => {
    const play = failed("a\nb <- a", "cloudfront_config", "no such distribution").decide("a", GIVE_UP);
    assert.deepEqual(play.states(), { a: "failed", b: "skipped/upstream_failed" });
    assert.equal(play.error("a").class, "cloudfront_config");
    assert.equal(play.run.openDecisions, 0);
  });

  test("each item asks for itself", () => {
    const play = new Play(escalating("a : foreach: { items: [x, y] }"));
    play.fail("a:1", "git_merge_conflict", "a.md").ok("a:0");
    assert.deepEqual([play.asked("a:1").item, play.asked("a:1").key], [1, "1"]);
    assert.equal(play.decide("a:1", "retry").ok("a:1").run.status, "success");
  });

  test("asks nobody about what can be mended where nobody mends, what is forgiven, decided, one iteration or a passing thing", () => {
    for (const [lines, failureClass] of [
      ["a", "syntax_error"],
      ["a", "transient"],
      ["a : on_failure: skip", "aws_credentials"],
      ["a", "rejected"],
      ["a", "finished"],
      ["a : repeat: { until: 'false', max: 1, on_failure: continue }", "aws_credentials"],
    ] as const)
      assert.equal(failed(lines, failureClass).run.openDecisions, 0, `${lines} ${failureClass}`);
  });

  test("of an item is asked by its name", () => {
    const asked = (lines: string) =>
      new Play(escalating(lines)).fail("a:1", "unknown", "no idea").asked("a:1");
    const named = asked("a : foreach: { items: [x, y], key: '${item}-page' }");
    assert.match(named.message, /^a\[y-page\] failed with unexpected error: no idea\./);
    assert.equal(named.key, "y-page");
    const built = asked(
      "a : agent: hugo-build, parameters: { environment: dev, base_url: / }, matrix: { node: [22, 24] }",
    );
    assert.match(built.message, /^Build\[node=24\] failed with unexpected error: no idea\./);
  });

  test("asks nobody about an item that the others go on after", () => {
    const items = "items: [x, y, z]";
    for (const map of [
      `foreach: { ${items}, on_failure: continue }`,
      `foreach: { ${items}, on_failure: ignore, min_success: 1 }`,
      "matrix: { axis: [x, y, z], on_failure: ignore }",
    ]) {
      const play = new Play(escalating(`a : ${map}`)).fail("a:0", "unknown").fail("a:1", "unknown");
      assert.deepEqual([play.status("a:0"), play.status("a:1")], ["failed", "failed"], map);
      assert.equal(play.ok("a:2").run.openDecisions, 0, map);
    }
  });

  test("asks nobody where the run has failed of another task, but about what comes after that one it does", () => {
    const beside = new Play(escalating("a\nb")).start("a", "b").fail("b").fail("a", "aws_credentials");
    assert.deepEqual([beside.run.openDecisions, beside.run.status], [0, "failed"]);
    const goingOn = new Play(escalating("a : retry: { max_attempts: 2, delay: 0 }\nb"))
      .start("a", "b")
      .fail("b");
    assert.equal(goingOn.fail("a").status("a"), "queued", "it keeps its tries");
    assert.equal(goingOn.fail("a", "aws_credentials").run.status, "failed");
    const after = new Play(escalating("a\nb <- a : trigger_rule: one_failed"))
      .fail("a")
      .fail("b", "aws_credentials");
    assert.equal(after.asked("b").message, "Please check AWS credentials on laptop");
    const others = new Play(escalating("a\nb", "settings: { on_failure: continue }"));
    others.fail("a").fail("b", "aws_credentials");
    assert.equal(others.run.openDecisions, 1, "the others go on");
  });

  test("asks nobody about further items of a task that has failed", () => {
    const play = new Play(escalating("a : foreach: { items: [x, y] }")).start("a:0", "a:1");
    play.fail("a:0", "aws_credentials").decide("a:0", GIVE_UP).fail("a:1", "aws_credentials");
    assert.deepEqual([play.run.openDecisions, play.run.status], [0, "failed"]);
  });

  test("asks nobody in a child whose failure is gone on after, nor in a child of that one", () => {
    const group =
      "agent: group, parameters: { tasks: [{ id: x, agent: shell, parameters: { command: [x] } }] }";
    const notes = (lines: string, start: Partial<RunStarted> = {}, top = "") => {
      const [effect] = new Play(flow(lines, top), start).effects.filter((one) => one.do === "start_child");
      assert.ok(effect?.do === "start_child", lines);
      return effect.child.notes;
    };
    const spared = { escalates: false };
    assert.deepEqual(notes(`g : ${group}`), {});
    assert.deepEqual(notes(`g : ${group}, repeat: { until: 'false', max: 2 }`), {});
    assert.deepEqual(notes(`g : ${group}, on_failure: skip`), spared);
    assert.deepEqual(notes(`g : ${group}`, {}, "defaults: { on_failure: skip }"), spared);
    assert.deepEqual(notes(`g : ${group}, repeat: { until: 'false', max: 2, on_failure: continue }`), spared);
    assert.equal(notes(`g : ${group}, foreach: { items: [x], on_failure: ignore }`).escalates, false);
    assert.equal(notes(`g : ${group}, foreach: { items: [x] }`).escalates, undefined);
    assert.deepEqual(notes("a", {}, `hooks: { on_start: [{ id: g, ${group} }] }`), spared);
    assert.deepEqual(notes(`g : ${group}`, spared as Partial<RunStarted>), spared);
    const call = "agent: workflow, on_failure: skip, parameters: { name: other";
    assert.deepEqual(notes(`g : ${call} }`), spared);
    assert.deepEqual(notes(`g : ${call}, detached: true }`), {}, "it goes its own way");
    const play = new Play(escalating("a"), { escalates: false }).fail("a", "aws_credentials");
    assert.deepEqual([play.run.openDecisions, play.run.status], [0, "failed"]);
  });

  test("asks nobody about a refusal of the engine, and about what a program says of its configuration it does", () => {
    const refused = failed("a", "config_error", "E_OUTSIDE_ROOT links in the site lead out");
    assert.deepEqual([refused.run.openDecisions, refused.run.status], [0, "failed"]);
    const told = failed("a", "config_error", "exit 1: hugo.toml: unmarshal failed");
    assert.match(
      told.asked("a").message,
      /^a failed with unexpected error: hugo.toml: unmarshal failed\. How/,
    );
  });

  test("a cancelled run takes the question back", () => {
    const play = failed("a", "aws_credentials").send({ type: "run.cancelled", by: "kim", reason: "x" });
    assert.deepEqual([play.run.openDecisions, play.run.status], [0, "cancelled"]);
  });

  test("any other task fails as ever", () => {
    assert.equal(new Play("a").fail("a", "aws_credentials").run.status, "failed");
  });

  test("an action of the project's own counts", () => {
    const own: Failure = { class: "disk_full", message: "x", action: "escalate", words: "Please free space" };
    const play = new Play(escalating("a")).end("a", failing(own));
    assert.equal(play.asked("a").message, "Please free space");
  });
});

describe("the words of an escalation", () => {
  const UNIT = { attempt: 1, repairs: 0, fallbackUsed: false, key: null };
  const BUILD = { id: "build", agent: "hugo-build", repair: null };
  const told = (failureClass: string, message: string, task = BUILD) =>
    escalationText(task, failure(failureClass, message), UNIT);

  test("T1-33 T1-34 T1-35 T1-36 are those of the founding text", () => {
    assert.equal(told("aws_credentials", "x"), "Please check AWS credentials on laptop");
    assert.equal(told("cloudfront_config", "exit 1: no x"), "Manual intervention needed: no x");
    const said = "Manual intervention needed: NoSuchDistribution; the files are uploaded";
    assert.equal(told("cloudfront_config", said), said, "once");
    assert.equal(told("git_merge_conflict", "exit 1: a, b"), "Merge conflict detected, please resolve: a, b");
    const whole = "Merge conflict detected, please resolve: a (branch x into y)";
    assert.equal(told("git_merge_conflict", whole), whole);
    assert.equal(
      told("unknown", "exit 3: no idea"),
      "Build failed with unexpected error: no idea. How would you like to proceed?",
    );
    assert.match(
      told("unknown", "x", { ...BUILD, id: "ship", agent: "deploy" }),
      /^ship failed with unexpected/,
    );
  });

  test("what was tried names who mended and who did it last", () => {
    const plan = {
      repair: { agent: "coder", on: [], max: 2 },
      fallback: { agent: "planner", options: null },
    };
    assert.equal(
      triedText(plan, { attempt: 5, repairs: 2, fallbackUsed: true }),
      "3 attempts, 2 repairs by coder, the last by planner",
    );
  });
});
