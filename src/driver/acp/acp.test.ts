// The driver with programs that play ACP agents. Real ones run in test/agents.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt, driverSuite } from "../../../test/suites/driver.suite.ts";
import { type FakeAgent, fakeAgent, playedSetting } from "../../../test/support/fake-agent.ts";
import { goneProcess, numberIn } from "../../../test/support/processes.ts";
import { NOT_WITH_EVERY_COMMIT } from "../../../test/support/scale.ts";
import { PERSON, playedAcp, scriptedAcp } from "../../../test/support/scripted-acp.ts";
import { realClock } from "../../port/clock.ts";
import { realFiles } from "../../port/files.ts";
import { NO_RULES } from "../../spec/permission-rules.ts";
import type { Work } from "../driver.ts";
import { acpDriver } from "./acp.ts";

driverSuite(
  "acp, played",
  (t) => ({ ...playedSetting(t, playedAcp(), "acp"), failureCode: 1 }),
  NOT_WITH_EVERY_COMMIT,
);

/** Asks for permission of this call, says what it heard, and ends the turn. */
function asking(call: object, more = ""): string {
  const options = [
    { optionId: "always", name: "a", kind: "allow_always" },
    { optionId: "yes", name: "b", kind: "allow_once" },
    { optionId: "no", name: "c", kind: "reject_once" },
  ];
  const params = { sessionId: "s", toolCall: { toolCallId: "c-1", ...call }, options };
  const request = JSON.stringify({ jsonrpc: "2.0", id: 900, method: "session/request_permission", params });
  return scriptedAcp(`*'"session/prompt"'*) prompt=$id; ${more} cat <<'END'
${request}
END
    ;;
    *'"id":900'*) echo "$line" > $PLACE/answered; id=$prompt; said done; answer '{"stopReason":"end_turn"}' ;;`);
}

/** Of an agent that leaves by itself once it has heard what there is to hear, however busy the machine is. */
const patient = () => playedAcp({}, {}, NO_RULES, 60_000);

async function outcomeOf(t: TestContext, script: string, more: Partial<Work> = {}, of = playedAcp()) {
  const agent = fakeAgent(t, of, script);
  const { outcome } = await attempt(agent.driver, { ...agent.work, ...more });
  return { ...agent, outcome };
}

const read = ({ room }: Pick<FakeAgent, "room">, name: string) =>
  readFileSync(join(room.folder, name), "utf8");

describe("acp, with programs that play it", () => {
  it("starts what decapod.yaml names, tells it role and brief, and takes its last message", async (t) => {
    const usage =
      '{"stopReason":"end_turn","usage":{"inputTokens":70,"cachedReadTokens":9,"outputTokens":5}}';
    const cost = '{"sessionUpdate":"usage_update","used":1,"size":2,"cost":{"amount":0.25,"currency":"USD"}}';
    const tool = '{"sessionUpdate":"tool_call","toolCallId":"c","title":"Read a.txt","kind":"read"}';
    const script = `echo "$@" > $PLACE/words; env > $PLACE/env\n${scriptedAcp(
      `*'"session/prompt"'*) said 'I begin.'; update '${tool}'; said 'It is '; said 'done.'; update '${cost}'; answer '${usage}' ;;`,
    )}`;
    const of = playedAcp({ pass: ["MY_KEY"] }, { environment: { MY_KEY: "key-0123456789", OTHER: "x" } });
    const agent = await outcomeOf(t, script, {}, of);
    const { outcome, folder } = agent;
    assert.deepEqual(
      [outcome.status, outcome.output, outcome.usage, outcome.exitCode],
      ["success", "It is done.", { costUsd: 0.25, tokens: 75 }, 0],
    );
    assert.deepEqual(outcome.detail, { driver: "acp", session: "s", agent: "tiny", version: "0.1" });
    assert.equal(read(agent, "words"), "--stdio\n");
    assert.match(read(agent, "env"), /^MY_KEY=key-0123456789$/m);
    assert.doesNotMatch(read(agent, "env"), /^OTHER=/m);
    assert.match(read(agent, "heard"), /"text":"You work unattended.*Do the work\.\\n"/);
    assert.equal(existsSync(join(folder, "acp")), false);
    assert.equal(
      readFileSync(join(folder, "output.log"), "utf8"),
      "tiny 0.1\nsession s\nI begin.\n● Read a.txt\nIt is done.\n■ end_turn: 75 tokens\n",
    );
  });

  it("allows what tools and mode allow, once, by the kind of the answer", async (t) => {
    const agent = await outcomeOf(
      t,
      asking({ kind: "edit", title: "Write a.txt", locations: [{ path: "a.txt" }] }),
    );
    assert.equal(agent.outcome.status, "success");
    assert.match(read(agent, "answered"), /"outcome":"selected","optionId":"yes"/);
  });

  it("A9: refuses the rest, and the attempt fails at once and says what was refused", async (t) => {
    const call = { kind: "execute", rawInput: { command: "rm -rf /" } };
    const agent = await outcomeOf(t, asking(call), {}, patient());
    const { status, failure } = agent.outcome;
    assert.deepEqual([status, failure?.class], ["failed", "config_error"]);
    assert.match(failure?.message ?? "", /tiny was not allowed to do what it wanted: execute: rm -rf \//);
    assert.match(read(agent, "answered"), /"optionId":"no"/);
  });

  it("a command that was refused is asked of a person, and once allowed it is answered with yes for this task", async (t) => {
    const script = asking({ kind: "execute", rawInput: { command: "touch a.txt" } });
    const { asks, failure } = (await outcomeOf(t, script)).outcome;
    const wants = ["Bash(touch a.txt)"];
    assert.deepEqual(asks, {
      kind: "permission",
      message: "tiny wants to use Bash(touch a.txt)",
      offers: [],
      wants,
    });
    assert.equal(failure?.class, "config_error", "of one that may ask nobody");
    const said = { asked: "", answer: "yes", by: "kim" };
    const answers = [{ ...said, kind: "permission" as const, allows: wants }];
    const allowed = await outcomeOf(t, script, { answers });
    assert.equal(allowed.outcome.status, "success");
    assert.match(read(allowed, "answered"), /"optionId":"yes"/);
    const other = asking({ kind: "execute", rawInput: { command: "touch b.txt" } });
    assert.equal((await outcomeOf(t, other, { answers })).outcome.status, "failed", "just that command");
  });

  it("nobody is asked for what role, plan or the person's rules deny", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const script = asking({ kind: "execute", rawInput: { command: "touch a.txt" } });
    for (const options of [{ denied_tools: ["Bash"] }, { permission: "plan" }]) {
      const { outcome } = await outcomeOf(t, script, { options });
      assert.deepEqual([outcome.failure?.class, outcome.asks], ["config_error", undefined]);
    }
    const rules = { allow: [], refuse: ["Bash(touch *)"] };
    const { outcome } = await outcomeOf(t, script, {}, playedAcp({}, {}, rules));
    assert.deepEqual([outcome.failure?.class, outcome.asks], ["rejected", undefined]);
    assert.match(
      outcome.failure?.message ?? "",
      /tiny wanted what permissions\.refuse of your configuration refuses/,
    );
  });

  it("knows the kind of a call that was told before", async (t) => {
    const told = `update '{"sessionUpdate":"tool_call","toolCallId":"c-1","title":"x","kind":"edit","locations":[{"path":"a.txt"}]}';`;
    const known = await outcomeOf(t, asking({ title: "Write" }, told));
    assert.equal(known.outcome.status, "success");
  });

  it("a change that it makes without asking, and was not to make, ends the attempt all the same", async (t) => {
    const made = (path: string) =>
      scriptedAcp(`*'"session/prompt"'*) update '{"sessionUpdate":"tool_call","toolCallId":"c-1","title":"Write","kind":"edit","locations":[{"path":"${path}"}]}';
      update '{"sessionUpdate":"tool_call_update","toolCallId":"c-1","status":"completed"}';
      said done; answer '{"stopReason":"end_turn"}' ;;`);
    const [inside, outside, reader] = [
      await outcomeOf(t, made("a.txt")),
      await outcomeOf(t, made("/etc/passwd")),
      await outcomeOf(t, made("a.txt"), { options: { tools: ["Read"] } }),
    ];
    assert.equal(inside.outcome.status, "success", inside.outcome.failure?.message);
    for (const [{ outcome }, what] of [
      [outside, /edit outside of the workspace \(\/etc\/passwd\): .*, and did it without asking/],
      [reader, /edit: .*, and did it without asking/],
    ] as const) {
      assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "config_error"]);
      assert.match(outcome.failure?.message ?? "", what);
    }
  });

  it("a call that ends as another one than it was asked for is judged anew, also when it failed", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const edit = { kind: "edit", title: "Write", locations: [{ path: "a.txt" }] };
    const ending = (call: object, end: string) =>
      asking(call).replace(
        "said done;",
        `id=0; update '{"sessionUpdate":"tool_call_update","toolCallId":"c-1",${end}}'; id=$prompt; said done;`,
      );
    const etc = '"locations":[{"path":"/etc/passwd"}]';
    const [same, elsewhere, failed, other, command] = [
      await outcomeOf(t, ending(edit, '"status":"completed","locations":[{"path":"a.txt"}]')),
      await outcomeOf(t, ending(edit, `"status":"completed",${etc}`)),
      await outcomeOf(t, ending(edit, `"status":"failed",${etc}`)),
      await outcomeOf(t, ending(edit, '"status":"completed","kind":"execute","rawInput":{"command":"id"}')),
      await outcomeOf(
        t,
        ending(
          { kind: "execute", rawInput: { command: "ls" } },
          '"status":"completed","rawInput":{"command":"id"}',
        ),
        {},
        playedAcp({}, {}, { allow: ["Bash(ls)"], refuse: [] }),
      ),
    ];
    assert.equal(same.outcome.status, "success", same.outcome.failure?.message);
    for (const [{ outcome, ...agent }, what] of [
      [elsewhere, /edit outside of the workspace \(\/etc\/passwd\): .*, and had asked for something else/],
      [failed, /edit outside of the workspace \(\/etc\/passwd\): .*, and had asked for something else/],
      [other, /execute: id, and had asked for something else/],
      [command, /execute: id, and had asked for something else/],
    ] as const) {
      assert.match(read(agent, "answered"), /"optionId":"yes"/);
      assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "config_error"]);
      assert.match(outcome.failure?.message ?? "", what);
    }
  });

  it("a change that failed and was never asked for is judged as well", async (t) => {
    const tried =
      scriptedAcp(`*'"session/prompt"'*) update '{"sessionUpdate":"tool_call","toolCallId":"c-1","title":"Write","kind":"edit","locations":[{"path":"/etc/passwd"}]}';
      update '{"sessionUpdate":"tool_call_update","toolCallId":"c-1","status":"failed"}';
      said done; answer '{"stopReason":"end_turn"}' ;;`);
    const { outcome } = await outcomeOf(t, tried);
    assert.match(
      outcome.failure?.message ?? "",
      /edit outside of the workspace .*, and tried it without asking/,
    );
  });

  it("A9: may change nothing of what decapod keeps in the project, but for its own temporary folder", async (t) => {
    const runs = ".claude/workflow-state/runs/r";
    const wrote = async (path: string) => {
      const agent = fakeAgent(
        t,
        playedAcp(),
        asking({ title: "Write", kind: "edit", locations: [{ path }] }),
      );
      const folder = join(agent.project, runs, "build/1");
      mkdirSync(join(folder, "tmp"), { recursive: true });
      return (await attempt(agent.driver, { ...agent.work, folder })).outcome;
    };
    const planted = await wrote(`${runs}/plan/99/session.json`);
    assert.match(
      planted.failure?.message ?? "",
      /edit outside of the workspace \(.*plan\/99\/session\.json\)/,
    );
    assert.equal((await wrote(`${runs}/build/1/tmp/x`)).status, "success");
  });

  it("is put into the mode in which it asks, where it has one; not where everything is allowed", async (t) => {
    const modes =
      '{"currentModeId":"auto","availableModes":[{"id":"auto","name":"A"},{"id":"read-only","name":"R"}]}';
    const script = scriptedAcp(`*'"session/new"'*) answer '{"sessionId":"s","modes":${modes}}' ;;
    *'"session/set_mode"'*) answer '{}' ;;`);
    const asks = await outcomeOf(t, script);
    assert.equal(asks.outcome.status, "success");
    assert.match(read(asks, "heard"), /"modeId":"read-only"/);
    const free = await outcomeOf(
      t,
      script,
      { options: { permission: "bypassPermissions", tools: ["Edit", "Bash", "WebFetch"] } },
      playedAcp({ permission: "bypassPermissions" }),
    );
    assert.equal(free.outcome.status, "success");
    assert.doesNotMatch(read(free, "heard"), /set_mode/);
  });

  it("an agent that stays when its input has ended is ended, and its result stands", async (t) => {
    const script = `trap '' TERM; echo $$ > $PLACE/pid\n${scriptedAcp("")}\nwhile :; do sleep 0.05; done`;
    const agent = await outcomeOf(t, script);
    assert.deepEqual([agent.outcome.status, agent.outcome.output], ["success", "done"]);
    await goneProcess(await numberIn(join(agent.room.folder, "pid")));
  });

  it("cancelling asks the agent first, and gives it time", async (t) => {
    const script = scriptedAcp(`*'"session/prompt"'*) said 'ready\\n'; prompt=$id ;;
    *'"session/cancel"'*) echo asked > $PLACE/cancelled; id=$prompt; answer '{"stopReason":"cancelled"}' ;;`);
    const { driver, work, room } = fakeAgent(t, playedAcp(), script);
    const controller = new AbortController();
    const { outcome } = await attempt(driver, work, {
      signal: controller.signal,
      onProgress: (progress) =>
        progress.kind === "output" && progress.line === "ready" && controller.abort("cancelled"),
    });
    assert.deepEqual([outcome.status, outcome.signal, outcome.exitCode], ["cancelled", null, 0]);
    assert.equal(read({ room }, "cancelled"), "asked\n");
  });

  it("an agent that ends early, answers nonsense or cannot be started is a failure that says so", async (t) => {
    const early = await outcomeOf(t, "echo broken >&2; exit 7");
    assert.deepEqual([early.outcome.status, early.outcome.failure?.class], ["failed", "unknown"]);
    assert.match(early.outcome.failure?.message ?? "", /the agent failed: it ended \(exit 7\)/);
    const middle = await outcomeOf(t, scriptedAcp(`*'"session/prompt"'*) exit 3 ;;`));
    assert.match(middle.outcome.failure?.message ?? "", /tiny failed: it ended \(exit 3\)/);
    const { driver, work, room } = fakeAgent(t, playedAcp(), "exit");
    writeFileSync(join(room.folder, "bin/agent"), "#!/no/such/interpreter\n");
    const { outcome } = await attempt(driver, work);
    assert.match(outcome.failure?.message ?? "", /could not be started \(ENOENT\)/);
  });

  it("one that asks who pays is told by the person's configuration, or fails with what to do", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const script =
      scriptedAcp(`*'"session/new"'*) if [ -e $PLACE/paid ]; then answer '{"sessionId":"s"}'; else echo '{"jsonrpc":"2.0","id":'$id',"error":{"code":-32000,"message":"Authentication required"}}'; fi ;;
    *'"authenticate"'*) touch $PLACE/paid; answer '{}' ;;
    *'"initialize"'*) answer '{"protocolVersion":1,"authMethods":[{"id":"api-key","name":"Key"}]}' ;;`);
    const { outcome } = await outcomeOf(t, script);
    assert.equal(outcome.failure?.class, "config_error");
    assert.match(
      outcome.failure?.message ?? "",
      /asks who pays, by one of api-key: .*agents\.acp\.authenticate/,
    );
    const told = await outcomeOf(t, script, {}, playedAcp({ authenticate: "api-key" }));
    assert.equal(told.outcome.status, "success");
    assert.match(read(told, "heard"), /"methodId":"api-key"/);
  });

  it("a model is chosen by the agent's own setting, and one that it does not have is refused", {
    skip: NOT_WITH_EVERY_COMMIT,
  }, async (t) => {
    const select =
      '{"id":"m","name":"Model","category":"model","type":"select","currentValue":"a","options":[{"value":"a","name":"A"},{"value":"b","name":"B"}]}';
    const script = scriptedAcp(`*'"session/new"'*) answer '{"sessionId":"s","configOptions":[${select}]}' ;;
    *'"session/set_config_option"'*) answer '{"configOptions":[]}' ;;`);
    const chosen = await outcomeOf(t, script, { options: { model: "b" } });
    assert.equal(chosen.outcome.status, "success");
    assert.match(read(chosen, "heard"), /"configId":"m","value":"b"/);
    const { outcome } = await outcomeOf(t, script, { options: { model: "c" } });
    assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "config_error"]);
    assert.match(outcome.failure?.message ?? "", /it has no model "c"/);
  });

  it("C6: says before a start that nothing, or nothing that counts, is there to be started", (t) => {
    const { driver, work, project, room } = fakeAgent(t, playedAcp(), "exit");
    const asked = { ...work, environmentNames: ["TITLE"] };
    assert.deepEqual(driver.refuse?.(asked), []);
    const none = driver.refuse?.({ ...asked, agent: "planner", environmentNames: ["NODE_OPTIONS"] }) ?? [];
    assert.deepEqual(
      none.map(({ code }) => code),
      ["E_DRIVER_MISSING", "E_ENV_NAME"],
    );
    assert.match(
      none[0]?.hint ?? "",
      /agents: \{ planner: \{ driver: acp, command: PROGRAM \} \} in decapod\.yaml/,
    );
    mkdirSync(join(project, "bin"));
    writeFileSync(join(project, "bin/agent"), "#!/bin/sh\n");
    chmodSync(join(project, "bin/agent"), 0o755);
    const inside = acpDriver({
      starter: room.host,
      files: realFiles,
      clock: realClock,
      environment: { PATH: join(project, "bin") },
      projectRoot: project,
      agents: new Map([["coder", { driver: "acp", command: "agent", args: [] }]]),
      person: PERSON,
    });
    assert.match(inside.refuse?.(asked)[0]?.message ?? "", /agent, is not in PATH \(what lies inside/);
  });
});
