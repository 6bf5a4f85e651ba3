import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Play, SURROUNDINGS, taskLine } from "../../test/support/decider.ts";
import { plainRole } from "../../test/support/plain-role.ts";
import { readWorkflow } from "../spec/workflow-file.ts";
import type { RunStarted } from "./event.ts";
import { fanOutCap, withFanOut } from "./fan-out.ts";
import type { ItemCost } from "./item-cost.ts";
import type { Fanned } from "./limits.ts";
import { good } from "./problem.ts";
import type { Workflow } from "./workflow.ts";

const ROLE = plainRole("Look.");

/** With its roles pinned, as the reader of a project pins them; `callable` are the workflows it may call. */
function flow(lines: string, callable: Readonly<Record<string, string>> = {}): Workflow {
  const text = `name: test\ntasks:\n${lines.split("\n").map(taskLine).join("\n")}\n`;
  const read = readWorkflow("test.yaml", text, {
    ...SURROUNDINGS,
    role: () => good(ROLE),
    callable: (name) => good({ shown: name, bytes: callable[name] ?? assert.fail(name), isOwn: true }),
  });
  if (!read.ok) assert.fail(JSON.stringify(read.problems));
  return read.value.workflow;
}

const CAP = { limits: { fan_out: 2 }, fanOutFile: "decapod.yaml" };
const REVIEW = "agent: checker, parameters: { task: look }";
const each = (items: number) => `foreach: { items: [${Array.from({ length: items }, (_, at) => at)}] }`;
const asking = (line: string, callable = {}) => new Play(flow(line, callable), CAP);
const told = (play: Play) => play.asked("m").message;

describe("a fan-out beyond the cap asks first", () => {
  test("up to the cap nothing is asked, one more waits for a person and no agent has started", () => {
    const few = asking(`m : ${REVIEW}, ${each(2)}`);
    assert.equal(few.requested.length, 2);
    const play = asking(`m : ${REVIEW}, ${each(3)}\nz <- m`);
    assert.equal(play.status("m"), "waiting/approval");
    assert.deepEqual([play.requested, play.run.instances, play.run.openDecisions], [[], 0, 1]);
    const { id, kind, choices, agents, expiresAt } = play.asked("m");
    assert.deepEqual(
      { id, kind, choices, agents, expiresAt },
      { id: "m#0*3", kind: "approval", choices: ["approve", "reject"], agents: 3, expiresAt: null },
    );
    assert.equal(
      told(play),
      "3 agents would start (tasks m[…]); the cap is 2 (limits.fan_out in decapod.yaml). Go on?",
    );
    assert.deepEqual(play.replayed(), play.run);
  });

  test("says what they will cost by past runs, in tokens where no run tells dollars, or that none says", () => {
    const costs = (of: ItemCost) =>
      told(new Play(flow(`m : ${REVIEW}, ${each(3)}`), { ...CAP, itemCosts: { m: of } }));
    const start = "3 agents would start (tasks m[…]); the cap is 2 (limits.fan_out in decapod.yaml).";
    assert.equal(
      costs({ unit: "usd", likely: 0.25, high: 0.5 }),
      `${start} By past runs they take $0.75, up to $1.50. Go on?`,
    );
    assert.equal(
      costs({ unit: "tokens", likely: 1_200.4, high: 1_200.4 }),
      `${start} By past runs they take 3,601 tokens. Go on?`,
    );
    assert.equal(
      costs({ unit: "usd", likely: 0.25, high: 0.25, told: 1, items: 4 }),
      `${start} By past runs they take $0.75, as 1 of 4 past items tells it. Go on?`,
    );
    assert.equal(
      costs({ unit: "usd", likely: 0.25, high: 0.25, told: 2, items: 4 }),
      `${start} By past runs they take $0.75, as 2 of 4 past items tell it. Go on?`,
    );
    const long = new Play(flow(`m : ${REVIEW}, ${each(3)}`), { ...CAP, itemCosts: {}, isPastTooLong: true });
    assert.equal(
      told(long),
      `${start} What they cost is not known: the past runs are too long to read. Go on?`,
    );
    const unknown = new Play(flow(`m : ${REVIEW}, ${each(3)}`), { ...CAP, itemCosts: {} });
    assert.equal(told(unknown), `${start} What they cost no past run says. Go on?`);
  });

  test("approved it goes on with all of them", () => {
    const play = asking(`m : ${REVIEW}, ${each(3)}\nz <- m`).decide("m", "approve");
    assert.deepEqual([play.requested.length, play.run.openDecisions], [3, 0]);
    play.ok("m:0", "m:1", "m:2");
    assert.deepEqual(play.states(), { m: "success", z: "queued" });
    assert.deepEqual(play.replayed(), play.run);
  });

  test("rejected it has failed, with the class rejected and what was said; on_failure: skip forgives it", () => {
    const play = asking(`m : ${REVIEW}, ${each(3)}\nz <- m`).decide("m", "reject", { comment: "too dear" });
    const { class: kind, message } = play.error("m");
    assert.deepEqual([kind, message, play.run.status], ["rejected", "rejected by kim: too dear", "failed"]);
    const skipped = asking(`m : ${REVIEW}, ${each(3)}, on_failure: skip`).decide("m", "reject");
    assert.equal(skipped.status("m"), "skipped/failure");
    assert.equal(skipped.error("m").message, "rejected by kim");
  });

  test("a matrix counts its combinations; scripts, waits and questions count nothing", () => {
    assert.equal(asking(`m : ${REVIEW}, matrix: { a: [1, 2], b: [1, 2] }`).asked("m").agents, 4);
    assert.equal(asking(`m : ${each(3)}`).requested.length, 3);
    const wait = asking(`m : agent: group, parameters: { tasks: [{ id: w, agent: approval }] }, ${each(3)}`);
    assert.equal(wait.running.length, 3);
  });

  test("a group counts the agents of its body, at any depth and without its hooks", () => {
    const inner =
      "{ id: deep, agent: group, parameters: { tasks: [{ id: b, agent: coder, parameters: { task: x } }] } }";
    const body = `[{ id: s, agent: shell, parameters: { run: ls } }, { id: a, ${REVIEW} }, ${inner}]`;
    const hooks = `hooks: { on_success: [{ id: h, ${REVIEW} }] }`;
    const play = asking(`m : agent: group, parameters: { tasks: ${body}, ${hooks} }, ${each(2)}`);
    assert.equal(
      told(play),
      "4 agents would start (tasks m[…], 2 in each); the cap is 2 (limits.fan_out in decapod.yaml). Go on?",
    );
    play.decide("m", "approve");
    assert.equal(play.running.length, 2);
  });

  test("a called workflow counts the agents of its file, once where it calls itself; one that only the run will know counts as one", () => {
    const call = (given: string) => `m : agent: workflow, parameters: { ${given} }, ${each(3)}`;
    const group = `{ id: g, agent: group, parameters: { tasks: [{ id: b, ${REVIEW} }] } }`;
    const again = "{ id: again, agent: workflow, parameters: { path: self.yaml } }";
    const file = (tasks: string) => `name: called\ntasks: [${tasks}]\n`;
    const files = {
      "self.yaml": file(`{ id: a, ${REVIEW} }, ${group}, ${again}`),
      "script.yaml": file("{ id: a, agent: shell, parameters: { run: ls } }"),
    };
    assert.equal(asking(call("path: self.yaml"), files).asked("m").agents, 6);
    assert.equal(asking(call("name: script.yaml"), files).running.length, 3);
    assert.equal(asking(call("name: '${item}'")).asked("m").agents, 3);
    assert.equal(asking(call("inline: { tasks: [] }")).asked("m").agents, 3);
  });

  test("what is mapped inside counts as often as it is written down: lists, axes; what only the run knows once", () => {
    const inner = (map: string) =>
      asking(`m : agent: group, parameters: { tasks: [{ id: b, ${REVIEW}, ${map} }] }, ${each(3)}`).asked("m")
        .agents;
    assert.equal(inner("foreach: { items: [1, 2, 3, 4] }"), 12);
    assert.equal(inner("foreach: { items: [1, '${item}'] }"), 6);
    assert.equal(inner("matrix: { a: [1, 2], b: [1, 2, '${item}'] }"), 18);
    for (const late of [
      "foreach: { items: '${item}' }",
      "foreach: { items: { a: 1, b: 2 } }",
      "foreach: { items: [1, 2], where: '${item > 1}' }",
      "matrix: '${item}'",
      "matrix: { a: '${item}', b: [1, 2] }",
      "matrix: { a: [1, 2], b: '${item}' }",
      "matrix: { a: [1, 2], include: [{ a: 3 }] }",
      "matrix: { a: [1, 2], exclude: [{ a: 2 }] }",
    ])
      assert.equal(inner(late), 3, late);
  });

  test("a pass of a map asks for as many as all passes like it may start; not for what the map has counted", () => {
    const body = flow(
      `a\nlate <- a : ${REVIEW}, foreach: { items: '\${a.output}' }\nknown : ${REVIEW}, ${each(3)}`,
    );
    const pass = (fanned: Fanned) => new Play(body, { ...CAP, fanned }).give("a", [1, 2]);
    const counted = pass({ runs: 20, isCounted: true });
    assert.equal(counted.asked("late").agents, 40);
    assert.equal(
      counted.asked("late").message,
      "40 agents would start (tasks late[…], in each of 20 runs like this one); the cap is 2 (limits.fan_out in decapod.yaml). Go on?",
    );
    assert.equal(counted.status("known"), "running");
    counted.decide("late", "approve");
    assert.equal(counted.status("late"), "running");
    assert.deepEqual(counted.replayed(), counted.run);
    assert.equal(pass({ runs: 20, isCounted: false }).asked("known").agents, 60);
    assert.equal(pass({ runs: 1, isCounted: false }).status("late"), "running");
  });

  test("a pass notes how many there are like it, and whether its map has counted what it starts", () => {
    const group = `agent: group, parameters: { tasks: [{ id: b, ${REVIEW} }] }`;
    const call = "agent: workflow, parameters: { path: called.yaml }";
    const files = { "called.yaml": `name: called\ntasks: [{ id: a, ${REVIEW} }]\n` };
    const hooks = `hooks: { on_success: [{ id: hook, ${group} }] }`;
    const inHook = `m : agent: group, parameters: { tasks: [{ id: s, agent: shell, parameters: { run: ls } }], ${hooks} }`;
    const noted = (workflow: Workflow, over: Partial<RunStarted> = {}) => {
      const play = new Play(workflow, over);
      if (play.run.workflow.tasks[0]?.kind === "attempt") play.ok("s");
      return play.effects.flatMap((effect) =>
        effect.do === "start_child" ? [effect.child.notes.fanned] : [],
      );
    };
    const fanned = { runs: 20, isCounted: true };
    const not = { runs: 20, isCounted: false };
    assert.deepEqual(noted(flow(`m : ${group}`)), [undefined]);
    assert.deepEqual(noted(flow(`m : ${group}, ${each(2)}`)), Array(2).fill({ runs: 2, isCounted: true }));
    assert.deepEqual(
      noted(flow(`m : ${call}, ${each(2)}`, files)),
      Array(2).fill({ runs: 2, isCounted: false }),
    );
    assert.deepEqual(
      noted(flow(`m : ${group}, ${each(2)}`), { fanned: not }),
      Array(2).fill({ runs: 40, isCounted: true }),
    );
    assert.deepEqual(noted(flow(`m : ${group}`), { fanned }), [fanned]);
    assert.deepEqual(noted(flow(`m : ${group}`), { fanned: not }), [not]);
    assert.deepEqual(noted(flow(`m : ${call}`, files), { fanned }), [not]);
    assert.deepEqual(noted(flow(inHook).tasks[0]?.body as Workflow, { fanned }), [not]);
  });

  test("what was let start is not asked again when the task comes again with no more; with more it is", () => {
    const play = asking(
      `a\nm <- a : ${REVIEW}, foreach: { items: '\${a.output}' }\nlook <- m : agent: approval, parameters: { send_back_to: a, max_rounds: 3 }`,
    ).give("a", [1, 2, 3]);
    play.decide("m", "approve").ok("m:0", "m:1", "m:2").decide("look", "send_back");
    play.give("a", [4, 5, 6]);
    assert.equal(play.status("m"), "running");
    play.ok("m:0", "m:1", "m:2").decide("look", "send_back").give("a", [1, 2, 3, 4]);
    assert.equal(play.asked("m").id, "m#2*4");
    assert.deepEqual(play.replayed(), play.run);
  });

  test("the task's own approval comes first, each is asked once", () => {
    const play = asking(`m : ${REVIEW}, ${each(3)}, approval: { mode: ask, message: 'May it?' }`);
    assert.equal(told(play), "May it?");
    play.decide("m", "approve");
    assert.equal(play.asked("m").agents, 3);
    play.decide("m", "approve");
    assert.equal(play.requested.length, 3);
    assert.equal(play.task("m").approval?.decision, "approve");
  });

  test("a run that noted no file for its cap names none", () => {
    const play = new Play(flow(`m : ${REVIEW}, ${each(3)}`), { limits: CAP.limits });
    assert.match(told(play), /; the cap is 2 \(limits\.fan_out\)\. Go on\?$/);
  });

  test("a run that began before there was a cap asks nothing, nor does a rehearsal", () => {
    const many = `m : ${REVIEW}, ${each(30)}`;
    assert.equal(new Play(flow(many)).requested.length, 30);
    assert.equal(new Play(flow(many), { ...CAP, rehearse: true }).requested.length, 30);
  });

  test("a cancelled run takes the question back", () => {
    const play = asking(`m : ${REVIEW}, ${each(3)}`);
    play.send({ type: "run.cancelled", by: "kim", reason: "enough" });
    assert.deepEqual([play.run.status, play.run.openDecisions], ["cancelled", 0]);
  });

  test("a project only lowers what the person says, or the 20 of one who says nothing; the file of it is named", () => {
    const personFile = "/home/kim/config.yaml";
    const capOf = (project: number | null, person: number | null, file: string | null = personFile) =>
      Object.values(fanOutCap({ project, person, personFile: file }));
    assert.deepEqual(capOf(null, null), [20, personFile]);
    assert.deepEqual(capOf(10_000, null), [20, personFile]);
    assert.deepEqual(capOf(5, null), [5, "decapod.yaml"]);
    assert.deepEqual(capOf(50, 100), [50, "decapod.yaml"]);
    assert.deepEqual(capOf(50, 0), [0, personFile]);
    assert.deepEqual(capOf(null, null, null), [20, "your configuration"]);
    const said = { project: 7, person: 9, personFile };
    assert.deepEqual(withFanOut({ items: 5 }, said), {
      limits: { items: 5, fan_out: 7 },
      fanOutFile: "decapod.yaml",
    });
  });
});
