/** Decisions by a command of their own: at a terminal, with and without an owner, and never from inside an attempt. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Folder, freshFolder } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const ASK = `name: ask
tasks:
  - { id: gate, agent: approval, parameters: { message: "Ship it?" } }
  - { id: ship, agent: shell, dependencies: [gate], parameters: { run: echo x >> shipped } }
`;
const PHRASE = ASK.replace("{ message:", "{ mode: phrase, phrase: SHIP IT, message:");
const BACK = `name: back
tasks:
  - { id: draft, agent: shell, parameters: { run: echo x >> drafts } }
  - { id: gate, agent: approval, dependencies: [draft], parameters: { message: "Good?", send_back_to: draft } }
`;
const BESIDE = `name: beside
tasks:
  - { id: gate, agent: approval, parameters: { mode: phrase, phrase: SHIP IT, message: "Ship it?" } }
  - id: work
    agent: shell
    parameters: { run: "echo x >> began; until test -e go; do sleep 0.1; done" }
`;
const ME = userInfo().username;

async function waiting(folder: Folder, workflow: string): Promise<string> {
  const { code, stderr } = await folder.run("run", workflow);
  assert.equal(code, 8, stderr);
  return idIn(folder);
}

interface Inbox {
  readonly decisions: readonly { readonly id: string; readonly task: string; readonly title: string }[];
}

async function inboxOf(folder: Folder): Promise<Inbox["decisions"]> {
  const { code, stdout, stderr } = await folder.run("inbox", "--json");
  assert.equal(code, 0, stderr);
  return (JSON.parse(stdout) as Inbox).decisions;
}

async function idIn(folder: Folder): Promise<string> {
  const [first] = await inboxOf(folder);
  return first?.id ?? "";
}

/** The run of a workflow that is started once. */
async function idOf(folder: Folder, workflow: string): Promise<string> {
  const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
  return runs.find((run: { readonly workflow: string }) => run.workflow === workflow).id;
}

const lines = (folder: Folder, name: string) =>
  readFileSync(join(folder.path, name), "utf8").trim().split("\n").length;

/** What all runs of the project have come to. */
function entriesIn(folder: Folder): unknown {
  const database = new DatabaseSync(join(folder.path, ".claude/workflow-state/decapod.db"), {
    readOnly: true,
  });
  try {
    return database.prepare("select count(*) as count from entries").get()?.count;
  } finally {
    database.close();
  }
}

const hasTerminal = spawnSync(TERMINAL, ["--version"]).error === undefined;

describe("a decision", { skip: hasTerminal ? false : "needs script (bsdutils)", concurrency: 2 }, () => {
  it("is made where somebody watches, whoever owns the run", async () => {
    const folder = freshFolder({ ask: PHRASE });
    const owner = folder.start("run", "ask", "--wait");
    await owner.says("waiting");
    const watching = await terminal(
      folder,
      ["watch"],
      [
        ["Enter to leave:", "ship it\r"],
        ["Enter to leave:", "SHIP IT\r"],
      ],
    );
    assert.equal(watching.code, 0, watching.screen);
    assert.match(watching.screen, /capital letters differ/);
    assert.ok(watching.screen.includes(`approve by ${ME} (cli)`), watching.screen);
    assert.equal((await owner.ended).code, 0);
    assert.equal(lines(folder, "shipped"), 1);
  });

  it("is asked for where a second run joined, and left there without a word to the owner", async () => {
    const folder = freshFolder({ ask: ASK, beside: BESIDE });
    const owner = folder.start("run", "beside", "--wait");
    await folder.has("began");
    const left = await terminal(folder, ["run", "ask"], [["Enter to leave:", "\r"]]);
    assert.equal(left.code, 8, left.screen);
    const made = await terminal(folder, ["watch", await idOf(folder, "ask")], [["Enter to leave:", "y\r"]]);
    assert.equal(made.code, 0, made.screen);
    assert.equal(lines(folder, "shipped"), 1);
    owner.child.kill("SIGKILL");
    await owner.ended;
    folder.write("go", "");
  });

  it("that somebody made elsewhere is told at the terminal that still asks: what, by whom, when", async () => {
    const folder = freshFolder({ ask: ASK });
    const elsewhere = async () => {
      const sent = await terminal(folder, ["approve", await idIn(folder)], []);
      assert.equal(sent.code, 0, sent.screen);
    };
    const asked = await terminal(folder, ["run", "ask"], [["Enter to leave:", () => void elsewhere()]]);
    assert.equal(asked.code, 0, asked.screen);
    assert.ok(asked.screen.includes(`already decided: approve by ${ME} (cli) at `), asked.screen);
  });

  it("is no longer asked for when nobody works on the run", async () => {
    const folder = freshFolder({ beside: BESIDE });
    const owner = folder.start("run", "beside", "--wait");
    await folder.has("began");
    const watched = await terminal(
      folder,
      ["watch"],
      [["Enter to leave:", () => owner.child.kill("SIGKILL")]],
    );
    assert.equal(watched.code, 8, watched.screen);
    assert.match(watched.screen, /decapod approve a-/);
    folder.write("go", "");
  });

  it("is listed by inbox, and made by approve, which goes on with the run when nobody owns it", async () => {
    const folder = freshFolder({ ask: ASK });
    const id = await waiting(folder, "ask");
    assert.match(id, /^a-\w{4}$/);
    const { stdout } = await folder.run("inbox");
    assert.match(stdout, new RegExp(`approval ${id} {2}gate[\\s\\S]*Ship it\\?`));
    const { code, screen } = await terminal(folder, ["approve", id], []);
    assert.equal(code, 0, screen);
    assert.equal(lines(folder, "shipped"), 1);
    assert.match((await folder.run("inbox")).stdout, /^nothing waits for you\n/);
    const again = await folder.run("approve", id);
    assert.equal(again.code, 5);
    assert.match(again.stderr, new RegExp(`E_DECIDED ${id} was already decided: approve by ${ME} \\(cli\\)`));
    // Nothing of the proof stays behind.
    const state = readdirSync(join(folder.path, ".claude/workflow-state"));
    assert.deepEqual(
      state.filter((name) => name.startsWith("answer-")),
      [],
    );
  });

  it("is made through the owner there is, which goes on with the run", async () => {
    const folder = freshFolder({ ask: PHRASE });
    const running = folder.start("run", "ask", "--wait");
    await running.says("waiting");
    const wrong = await terminal(folder, ["approve"], [["Enter to leave:", "ship it\r"]]);
    assert.equal(wrong.code, 3, wrong.screen);
    assert.match(wrong.screen, /E_PHRASE\S* the phrase does not match: capital letters differ/);
    const left = await terminal(folder, ["approve"], [["Enter to leave:", "\r"]]);
    assert.equal(left.code, 8, left.screen);
    assert.ok(!existsSync(join(folder.path, "shipped")));
    const { code, screen } = await terminal(folder, ["approve"], [["Enter to leave:", "SHIP IT\r"]]);
    assert.equal(code, 0, screen);
    assert.match(screen, new RegExp(`approve by ${ME} \\(cli\\)`));
    const ended = await running.ended;
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(lines(folder, "shipped"), 1);
  });

  it("rejects, and sends back with a comment", async () => {
    const folder = freshFolder({ back: BACK });
    const first = await waiting(folder, "back");
    const sent = await terminal(folder, ["send-back", first, "--comment", "shorter", "--no-input"], []);
    assert.equal(sent.code, 0, sent.screen);
    assert.equal(lines(folder, "drafts"), 2);
    const second = await idIn(folder);
    assert.notEqual(second, first);
    const { code, screen } = await terminal(folder, ["reject", second, "--comment", "no"], []);
    assert.equal(code, 0, screen);
    assert.match(screen, new RegExp(`rejected by ${ME}: no`));
  });

  it("ends with the same code and document whoever owns the project", async () => {
    const folder = freshFolder({ ask: ASK });
    const alone = await terminal(folder, ["reject", await waiting(folder, "ask"), "--json"], []);
    const running = folder.start("run", "ask", "--wait");
    await running.says("waiting");
    const beside = await terminal(folder, ["reject", await idIn(folder), "--json"], []);
    assert.equal((await running.ended).code, 9);
    const made = [alone, beside].map(({ code, screen }) => {
      const { decision } = JSON.parse(screen);
      return [code, Object.keys(decision).join(" "), decision.choice, decision.via];
    });
    assert.deepEqual(made[0], [0, "id run task choice by via proposals", "reject", "cli"]);
    assert.deepEqual(made[1], made[0]);
  });

  it("starts nothing again when it is refused", async () => {
    const folder = freshFolder({ beside: BESIDE });
    const running = folder.start("run", "beside");
    await folder.has("began");
    running.child.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    const before = entriesIn(folder);
    const wrong = await terminal(folder, ["approve", await idIn(folder), "--phrase", "ship it"], []);
    assert.equal(wrong.code, 3, wrong.screen);
    assert.match(wrong.screen, /E_PHRASE/);
    assert.equal(entriesIn(folder), before);
    folder.write("go", "");
    const right = await terminal(folder, ["approve", await idIn(folder), "--phrase", "SHIP IT"], []);
    assert.equal(right.code, 0, right.screen);
    assert.equal(lines(folder, "began"), 2);
  });

  it("of a paused run is made, and the run waits to be resumed", async () => {
    const folder = freshFolder({ ask: ASK });
    const id = await waiting(folder, "ask");
    const [run] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    assert.equal((await folder.run("pause", run.id)).code, 0);
    const { code, screen } = await terminal(folder, ["approve", id], []);
    assert.equal(code, 0, screen);
    assert.match(screen, new RegExp(`approve by ${ME} \\(cli\\)  gate ${id}`));
    assert.match(screen, /paused; go on: decapod resume r-\w+/);
    assert.ok(!existsSync(join(folder.path, "shipped")));
    assert.equal((await folder.run("resume", run.id)).code, 0);
    assert.equal(lines(folder, "shipped"), 1);
  });

  it("keeps a comment of the command line, whatever is typed then", async () => {
    const folder = freshFolder({ ask: PHRASE });
    const id = await waiting(folder, "ask");
    const typed = [["Enter to leave:", "reject\r"]] as const;
    const { code, screen } = await terminal(folder, ["approve", id, "--comment", "too early"], typed);
    assert.equal(code, 0, screen);
    assert.match(screen, new RegExp(`rejected by ${ME}: too early`));
  });

  it("A6 is refused without a terminal, and from inside an attempt even at one", async () => {
    const folder = freshFolder({ ask: ASK });
    const id = await waiting(folder, "ask");
    const piped = await folder.run("approve", id);
    assert.equal(piped.code, 4);
    assert.match(piped.stderr, /E_HUMAN_ONLY only a person decides: this was not asked at a terminal/);
    const approve = [...PROGRAM, "approve", id].map((word) => `'${word}'`).join(" ");
    folder.write(".claude/workflows/sly.yaml", slyWorkflow(approve));
    const sly = await folder.run("run", "sly");
    assert.equal(sly.code, 0, sly.stderr);
    const said = (name: string) => readFileSync(join(folder.path, name), "utf8");
    assert.match(said("piped.txt"), /E_HUMAN_ONLY[\s\S]*from inside the attempt/);
    assert.match(said("tty.txt"), /E_HUMAN_ONLY[\s\S]*from inside the attempt/);
    assert.match(said("bare.txt"), /E_HUMAN_ONLY[\s\S]*from inside the attempt/);
    assert.equal(await idIn(folder), id);
  });

  it("A6 is asked of nobody inside an attempt, not by the question of run or resume either", async () => {
    const [mine, other] = [freshFolder(), freshFolder({ ask: ASK })];
    const id = await waiting(other, "ask");
    const resume = [...PROGRAM, "--project", other.path, "resume"].map((word) => `'${word}'`).join(" ");
    mine.write(".claude/workflows/sly.yaml", answeringWorkflow(resume));
    const sly = await mine.run("run", "sly");
    assert.equal(sly.code, 0, sly.stderr);
    const screen = readFileSync(join(mine.path, "tty.txt"), "utf8");
    assert.match(screen, /only a person decides: .* inside the attempt .*, so nothing is asked here/);
    assert.doesNotMatch(screen, /approve by/);
    assert.equal(await idIn(other), id);
    assert.ok(!existsSync(join(other.path, "shipped")));
  });
});

/** Types ahead: the terminal keeps it until somebody asks. */
function answeringWorkflow(resume: string): string {
  return `name: sly
tasks:
  - id: sly
    agent: shell
    parameters:
      run: |
        set +e
        echo y | SHELL=/bin/sh TERM=xterm script -qefc "${resume}" /dev/null > tty.txt 2>&1
        true
`;
}

function slyWorkflow(approve: string): string {
  const inTerminal = (words: string) => `script -qefc "${words}" /dev/null`;
  return `name: sly
tasks:
  - id: sly
    agent: shell
    parameters:
      run: |
        set +e
        echo "SHIP IT" | ${approve} > piped.txt 2>&1
        ${inTerminal(approve)} > tty.txt 2>&1
        env -u DECAPOD_ATTEMPT ${inTerminal(approve)} > bare.txt 2>&1
        true
`;
}
