// An attempt that follows goes on in the session of the one before: the model sees what was said before, and nothing of
// it is said or paid for twice.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { terminal } from "../e2e/terminal.ts";
import { type AgentProject, API_KEY, agentProject, NO_CLAUDE } from "./rig.ts";
import { type StubRequest, textOf } from "./stub.ts";

const ASKS = "QUESTION FOR A PERSON\n\nWhich colour shall the door have?\n- blue\n- red";
/** Dear enough to be seen when it is counted twice. */
const DEAR = { usage: { input_tokens: 100_000 } };

/** What the model was shown of the conversation, in order, without what claude adds by itself. */
function turnsOf(request: StubRequest | undefined): readonly string[] {
  return (request?.body.messages ?? [])
    .filter(({ role }) => role === "user" || role === "assistant")
    .map(
      ({ role, content }) =>
        `${role}: ${textOf(content).replace(/<system-reminder>[\s\S]*?<\/system-reminder>\n*/g, "")}`,
    );
}

function at(project: AgentProject, words: readonly string[], answers: Parameters<typeof terminal>[2]) {
  return terminal(project, words, answers, project.environment as Record<string, string>);
}

const RUNS = ".claude/workflow-state/runs";

async function history(project: AgentProject, task: string) {
  const [run = ""] = readdirSync(join(project.path, RUNS));
  const shown = await project.start("show", "--json", run, task).ended;
  return JSON.parse(shown.stdout).task.history as readonly {
    readonly status: string;
    readonly costUsd: number;
    readonly notes: readonly string[];
  }[];
}

function kept(project: AgentProject): readonly string[] {
  const runs = join(project.path, RUNS);
  return readdirSync(runs, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("/session.json"),
  );
}

describe("claude-code: going on in a session", { skip: NO_CLAUDE }, () => {
  it("after a question, with the answer alone as the next turn", async (t) => {
    const project = await agentProject(t, [{ text: ASKS, ...DEAR }, { text: "Painted." }]);
    project.write("paint.yaml", task("paint"));
    const { code, screen } = await at(project, ["run", "paint.yaml"], [["or Enter to leave:", "blue\r"]]);
    assert.equal(code, 0, screen);
    const [first, second] = project.stub.requests;
    const [brief, question, answer] = turnsOf(second);
    assert.deepEqual(turnsOf(first), [brief]);
    assert.match(brief ?? "", /Do paint/);
    assert.equal(question, `assistant: ${ASKS}`);
    assert.equal(answer, "user: A person answers your question:\n\n> blue\n\nGo on with your task.\n");
    assert.match(textOf(second?.body.system), /QUESTION FOR A PERSON/);
    const told = await history(project, "paint");
    assert.deepEqual(
      told.map(({ status, notes }) => [status, notes]),
      [
        ["asked", []],
        ["success", ["it goes on with the session of attempt 1"]],
      ],
    );
    // 100,000 tokens once, not twice.
    assert.ok((told[0]?.costUsd ?? 0) > 0.3 && (told[1]?.costUsd ?? 1) < 0.01, JSON.stringify(told));
    const result = JSON.parse(project.attempt("paint", "result.json", 2));
    assert.match(result.detail.goesOnWith, /\/paint\/1$/);
    assert.equal(project.attempt("paint", "brief.md", 2), (answer ?? "").slice("user: ".length));
    // The second gave its answer: nobody goes on with it, nor is anything of it left elsewhere.
    assert.deepEqual(
      kept(project).map((name) => name.split("/").slice(1).join("/")),
      ["paint/1/session.json"],
    );
    for (const [file, text] of project.texts(project.path)) assert.ok(!text.includes(API_KEY), file);
  });

  it("after an answer that did not fit, with just what was wrong with it", async (t) => {
    const project = await agentProject(t, [{ text: '["four"]' }, { text: "[4]" }]);
    const schema = '{ type: array, items: { $ref: "#/$defs/n" }, $defs: { n: { type: integer } } }';
    project.write("count.yaml", task("count", `output_schema: ${schema}`));
    const run = await project.start("run", "count.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const [brief, answer, wrong] = turnsOf(project.stub.requests[1]);
    assert.match(brief ?? "", /Do count/);
    assert.equal(answer, 'assistant: ["four"]');
    assert.match(
      wrong ?? "",
      /^user: Your answer was not taken:\n\n> .*\/0 must be a whole number, is a text \("four"\)\n\nGive the whole/,
    );
    assert.match(wrong ?? "", /You answer with JSON that fits this schema/);
    assert.doesNotMatch(wrong ?? "", /Do count/);
  });

  it("after a permission, in which the call is made that was refused", async (t) => {
    const touch = [{ name: "Bash", input: { command: "touch asked.txt" } }];
    const project = await agentProject(t, [
      { tools: touch },
      { text: "I may not." },
      { tools: touch },
      { text: "Done." },
    ]);
    project.write("touch.yaml", task("touch", "options: { tools: ['Bash(npm test)'], permission: default }"));
    const { code, screen } = await at(project, ["run", "touch.yaml"], [["or Enter to leave:", "y\r"]]);
    assert.equal(code, 0, screen);
    assert.ok(existsSync(join(project.path, "asked.txt")));
    const turns = turnsOf(project.stub.requests[2]);
    assert.equal(turns.at(-2), "assistant: I may not.");
    assert.match(turns.at(-1) ?? "", /A person allows it now/);
  });

  it("O4: a secret that the session saw is kept nowhere, and the next attempt does not see it", async (t) => {
    const secret = "hunter2-hunter2";
    const project = await agentProject(t, [
      { tools: [{ name: "Bash", input: { command: "echo it is $KEY" } }] },
      { text: ASKS },
      { text: "Painted." },
    ]);
    project.environment.DOOR_KEY = secret;
    const fields = "env: { KEY: '${secrets.KEY}' }, options: { tools: [Bash] }";
    project.write("door.yaml", `context: { secrets: { KEY: { env: DOOR_KEY } } }\n${task("door", fields)}`);
    const { code, screen } = await at(project, ["run", "door.yaml"], [["or Enter to leave:", "blue\r"]]);
    assert.equal(code, 0, screen);
    assert.equal(kept(project).length, 1);
    for (const [file, text] of project.texts(project.path)) assert.ok(!text.includes(secret), file);
    assert.match(turnsOf(project.stub.requests[1]).at(-1) ?? "", /it is hunter2/);
    assert.match(JSON.stringify(project.stub.requests[2]?.body.messages), /it is \*\*\*/);
    assert.ok(!JSON.stringify(project.stub.requests[2]?.body.messages).includes(secret));
  });

  it("O4: of an attempt that outlived its engine nothing is kept: with its secrets unknown, none is left in clear", async (t) => {
    const held = Promise.withResolvers<void>();
    const project = await agentProject(t, [
      { tools: [{ name: "Bash", input: { command: "echo it is $ANTHROPIC_API_KEY" } }] },
      { text: ASKS, until: held.promise },
      { text: "Painted." },
    ]);
    project.write("door.yaml", task("door", "options: { tools: [Bash] }"));
    const running = project.start("run", "door.yaml");
    await project.asked(running, 2);
    assert.match(turnsOf(project.stub.requests[1]).at(-1) ?? "", new RegExp(`it is ${API_KEY}`));
    running.child.kill("SIGKILL");
    await running.ended;
    // Another key by now: the one that the agent saw is in nobody's environment.
    project.environment.ANTHROPIC_API_KEY = "sk-ant-another-key-of-the-person-0123456789";
    const resumed = project.start("resume");
    await resumed.says("resumed");
    held.resolve();
    assert.equal((await resumed.ended).code, 8);
    assert.deepEqual(kept(project), []);
    const inbox = await project.start("inbox", "--json").ended;
    const { code, screen } = await at(
      project,
      ["answer", JSON.parse(inbox.stdout).decisions[0].id, "blue"],
      [],
    );
    assert.equal(code, 0, screen);
    assert.match(
      turnsOf(project.stub.requests[2])[0] ?? "",
      /Do door[\s\S]*An earlier attempt asked[\s\S]*> blue/,
    );
    for (const [file, text] of project.texts(project.path)) assert.ok(!text.includes(API_KEY), file);
  });

  for (const [how, take, notes] of [
    ["that is gone", removed, ["it begins a new session, that of attempt 1 is not there"]],
    [
      "that claude does not take",
      emptied,
      ["it begins a new session, that of attempt 1 could not be gone on with"],
    ],
  ] as const)
    it(`a session ${how} is no failure: a new one has all of it in its brief`, async (t) => {
      const project = await agentProject(t, [{ text: ASKS }, { text: "Painted." }]);
      project.write("door.yaml", task("door", "retry: { max_attempts: 1 }"));
      const run = await project.start("run", "door.yaml").ended;
      assert.equal(run.code, 8, run.stdout + run.stderr);
      const [session = ""] = kept(project);
      take(join(project.path, RUNS, session));
      const inbox = await project.start("inbox", "--json").ended;
      const { code, screen } = await at(
        project,
        ["answer", JSON.parse(inbox.stdout).decisions[0].id, "blue"],
        [],
      );
      assert.equal(code, 0, screen);
      const [brief, ...more] = turnsOf(project.stub.requests[1]);
      assert.deepEqual(more, []);
      assert.match(brief ?? "", /Do door[\s\S]*An earlier attempt asked[\s\S]*> blue/);
      const told = await history(project, "door");
      assert.deepEqual(told.at(-1)?.notes, notes);
      assert.equal(told.at(-1)?.status, "success");
    });

  it("with claude's own login nothing of it is left in the person's folder, and it goes on all the same", async (t) => {
    const project = await agentProject(t, [{ text: ASKS }, { text: "Painted." }]);
    delete project.environment.ANTHROPIC_API_KEY;
    const oauth = {
      accessToken: "sk-ant-oat01-of-the-stub-0123456789",
      refreshToken: "sk-ant-ort01-x-0123456789",
    };
    const login = {
      ...oauth,
      expiresAt: 4_000_000_000_000,
      scopes: ["user:inference"],
      subscriptionType: "max",
    };
    const own = join(project.home, ".claude");
    mkdirSync(own);
    writeFileSync(join(own, ".credentials.json"), JSON.stringify({ claudeAiOauth: login }));
    project.write("door.yaml", task("door"));
    const { code, screen } = await at(project, ["run", "door.yaml"], [["or Enter to leave:", "blue\r"]]);
    assert.equal(code, 0, screen);
    assert.equal(turnsOf(project.stub.requests[1]).length, 3);
    assert.deepEqual(
      project
        .texts(own)
        .map(([file]) => file)
        .filter((file) => file.includes("/projects/")),
      [],
    );
  });
});

describe("claude-code: session of a task", { skip: NO_CLAUDE }, () => {
  it("continue: each iteration goes on where the one before ended, and so does a retry", async (t) => {
    const project = await agentProject(t, [
      { text: "First." },
      { error: { status: 403 } },
      { text: "Second." },
    ]);
    const fields =
      "session: continue, retry: { max_attempts: 2, on: [config_error] }, repeat: { max: 2, until: '${iteration == 2}' }";
    project.write("door.yaml", task("door", fields));
    const run = await project.start("run", "door.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const turns = turnsOf(project.stub.requests[2]);
    const [brief, first, again] = turns;
    assert.match(brief ?? "", /^user: # door/);
    assert.equal(first, "assistant: First.");
    assert.match(again ?? "", /^user: You go on in this session, in which you were at this task before/);
    assert.match(again ?? "", /# door\n\nDo door/);
    assert.match(turns.at(-1) ?? "", /The attempt before did not count:\n\n> config_error/);
    assert.deepEqual(
      (await history(project, "door")).map(({ status, notes }) => [status, ...notes]),
      [
        ["success"],
        ["failed", "it goes on with the session of attempt 1"],
        ["success", "it goes on with the session of attempt 2"],
      ],
    );
  });

  it("continue in a group that is repeated goes on with that of the pass before", async (t) => {
    const project = await agentProject(t, [{ text: "First." }, { text: "Second." }]);
    const inner = "{ id: paint, agent: coder, parameters: { task: Paint }, session: continue }";
    const group = `{ id: g, agent: group, parameters: { tasks: [${inner}] }, repeat: { max: 2, until: '\${iteration == 2}' } }`;
    project.write("door.yaml", `name: door\ntasks:\n  - ${group}\n`);
    const run = await project.start("run", "door.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.deepEqual(turnsOf(project.stub.requests[0]).length, 1);
    const [, first, second] = turnsOf(project.stub.requests[1]);
    assert.equal(first, "assistant: First.");
    assert.match(second ?? "", /^user: You go on in this session/);
  });

  it("continue:TASK: two at once each go on with a copy, under their own roles", async (t) => {
    const { promise: both, resolve } = Promise.withResolvers<void>();
    const project = await agentProject(t, [
      { text: "The plan is to paint it blue." },
      { text: "Left.", when: { last: /Do left/ }, until: both },
      { text: "Right.", when: { last: /Do right/ }, until: both },
      { text: "Over." },
    ]);
    const role = (name: string) => `---\nname: ${name}\n---\nYou are the one called ${name}.\n`;
    for (const name of ["thinker", "painter"]) project.write(`.claude/agents/${name}.md`, role(name));
    const after = (id: string) =>
      `  - { id: ${id}, agent: painter, dependencies: [plan], parameters: { task: Do ${id} }, session: 'continue:plan' }\n`;
    const plan = "  - { id: plan, agent: thinker, parameters: { task: Plan it } }\n";
    project.write("door.yaml", `name: door\ntasks:\n${plan}${after("left")}${after("right")}`);
    const running = project.start("run", "door.yaml");
    await project.asked(running, 3);
    resolve();
    const run = await running.ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(textOf(project.stub.requests[0]?.body.system), /called thinker/);
    for (const request of project.stub.requests.slice(1)) {
      const [brief, said, turn, ...more] = turnsOf(request);
      assert.match(brief ?? "", /Plan it/);
      assert.equal(said, "assistant: The plan is to paint it blue.");
      assert.match(turn ?? "", /in which task plan was done[\s\S]*Do (?:left|right)/);
      assert.deepEqual(more, []);
      assert.match(textOf(request.body.system), /called painter/);
      assert.doesNotMatch(textOf(request.body.system), /called thinker/);
    }
    const sessions = ["plan", "left", "right"].map(
      (name) => JSON.parse(project.attempt(name, "result.json")).detail.session,
    );
    assert.equal(new Set(sessions).size, 3);
    assert.equal(JSON.parse(project.attempt("left", "result.json")).output.value, "Left.");
    const [told] = await history(project, "right");
    assert.deepEqual(told?.notes, ["it goes on with the session of attempt 1 of plan"]);
  });

  it("continue:TASK: one that cannot go on with it leaves it to those that can", async (t) => {
    const project = await agentProject(t, [
      { text: "The plan is to paint it blue." },
      { error: { status: 400 }, when: { last: /task plan was done[\s\S]*Do left/ }, times: -1 },
      { text: "Left.", when: { last: /Do left/ } },
      { text: "Right.", when: { last: /Do right/ } },
    ]);
    const after = (id: string, of: string) =>
      `  - { id: ${id}, agent: coder, dependencies: [${of}], parameters: { task: Do ${id} }, session: 'continue:plan' }\n`;
    const plan = "  - { id: plan, agent: coder, parameters: { task: Plan it } }\n";
    project.write(
      "door.yaml",
      `name: door\ntasks:\n${plan}${after("left", "plan")}${after("right", "plan, left")}`,
    );
    const run = await project.start("run", "door.yaml").ended;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(JSON.parse(project.attempt("left", "result.json", 2)).output.value, "Left.");
    assert.equal(turnsOf(project.stub.requests.at(-1))[1], "assistant: The plan is to paint it blue.");
    assert.deepEqual((await history(project, "left")).at(-1)?.notes, [
      "it begins a new session, that of attempt 1 of plan could not be gone on with",
    ]);
    assert.deepEqual((await history(project, "right")).at(-1)?.notes, [
      "it goes on with the session of attempt 1 of plan",
    ]);
  });
});

function task(id: string, more = ""): string {
  const fields = more === "" ? "" : `, ${more}`;
  return `name: ${id}\ntasks:\n  - { id: ${id}, agent: coder, parameters: { task: Do ${id} }${fields} }\n`;
}

function removed(session: string): void {
  rmSync(session);
}

function emptied(session: string): void {
  truncateSync(`${session}l`);
}
