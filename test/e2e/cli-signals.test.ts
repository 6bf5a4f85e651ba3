import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { freshFolder, has } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

/** Decisions are made by whom the system knows; what USER says is anybody's word. */
const ME = userInfo().username;

/** The second task waits for a file, so that it runs exactly as long as a test wants. */
const WAITS = `name: waits
tasks:
  - { id: first, agent: shell, parameters: { run: 'echo x >> first.txt' } }
  - { id: second, agent: shell, dependencies: [first], parameters: { run: 'echo x >> second.txt; until [ -e go ]; do sleep 0.05; done' } }
  - { id: third, agent: shell, dependencies: [second], parameters: { run: 'echo x >> third.txt' } }
hooks:
  on_complete: [{ id: clean, agent: shell, parameters: { run: 'echo x >> clean.txt' } }]
`;
const STUBBORN = `name: stubborn
tasks:
  - { id: one, agent: shell, parameters: { run: "trap '' TERM; echo ready > ready; while :; do sleep 0.1; done" } }
`;

const NESTED = `name: nested
tasks:
  - id: g
    agent: group
    foreach: { items: [p, q], key: "\${item}" }
    parameters:
      tasks:
        - id: h
          agent: group
          parameters:
            tasks:
              - { id: x, agent: shell, parameters: { run: 'until [ -e go ]; do sleep 0.05; done' } }
`;

describe("F65 signals", { concurrency: true }, () => {
  for (const [signal, exit] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const) {
    it(`${signal} keeps the run, ends with ${exit} and says how to go on`, async () => {
      const folder = freshFolder({ waits: WAITS });
      const running = folder.start("run", "waits", "-v");
      await running.says("second running");
      running.child.kill(signal);
      const ended = await running.ended;
      assert.equal(ended.code, exit, ended.stderr);
      const [, name = ""] = ended.stderr.match(/interrupted {2}go on: decapod resume (r-\w{4})\n$/) ?? [];
      assert.notEqual(name, "", ended.stderr);
      assert.match((await folder.run("status")).stdout, /◌ interrupted.*1\/3.*decapod resume r-/);
      folder.write("go", "");
      const resumed = await folder.run("resume", name);
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(resumed.stderr, /run resumed workflow=waits/);
      assert.match(resumed.stdout, /^✓ success {2}waits r-\w{4} {2}4 success/);
    });
  }

  it("runs again on resume what says so, before what comes after it", async () => {
    const folder = freshFolder({
      waits: `name: waits
tasks:
  - { id: login, agent: shell, rerun: true, parameters: { run: 'echo login >> done.txt' } }
  - { id: kept, agent: shell, dependencies: [login], parameters: { run: 'echo kept >> done.txt' } }
  - { id: last, agent: shell, dependencies: [kept], parameters: { run: 'echo last >> done.txt; until [ -e go ]; do sleep 0.05; done' } }
`,
    });
    const running = folder.start("run", "waits", "-v");
    await running.says("last running");
    running.child.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    folder.write("go", "");
    const { code, stderr } = await folder.run("resume");
    assert.equal(code, 0, stderr);
    const done = readFileSync(join(folder.path, "done.txt"), "utf8").trimEnd().split("\n");
    assert.deepEqual(done, ["login", "kept", "last", "login", "last"]);
  });

  it("SIGINT twice kills what does not want to end", async () => {
    const folder = freshFolder({ stubborn: STUBBORN });
    const running = folder.start("run", "stubborn", "-v");
    await folder.has("ready");
    running.child.kill("SIGINT");
    await running.says("ctrl-C again kills it");
    running.child.kill("SIGINT");
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.stderr);
    assert.match(ended.stderr, /killing what still runs/);
  });

  it("changes nothing once the run has ended: the closing line is printed, and the exit code is the run's", async () => {
    const folder = freshFolder({
      quick: "name: quick\ntasks: [{ id: a, agent: shell, parameters: { run: echo } }]\n",
    });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const running = folder.start("run", "quick");
      await running.says("run success");
      // As often as it takes: one of them comes while the journal is closed, another one after the last word.
      while (running.child.exitCode === null && running.child.signalCode === null) {
        running.child.kill(signal);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const ended = await running.ended;
      assert.deepEqual([ended.code, ended.signal], [0, null], `${signal}: ${ended.stderr}`);
      assert.match(ended.stdout, /^✓ success {2}quick r-\w{4}/);
      assert.doesNotMatch(ended.stderr, /stopping|interrupted/);
    }
  });

  it("goes on after SIGKILL, with every interrupted run when none is named", async () => {
    const folder = freshFolder({ waits: WAITS });
    for (const _ of [1, 2]) {
      const running = folder.start("run", "waits", "-v");
      await running.says("second running");
      running.child.kill("SIGKILL");
      await running.ended;
    }
    folder.write("go", "");
    const { code, stdout, stderr } = await folder.run("resume");
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/^✓ success/gm)?.length, 2);
  });

  it("counts how long a script went on by itself", async () => {
    const folder = freshFolder({
      alone: `name: alone
tasks:
  - { id: a, agent: shell, parameters: { run: 'echo > began; sleep 2; echo > done' } }
  - { id: b, agent: shell, dependencies: [a], env: { TOOK: "\${a.duration_seconds}" }, parameters: { run: echo $TOOK } }
`,
    });
    const running = folder.start("run", "alone", "-v");
    await folder.has("began");
    running.child.kill("SIGKILL");
    await running.ended;
    await folder.has("done");
    const { code, stdout } = await folder.run("resume", "--json");
    assert.equal(code, 0);
    const [a, b] = JSON.parse(stdout).runs[0].tasks;
    assert.ok(a.durationSeconds >= 2, `it took ${a.durationSeconds} s`);
    assert.equal(Number(b.output), a.durationSeconds);
  });

  it("names the way to a task after a resume as before", async () => {
    const folder = freshFolder({ nested: NESTED });
    const running = folder.start("run", "nested", "-v");
    await Promise.all([running.says("g[p]/h/x running"), running.says("g[q]/h/x running")]);
    running.child.kill("SIGKILL");
    await running.ended;
    folder.write("go", "");
    const { code, stderr } = await folder.run("resume");
    assert.equal(code, 0, stderr);
    const ended = [...stderr.matchAll(/^\S+ \S+ (\S+) success/gm)].map(([, label]) => label).sort();
    assert.deepEqual(ended, ["g", "g[p]", "g[p]/h", "g[p]/h/x", "g[q]", "g[q]/h", "g[q]/h/x", "run"]);
  });

  it("cancel ends an interrupted run for good, and lets its on_complete hooks run", async () => {
    const folder = freshFolder({ waits: WAITS });
    const running = folder.start("run", "waits", "-v");
    await running.says("second running");
    running.child.kill("SIGINT");
    const [, name = ""] = (await running.ended).stderr.match(/resume (r-\w{4})/) ?? [];
    const cancelled = await folder.run("cancel", name, "--reason", "not needed");
    assert.equal(cancelled.code, 0, cancelled.stderr);
    assert.match(cancelled.stdout, /^– cancelled/);
    const { run } = JSON.parse((await folder.run("show", name, "--json")).stdout);
    const states = run.tasks.map(({ id, status }: Record<string, string>) => `${id} ${status}`);
    assert.deepEqual(states, ["first success", "second cancelled", "third cancelled", "clean success"]);
  });
});

describe("a terminal", { skip: has(TERMINAL, "--version") ? false : "needs script (bsdutils)" }, () => {
  const ASK = `name: ask
tasks:
  - { id: gate, agent: approval, parameters: { mode: phrase, phrase: SHIP IT, message: "Ship it?" } }
  - { id: ship, agent: shell, dependencies: [gate], parameters: { run: echo shipped } }
`;

  it("asks there, names what is wrong with a phrase, and goes on after the right one", async () => {
    const folder = freshFolder({ ask: ASK });
    const prompt = "Enter to leave:";
    const { code, screen } = await terminal(
      folder,
      ["run", "ask"],
      [
        [prompt, "ship it\r"],
        [prompt, "SHIP IT\r"],
      ],
    );
    assert.equal(code, 0, screen);
    assert.match(screen, /capital letters differ/);
    assert.ok(screen.includes(`approve by ${ME} (cli)`), screen);
    assert.match(screen, /success/);
  });

  it("leaves the decision for later on Enter, and asks again on resume", async () => {
    const folder = freshFolder({ ask: ASK });
    const left = await terminal(folder, ["run", "ask"], [["Enter to leave:", "\r"]]);
    assert.equal(left.code, 8, left.screen);
    const rejected = await terminal(folder, ["resume"], [["Enter to leave:", "reject not today\r"]]);
    assert.equal(rejected.code, 9, rejected.screen);
    assert.ok(rejected.screen.includes(`rejected by ${ME}: not today`), rejected.screen);
    assert.match(rejected.screen, /next: decapod retry r-\w{4}/, "it printed nothing to look at");
  });

  it("asks only who may decide: not somebody else, and not who started the run", async () => {
    const gate = (who: string) =>
      `name: gate\ntasks: [{ id: gate, agent: approval, parameters: { message: "Go?", ${who} } }]\n`;
    const folder = freshFolder({
      others: gate("approvers: [kim]"),
      mine: gate(`approvers: [${ME}, kim]`),
      sure: gate(`approvers: [${ME}], self_approval: true`),
    });
    const others = await terminal(folder, ["run", "others"], []);
    assert.equal(others.code, 8, others.screen);
    assert.ok(others.screen.includes(`${ME} is not among the approvers of gate`), others.screen);
    const mine = await terminal(
      folder,
      ["run", "mine"],
      [
        ["Enter to leave:", "y\r"],
        ["started the run and may not approve gate (kim approves)", ""],
        ["Enter to leave:", "\r"],
      ],
    );
    assert.equal(mine.code, 8, mine.screen);
    const sure = await terminal(folder, ["run", "sure"], [["Enter to leave:", "y\r"]]);
    assert.equal(sure.code, 0, sure.screen);
  });

  it("sends work back with the word of the workflow file", async () => {
    const folder = freshFolder({
      draft: `name: draft
tasks:
  - { id: draft, agent: shell, env: { WISH: "\${feedback ?? 'none'}" }, parameters: { run: 'echo "$WISH" >> drafts.txt' } }
  - { id: look, agent: approval, dependencies: [draft], parameters: { message: "Fine?", send_back_to: draft } }
`,
    });
    const { code, screen } = await terminal(
      folder,
      ["run", "draft"],
      [
        ["Enter to leave:", "send_back shorter please\r"],
        ["Enter to leave:", "y\r"],
      ],
    );
    assert.equal(code, 0, screen);
    assert.equal(readFileSync(join(folder.path, "drafts.txt"), "utf8"), "none\nshorter please\n");
  });

  it("takes ctrl-C in the middle of a question as ctrl-C", async () => {
    const folder = freshFolder({ ask: ASK });
    const { code, screen } = await terminal(folder, ["run", "ask"], [["Enter to leave:", "\x03"]]);
    assert.equal(code, 130, screen);
    assert.match(screen, /decapod resume r-/);
  });
});
