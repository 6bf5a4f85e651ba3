import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { describe, type TestContext } from "node:test";
import { type Files, realFiles } from "../../port/files.ts";
import type { Cursor } from "./cursor.ts";
import { type CursorJournal, Cursors } from "./cursors.ts";
import { type Stream, streamOf } from "./stream.ts";

const START = Date.UTC(2026, 0, 19, 14, 30);

/** The lines of a journal, which outlive whoever writes them. */
function journalOf(lines: { readonly action: string; readonly detail: string }[]): CursorJournal {
  const like = (action: string, start: string) =>
    lines.filter((line) => line.action === action && line.detail.startsWith(start));
  return {
    audit: (action, detail) => void lines.push({ action, detail }),
    audits: like,
    lastAudit: (action, start) => like(action, start).at(-1) ?? null,
    synced: async () => {},
  };
}

function place(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "decapod-cursors-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const lines: { readonly action: string; readonly detail: string }[] = [];
  const named = (name: string | null): Stream => {
    const stream = streamOf(root, name);
    assert.ok(stream.ok);
    return stream.value;
  };
  const open = (files: Files = realFiles, journal = journalOf(lines)) =>
    new Cursors({ files, umask: 0o022, wall: () => START, journal });
  const read = (name: string) => readFileSync(join(root, ".tasks", name), "utf8");
  const write = (name: string, text: string) => {
    mkdirSync(join(root, ".tasks"), { recursive: true });
    writeFileSync(join(root, ".tasks", name), text);
  };
  return { root, lines, open, stream: named(null), named, read, write };
}

const saying = (next: string, more: Partial<Cursor> = {}): Cursor => ({
  status: "continue",
  next,
  task: null,
  focus: null,
  ...more,
});
const asking = (next: string, expected: number | null = null) => ({
  cursor: saying(next),
  expected,
  attempt: null,
});

const codes = (result: { readonly ok: boolean } & object) =>
  "problems" in result ? (result.problems as readonly { code: string }[]).map(({ code }) => code) : [];

describe("cursors", () => {
  test("each move is a revision, in the journal, in the file and in the history", async (t) => {
    const { open, stream, read } = place(t);
    const cursors = open();
    for (const [next, revision] of [
      ["Go", 1],
      ["Go on", 2],
    ] as const) {
      const moved = await cursors.move(stream, asking(next));
      assert.ok(moved.ok);
      assert.equal(moved.value.revision, revision);
    }
    assert.equal(read("MAIN_TASK"), "STATUS: continue\nNEXT: Go on\n");
    const history = read("history.jsonl").trim().split("\n");
    assert.deepEqual(
      history.map((line) => JSON.parse(line)).map(({ revision, next, at }) => [revision, next, at]),
      [
        [1, "Go", "2026-01-19T14:30:00.000Z"],
        [2, "Go on", "2026-01-19T14:30:00.000Z"],
      ],
    );
  });

  test("E_CURSOR_MOVED: of many that expect the same revision one moves it", async (t) => {
    const { open, stream } = place(t);
    const cursors = open();
    await cursors.move(stream, asking("Begin"));
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, number) => cursors.move(stream, asking(`Go to ${number}`, 1))),
    );
    assert.equal(results.filter(({ ok }) => ok).length, 1);
    assert.deepEqual(new Set(results.flatMap(codes)), new Set(["E_CURSOR_MOVED"]));
    assert.equal(cursors.history(stream).length, 2);
  });

  test("what somebody wrote into the file is a revision of its own, before the next one", async (t) => {
    const { open, stream, write } = place(t);
    const cursors = open();
    await cursors.move(stream, asking("Begin"));
    write("MAIN_TASK", "STATUS: blocked\nNEXT: Ask Kim\n");
    assert.deepEqual(codes(await cursors.move(stream, asking("Go on", 1))), ["E_CURSOR_MOVED"]);
    await cursors.move(stream, asking("Go on"));
    assert.deepEqual(
      cursors.history(stream).map(({ next, by }) => [next, by]),
      [
        ["Begin", "command"],
        ["Ask Kim", "file"],
        ["Go on", "command"],
      ],
    );
  });

  test("E_TASKS_OPEN: completed is refused while a task is open, and a task nobody knows is refused", async (t) => {
    const { open, stream, write } = place(t);
    write("[running]_sizing_task.md", "# sizing\n");
    const cursors = open();
    const done = { cursor: saying("All done", { status: "completed" }), expected: null, attempt: null };
    assert.deepEqual(codes(await cursors.move(stream, done)), ["E_TASKS_OPEN"]);
    const other = { cursor: saying("Go", { task: "sizeing" }), expected: null, attempt: null };
    assert.deepEqual(codes(await cursors.move(stream, other)), ["E_NOT_FOUND"]);
    assert.equal(cursors.history(stream).length, 0);
  });

  test("E_TASKS_OPEN: completed is refused while it is not clear what the tasks are", async (t) => {
    const { open, stream, write } = place(t);
    write("[running]_sizing_task.md", "# sizing\n");
    write("[completed]_sizing_task.md", "# sizing\n");
    const done = { cursor: saying("All done", { status: "completed" }), expected: null, attempt: null };
    assert.deepEqual(codes(await open().move(stream, done)), ["E_TASKS_OPEN"]);
  });

  test("a revision that somebody wrote into the history, and that never was, goes when the next one comes", async (t) => {
    const { open, stream, read, write } = place(t);
    const cursors = open();
    await cursors.move(stream, asking("Begin"));
    const [first = ""] = read("history.jsonl").split("\n");
    write("history.jsonl", `${first}\n${first.replace('"revision":1', '"revision":999')}\n`);
    await cursors.move(stream, asking("Go on"));
    const revisions = read("history.jsonl").trimEnd().split("\n");
    assert.deepEqual(
      revisions.map((line) => JSON.parse(line).next),
      ["Begin", "Go on"],
    );
  });

  test("E_DUPLICATE_TASK: no stream begins in the folder of a task", async (t) => {
    const { open, write, named } = place(t);
    write("[running]_sizing_task.md", "# sizing\n");
    assert.deepEqual(codes(await open().move(named("Sizing"), asking("Go"))), ["E_DUPLICATE_TASK"]);
  });

  test("killed before the journal had it, nothing was moved; killed after it, the file follows", async (t) => {
    const { open, stream, read, write, lines, root } = place(t);
    await open().move(stream, asking("Begin"));
    const dying: CursorJournal = {
      ...journalOf(lines),
      audit: () => {
        throw new Error("killed");
      },
    };
    await assert.rejects(open(realFiles, dying).move(stream, asking("Lost")), /killed/);
    assert.equal(read("MAIN_TASK"), "STATUS: continue\nNEXT: Begin\n");
    write("MAIN_TASK", "STATUS: continue\nNEXT: By hand\n");
    await open().takenOver(stream, null);
    assert.ok((await open().standing(stream)).ok);
    assert.equal(read("MAIN_TASK"), "STATUS: continue\nNEXT: By hand\n");
    // A new file cannot take its place any more once the journal has it.
    const stuck: Files = {
      ...realFiles,
      rename: (from, to) => {
        if (to.endsWith("MAIN_TASK")) throw new Error("killed");
        realFiles.rename(from, to);
      },
    };
    await assert.rejects(open(stuck).move(stream, asking("Kept")), /killed/);
    assert.equal(read("MAIN_TASK"), "STATUS: continue\nNEXT: By hand\n");
    const standing = await open().standing(stream);
    assert.ok(standing.ok && standing.value.file.state === "read");
    assert.equal(standing.value.file.cursor.next, "Kept");
    assert.equal(standing.value.last?.revision, 3);
    assert.deepEqual(readdirSync(join(root, ".tasks")).sort(), ["MAIN_TASK", "history.jsonl"]);
  });

  test("a journal that knows nothing of it has the history again, as after a fresh clone", async (t) => {
    const { open, stream, lines, write, read } = place(t);
    const cursors = open();
    for (const next of ["One", "Two", "Three"]) await cursors.move(stream, asking(next));
    const before = cursors.history(stream);
    lines.length = 0;
    const again = open();
    await again.move(stream, asking("Four", 3));
    assert.deepEqual(again.history(stream).slice(0, 3), before);
    // And the other way: a history that was lost or damaged is written again from the journal.
    write("history.jsonl", "nonsense\n");
    await again.move(stream, asking("Five"));
    assert.equal(read("history.jsonl").trim().split("\n").length, 5);
  });

  test("P11: a history that somebody made up brings no line that MAIN_TASK could not have", async (t) => {
    const { open, stream, write } = place(t);
    const line = (next: string) =>
      `${JSON.stringify({ revision: 1, at: "2026-01-19T14:30:00.000Z", by: "command", status: "continue", next })}\n`;
    write("history.jsonl", line("Go \u001b[2J"));
    const cursors = open();
    await cursors.standing(stream);
    assert.deepEqual(cursors.history(stream), []);
  });

  test("streams stand side by side, each with its own revisions", async (t) => {
    const { open, stream, named, read } = place(t);
    const cursors = open();
    await cursors.move(stream, asking("Mine"));
    const moved = await cursors.move(named("other"), asking("Yours"));
    assert.ok(moved.ok && moved.value.revision === 1);
    assert.equal(read("other/MAIN_TASK"), "STATUS: continue\nNEXT: Yours\n");
    assert.equal(read("MAIN_TASK"), "STATUS: continue\nNEXT: Mine\n");
  });

  test("a folder that leads out of the project is refused, and a link in the place of MAIN_TASK is not read", async (t) => {
    const { open, stream, root } = place(t);
    const outside = mkdtempSync(join(tmpdir(), "decapod-outside-"));
    t.after(() => rmSync(outside, { recursive: true, force: true }));
    symlinkSync(outside, join(root, ".tasks"));
    assert.deepEqual(codes(await open().move(stream, asking("Go"))), ["E_OUTSIDE_ROOT"]);
    rmSync(join(root, ".tasks"));
    mkdirSync(join(root, ".tasks"));
    writeFileSync(join(outside, "MAIN_TASK"), "STATUS: continue\nNEXT: Elsewhere\n");
    symlinkSync(join(outside, "MAIN_TASK"), join(root, ".tasks/MAIN_TASK"));
    const standing = await open().standing(stream);
    assert.ok(standing.ok);
    assert.equal(standing.value.file.state, "broken");
  });
});
