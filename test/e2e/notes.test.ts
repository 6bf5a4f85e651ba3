/** What there is to know of attempts beside how they ended, seen by whoever watches. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Progress } from "../../src/cli/application.ts";
import { realFiles } from "../../src/port/files.ts";
import { localEngine, startIn } from "../support/local-engine.ts";
import { childProgram } from "../support/processes.ts";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";

describe("an attempt that prints nothing", () => {
  it("F31: is told to whoever watches the engine, with its place and for how long", async (t) => {
    const { path } = freshFolder();
    const engine = await localEngine(path, realFiles, { quietMs: 20 });
    t.after(() => engine.close());
    const quiet = Promise.withResolvers<Progress>();
    engine.onProgress((progress) => void (progress.kind === "quiet" && quiet.resolve(progress)));
    const run = engine.newRunId();
    const gate = join(path, "gate");
    const command = JSON.stringify([childProgram("gated.sh"), gate, "0"]);
    const text = `name: one\ntasks: [{ id: a, agent: shell, parameters: { command: ${command} } }]\n`;
    assert.ok((await startIn(engine, run, text)).ok);
    const { kind, quietMs, ...place } = (await quiet.promise) as Progress & { readonly kind: "quiet" };
    assert.deepEqual([kind, place], ["quiet", { run, task: "a", key: null, attempt: 1 }]);
    assert.ok(quietMs >= 20);
    writeFileSync(gate, "");
    const { signal } = new AbortController();
    assert.equal(await engine.host.ended(run, { untilWaiting: false }, signal), "success");
  });
});

const CUT = "standard output has 70000 bytes and is cut";

/** Its output is longer than an output may be, which is a note. */
const LONG = `name: long
tasks:
  - { id: a, agent: shell, parameters: { run: "head -c 70000 /dev/zero | tr '\\\\0' x" } }
`;

async function ran(...words: readonly string[]): Promise<{ readonly folder: Folder; readonly ended: Ended }> {
  const folder = freshFolder({ long: LONG });
  const ended = await folder.run("run", "long", ...words);
  assert.equal(ended.code, 0, ended.stderr);
  return { folder, ended };
}

describe("notes of an attempt", () => {
  it("stand behind its line, and in its entry with --jsonl", async () => {
    const { ended } = await ran();
    assert.match(ended.stderr, new RegExp(`^\\S+ \\S+ a success \\S+ note="${CUT}`, "m"));
    const { ended: lines } = await ran("--jsonl");
    const documents = lines.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const end = documents.find(({ event }) => event?.type === "attempt.ended");
    assert.ok(end.event.outcome.notes[0].startsWith(CUT));
  });

  it("stand in `show` of the run and of the task, and in its document", async () => {
    const { folder, ended } = await ran("--json");
    const { run } = JSON.parse(ended.stdout);
    assert.equal(run.tasks[0].notes.length, 1);
    assert.ok(run.tasks[0].notes[0].startsWith(CUT));
    const shown = await folder.run("show", run.id);
    assert.match(shown.stdout, new RegExp(`^a\\t.*\\t${CUT}`, "m"));
    const task = await folder.run("show", run.id, "a");
    assert.match(task.stdout, new RegExp(`^note\\t${CUT}`, "m"));
    const document = JSON.parse((await folder.run("show", run.id, "a", "--json")).stdout);
    assert.deepEqual(document.task.notes, run.tasks[0].notes);
  });
});

/** No items, a task that prints nothing, one that comes from the cache the second time, one that is left out. */
const DETAILS = `name: details
tasks:
  - { id: none, agent: shell, foreach: { items: [] }, parameters: { run: "echo x" } }
  - { id: two, agent: shell, foreach: { items: [1, 2] }, parameters: { run: "echo x" } }
  - { id: silent, agent: shell, parameters: { run: "true" } }
  - { id: kept, agent: shell, cache: { key: "1" }, parameters: { run: "echo hi" } }
  - { id: loud, agent: shell, parameters: { run: "echo hi" } }
`;

interface Detail {
  readonly output: unknown;
  readonly log: string | null;
  readonly cached: boolean;
}

describe("the document of a run", () => {
  it("has [] for a foreach without items, no log where nothing was printed, and what was cached", async () => {
    const folder = freshFolder({ details: DETAILS });
    await folder.run("run", "details");
    const { run } = JSON.parse((await folder.run("run", "details", "--json")).stdout);
    const tasks = new Map<string, Detail>(run.tasks.map((task: Detail & { id: string }) => [task.id, task]));
    assert.deepEqual([tasks.get("none")?.output, tasks.get("two")?.output], [[], ["x", "x"]]);
    assert.equal(tasks.get("silent")?.log, null);
    assert.ok(existsSync(tasks.get("loud")?.log ?? ""));
    assert.deepEqual(
      [...tasks].filter(([, { cached }]) => cached).map(([id]) => id),
      ["kept"],
    );
    assert.equal(run.rehearse, false);
    assert.match((await folder.run("show", run.id, "kept")).stdout, /^cached\t/m);
  });

  it("and every screen of a rehearsal say that it is one", async () => {
    const folder = freshFolder({ details: DETAILS });
    const { run } = JSON.parse((await folder.run("run", "details", "--rehearse", "--json")).stdout);
    assert.equal(run.rehearse, true);
    for (const { id, log } of run.tasks) assert.equal(log, null, id);
    const listed = JSON.parse((await folder.run("runs", "--json")).stdout);
    assert.equal(listed.runs[0].rehearse, true);
    const task = JSON.parse((await folder.run("show", run.id, "loud", "--json")).stdout);
    assert.equal(task.task.rehearse, true);
    for (const words of [
      ["show", run.id],
      ["show", run.id, "loud"],
      ["logs", run.id],
      ["runs"],
      ["run", "details", "--rehearse", "--dry-run"],
    ]) {
      const { stdout, stderr } = await folder.run(...words);
      assert.match(stdout + stderr, /REHEARSAL/, words.join(" "));
    }
    const dry = JSON.parse((await folder.run("run", "details", "--rehearse", "--dry-run", "--json")).stdout);
    assert.equal(dry.plan.rehearse, true);
  });
});

describe("what else is printed as text", () => {
  it("is one document with --json, and lines of documents with --jsonl", async () => {
    const folder = freshFolder({ details: DETAILS });
    await folder.run("run", "details");
    const [id] = JSON.parse((await folder.run("runs", "--json")).stdout).runs.map(
      (run: { id: string }) => run.id,
    );
    const { logs } = JSON.parse((await folder.run("logs", id, "--json")).stdout);
    assert.deepEqual(
      logs.map(({ task, attempt, text }: { task: string; attempt: number; text: string }) => [
        task,
        attempt,
        text,
      ]),
      [
        ["two[0]", 1, "x\n"],
        ["two[1]", 1, "x\n"],
        ["kept", 1, "hi\n"],
        ["loud", 1, "hi\n"],
      ],
    );
    const lines = (await folder.run("logs", id, "loud", "--jsonl")).stdout.trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [{ schemaVersion: 1, task: "loud", attempt: 1, line: "hi" }],
    );
    for (const words of [["help"], ["help", "run"], ["help", "exit-codes"], ["run", "--help"], ["--version"]])
      for (const how of ["--json", "--jsonl"]) {
        const { stdout, code } = await folder.run(...words, how);
        assert.equal(code, 0);
        assert.match(JSON.parse(stdout).text, /decapod|exit-codes/);
      }
  });
});
