/** Approvals of a whole engine on a real repository: what is asked, what a yes is bound to, who is first. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { LocalEngine } from "../../src/arm/local-engine.ts";
import type { Decision } from "../../src/core/effect.ts";
import type { DecisionMade } from "../../src/core/event.ts";
import type { Problem } from "../../src/core/problem.ts";
import type { Run, TaskState } from "../../src/core/run.ts";
import { at } from "../../src/core/vector.ts";
import { localEngine, seesRun, startIn } from "../support/local-engine.ts";
import { git, write } from "../support/repository.ts";

const PHRASE = "DEPLOY TO PRODUCTION";

interface Site {
  readonly folder: string;
  readonly open: () => Promise<{ readonly engine: LocalEngine; readonly close: () => Promise<void> }>;
}

/** A site in a repository: pages, a layout, and what was built of them, which git ignores. */
function site(t: TestContext): Site {
  const folder = mkdtempSync(join(tmpdir(), "decapod-approvals-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pages = Object.fromEntries(
    Array.from({ length: 5 }, (_, at) => [`content/page-${at}.md`, `page ${at}\n`]),
  );
  write(folder, {
    ...pages,
    "layouts/index.html": "<html>",
    "public/index.html": "built",
    ".gitignore": "public/\n.claude/\nout\n",
  });
  git(folder, "init", "-q", "-b", "main");
  commit(folder);
  const open = async () => {
    const engine = await localEngine(folder);
    tags.set(engine, basename(folder));
    let closing: Promise<void> | null = null;
    const close = () => (closing ??= engine.close());
    t.after(close);
    return { engine, close };
  };
  return { folder, open };
}

function commit(folder: string): void {
  git(folder, "add", "-A");
  git(folder, "commit", "-q", "-m", "work");
}

/**
 * Runs have names of their own for each site: what an attempt leaves behind is ended by its name, and tests run side by
 * side.
 */
const tags = new WeakMap<LocalEngine, string>();

const named = (engine: LocalEngine, id: string) => `${tags.get(engine)}-${id}`;

function started(engine: LocalEngine, id: string, text: string, over: Parameters<typeof startIn>[3]) {
  return startIn(engine, named(engine, id), text, over);
}

const sees = <T>(engine: LocalEngine, id: string, look: (run: Run) => T | null) =>
  seesRun(engine, named(engine, id), look);

function taskOf({ workflow, tasks }: Run, id: string): TaskState {
  return at(tasks, workflow.indexOf.get(id) as number);
}

const asks = (engine: LocalEngine, id: string, task: string, not = "") =>
  sees(engine, id, (run) => {
    const { decision, unit } = taskOf(run, task);
    const open = decision ?? unit.decision;
    return open === null || open.id === not ? null : open;
  });

const ends = (engine: LocalEngine, id: string) =>
  sees(engine, id, (run) => (run.endedAt === null ? null : run));

function answer(
  { id, digest }: Decision,
  choice = "approve",
  more: Partial<DecisionMade> = {},
): DecisionMade {
  return {
    type: "decision.made",
    decision: id,
    digest,
    choice,
    comment: null,
    fields: {},
    by: "kim",
    via: "test",
    ...more,
  };
}

async function decide(engine: LocalEngine, run: string, made: DecisionMade, key: string | null = null) {
  return engine.host.apply(named(engine, run), key, made);
}

const factOf = ({ facts = [] }: Decision, name: string) => facts.find((one) => one.name === name)?.text;

const STAGE = `name: stage
tasks:
  - { id: ship, agent: shell, approval: { significant: {}, message: "Ready to deploy to staging?" }, parameters: { run: echo x >> out } }
`;
const DEPLOY = `name: live
tasks:
  - id: look
    agent: shell
    parameters: { run: env }
  - id: ship
    agent: deploy
    dependencies: [look]
    parameters: { environment: production, source: public, summary: New prices, production_url: "https://www.example.com" }
`;

describe("approvals by environment", { concurrency: 2 }, () => {
  it("T1-39 the first time staging is asked about, then only what is significant since the last success", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    await started(engine, "r1", STAGE, { measures: true });
    const first = await asks(engine, "r1", "ship");
    assert.equal(factOf(first, "asked because"), "what changes is not known");
    assert.ok((await decide(engine, "r1", answer(first))).ok);
    assert.equal((await ends(engine, "r1")).status, "success");

    write(folder, { "content/page-0.md": "minor\n", "tasks/pending/a.md": "not part of it" });
    await started(engine, "r2", STAGE, { measures: true });
    const quiet = await ends(engine, "r2");
    const { approval } = taskOf(quiet, "ship");
    assert.deepEqual(
      [approval?.by, approval?.comment],
      ["policy", "1 file changed, none of them deleted, nothing that counts as significant"],
    );

    write(folder, { "layouts/index.html": "<html lang=en>" });
    rmSync(join(folder, "content/page-1.md"));
    commit(folder);
    await started(engine, "r3", STAGE, { measures: true });
    const third = await asks(engine, "r3", "ship");
    assert.equal(
      factOf(third, "asked because"),
      "1 file deleted; layouts/index.html changed (**/{layouts,themes,assets}/**)",
    );
    assert.match(factOf(third, "changes") ?? "", /^3 files changed, 1 of them deleted since [0-9a-f]{12}$/);
    assert.ok((await decide(engine, "r3", answer(third, "reject"))).ok);
    assert.equal((await ends(engine, "r3")).status, "failed");
    assert.equal(readFileSync(join(folder, "out"), "utf8"), "x\nx\n");
  });

  it("A2 what lies there at the moment of the effect is what was approved, or it is asked again", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    await started(engine, "r", DEPLOY, { measures: true });
    const first = await asks(engine, "r", "ship");
    assert.match(
      first.message,
      /^⚠️ PRODUCTION DEPLOYMENT WARNING\n\nChanges being deployed:\n- New prices\n/,
    );
    write(folder, { "public/index.html": "something else", "public/more.html": "more" });
    assert.ok((await decide(engine, "r", answer(first, "approve", { phrase: PHRASE }))).ok);
    const again = await asks(engine, "r", "ship", first.id);
    assert.match(
      factOf(again, "changed since it was approved") ?? "",
      /^public with 1 file \([0-9a-f]{12}\) → public with 2 files \([0-9a-f]{12}\)$/,
    );
    const late = await decide(engine, "r", answer(first, "approve", { phrase: PHRASE }), "late");
    const told = (late.ok ? [] : late.problems)[0] as Problem;
    assert.equal(told.code, "E_STALE_PLAN");
    assert.match(told.message, /public with 1 file .* 2 files/);
    git(folder, "commit", "-q", "--allow-empty", "-m", "meanwhile");
    assert.ok((await decide(engine, "r", answer(again, "approve", { phrase: PHRASE }))).ok);
    const third = await asks(engine, "r", "ship", again.id);
    assert.match(
      factOf(third, "changed since it was approved") ?? "",
      /^commit [0-9a-f]{12} → [0-9a-f]{12}$/,
    );
  });

  it("A4 of 50 yeses at once one counts, and the others hear whose it was", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    await started(engine, "r", STAGE, { measures: true });
    const asked = await asks(engine, "r", "ship");
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        decide(engine, "r", answer(asked, "approve", { by: `p${at}` }), `k${at}`),
      ),
    );
    const late = made.flatMap((one) => (one.ok ? [] : one.problems));
    assert.deepEqual([late.length, new Set(late.map(({ code }) => code))], [49, new Set(["E_DECIDED"])]);
    assert.match(late[0]?.message ?? "", /was already decided: approve by p0 at 20.*; nothing changed$/);
    assert.equal((await ends(engine, "r")).status, "success");
    assert.equal(readFileSync(join(folder, "out"), "utf8"), "x\n");
  });

  it("A3 an answer counts once, also when it is sent again, and none counts after the deadline", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    await started(engine, "r", STAGE.replace("significant: {}", "significant: {}, expires: 1s"), {
      measures: true,
    });
    const asked = await asks(engine, "r", "ship");
    await ends(engine, "r");
    assert.ok(!(await decide(engine, "r", answer(asked))).ok);
    await started(engine, "s", STAGE, { measures: true });
    const other = await asks(engine, "s", "ship");
    assert.ok((await decide(engine, "s", answer(other), "same")).ok);
    assert.ok((await decide(engine, "s", answer(other), "same")).ok);
    await ends(engine, "s");
    assert.equal(readFileSync(join(folder, "out"), "utf8"), "x\n");
  });

  it("A9 the typed phrase is nowhere: not in the journal, a log, a folder or an environment", async (t) => {
    const { folder, open } = site(t);
    const { engine, close } = await open();
    await started(engine, "r", DEPLOY, { measures: true });
    const asked = await asks(engine, "r", "ship");
    assert.ok((await decide(engine, "r", answer(asked, "approve", { phrase: PHRASE }))).ok);
    // Nothing here does a deploy, which only a person can do something about.
    assert.ok((await decide(engine, "r", answer(await asks(engine, "r", "ship", asked.id), "give_up"))).ok);
    await ends(engine, "r");
    await close();
    const state = join(folder, ".claude/workflow-state");
    const found = filesBelow(state).filter((path) => readFileSync(path).includes(PHRASE));
    assert.deepEqual(found, []);
    assert.ok(
      filesBelow(state).some((path) => readFileSync(path).includes("DECAPOD_ATTEMPT=")),
      "the environment is in a log",
    );
  });

  it("is looked at and asked again by the next engine", async (t) => {
    const { folder, open } = site(t);
    const { engine, close } = await open();
    await started(engine, "r", DEPLOY, { measures: true });
    const asked = await asks(engine, "r", "ship");
    await close();
    const { engine: next } = await open();
    assert.ok(next.resume(named(next, "r"), "kim").ok);
    const { digest } = await asks(next, "r", "ship");
    assert.equal(digest, asked.digest);
    write(folder, { "public/index.html": "later" });
    assert.ok((await decide(next, "r", answer(asked, "approve", { phrase: PHRASE }))).ok);
    assert.notEqual((await asks(next, "r", "ship", asked.id)).digest, digest);
  });

  it("shows a file or what was changed, as it was when it was asked", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    const look = (show: string) => `name: look
tasks:
  - { id: look, agent: approval, parameters: { message: "Right?", show: ${show} } }
`;
    await started(engine, "f", look("{ file: content/page-2.md }"), { measures: true });
    assert.deepEqual((await asks(engine, "f", "look")).shown, {
      of: "content/page-2.md",
      text: "page 2\n",
      linesLeft: 0,
    });
    write(folder, { "content/page-2.md": "other\n" });
    await started(engine, "d", look("{ diff: true }"), { measures: true });
    assert.match((await asks(engine, "d", "look")).shown?.text ?? "", /\n-page 2\n\+other\n/);
    for (const outside of ["/etc/passwd", "../x", "content", "nothing.md"]) {
      const id = `o-${outside.length}`;
      await started(engine, id, look(`{ file: "${outside}" }`), { measures: true });
      const asked = await asks(engine, id, "look");
      assert.equal(asked.shown, undefined);
      const away = /^[/.]/.test(outside) ? /lies outside of where the task works/ : /is not there|is no file/;
      assert.match(factOf(asked, "note") ?? "", away);
    }
  });
});

/** With a branch of its own, where uncommitted work of the project is none of the run's. */
const OWN = `name: own
settings: { workspace: worktree }
tasks:
  - { id: edit, agent: shell, workspace: worktree, parameters: { run: "echo edited > content/page-2.md" } }
  - { id: look, agent: approval, dependencies: [edit], parameters: { message: "Right?", show: { file: content/page-2.md } } }
  - { id: all, agent: approval, dependencies: [edit], parameters: { message: "Right?", show: { diff: true } } }
`;

describe("what is looked at", { concurrency: 2 }, () => {
  it("A2 of a run with a worktree is its own branch, also where nothing has worked there yet", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    write(folder, { "content/page-2.md": "not committed\n" });
    await started(engine, "r", OWN, { measures: true });
    const look = await asks(engine, "r", "look");
    assert.equal(look.shown?.text, "edited\n");
    assert.notEqual(factOf(look, "commit"), git(folder, "rev-parse", "HEAD").slice(0, 12));
    assert.match((await asks(engine, "r", "all")).shown?.text ?? "", /\n-page 2\n\+edited\n/);

    const stage = STAGE.replace("tasks:", "settings: { workspace: worktree }\ntasks:");
    await started(engine, "s", stage, { measures: true });
    assert.ok((await decide(engine, "s", answer(await asks(engine, "s", "ship")))).ok);
    const done = await ends(engine, "s");
    assert.equal(done.status, "success", JSON.stringify(done.failure));
    write(folder, { "layouts/index.html": "not committed" });
    await started(engine, "t", stage, { measures: true });
    const asked = await sees(engine, "t", (run) => taskOf(run, "ship").decision ?? run.endedAt);
    assert.equal(typeof asked, "number", JSON.stringify(asked));
  });

  it("A2 again at the moment of the effect is told in full where it is another", async (t) => {
    const { folder, open } = site(t);
    const { engine } = await open();
    const stage = STAGE.replace("{ significant: {},", "{ significant: {}, show: { diff: true },");
    await started(engine, "r", stage, { measures: true });
    assert.ok((await decide(engine, "r", answer(await asks(engine, "r", "ship")))).ok);
    await ends(engine, "r");
    write(folder, { "layouts/index.html": "<html lang=en>" });
    await started(engine, "s", stage, { measures: true });
    const first = await asks(engine, "s", "ship");
    git(folder, "commit", "-q", "--allow-empty", "-m", "meanwhile");
    assert.ok((await decide(engine, "s", answer(first))).ok);
    const again = await asks(engine, "s", "ship", first.id);
    for (const name of ["asked because", "changes"]) assert.equal(factOf(again, name), factOf(first, name));
    assert.match(factOf(again, "changed since it was approved") ?? "", /^commit /);
    assert.match(again.shown?.text ?? "", /\+<html lang=en>/);
  });

  it("of what is no text is its size, before and now", async (t) => {
    const { folder, open } = site(t);
    write(folder, { "logo.png": `\x89PNG\0${"x".repeat(65)}` });
    commit(folder);
    const { engine } = await open();
    write(folder, { "logo.png": `\x89PNG\0${"x".repeat(1_100)}`, "new.png": "\0\0\0" });
    const shows = async (id: string, show: string) => {
      const text = `name: look\ntasks: [{ id: look, agent: approval, parameters: { message: "Right?", show: ${show} } }]\n`;
      await started(engine, id, text, { measures: true });
      return (await asks(engine, id, "look")).shown?.text;
    };
    assert.equal(await shows("f", "{ file: logo.png }"), "binary, 71 → 1,106 bytes");
    assert.equal(await shows("g", "{ file: new.png }"), "binary, 3 bytes");
    const diff = await shows("d", "{ diff: true }");
    assert.match(diff ?? "", /^binary, 71 → 1,106 bytes$/m);
    assert.match(diff ?? "", /^binary, 3 bytes$/m);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}
