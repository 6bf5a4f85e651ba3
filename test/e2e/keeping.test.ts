/** The journal looked after from the command line: whole processes in a fresh project. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "../../src/host/embedded/database.ts";
import { type Folder, freshFolder } from "./decapod.ts";

const WORKFLOW = `
name: site
tasks:
  - id: build
    agent: shell
    parameters: { run: echo 3 pages }
  - id: check
    agent: shell
    dependencies: [build]
    parameters: { run: test -n "$PAGES" }
    env: { PAGES: "\${build.output}" }
`;
const LARGE = `
name: large
tasks:
  - id: fill
    agent: shell
    parameters: { run: "head -c 20000 /dev/zero | tr '\\\\0' x" }
`;
const READS = `
name: reads
tasks:
  - id: fill
    agent: shell
    parameters: { run: "head -c 20000 /dev/zero | tr '\\\\0' x" }
  - id: measure
    agent: shell
    dependencies: [fill]
    condition: "\${fn:length(fill.output) == 20000}"
    parameters: { run: echo measured }
`;
const GATE = `
name: gate
tasks:
  - { id: ask, agent: approval, parameters: { message: ready? } }
`;

function project(): Folder & { readonly state: string; readonly backups: () => readonly string[] } {
  const folder = freshFolder({ site: WORKFLOW, large: LARGE, reads: READS, gate: GATE });
  const home = join(folder.path, "../home/.local/state/decapod");
  const backups = () => {
    const [only = ""] = existsSync(home) ? readdirSync(home) : [];
    return only === "" ? [] : readdirSync(join(home, only)).map((name) => join(home, only, name));
  };
  return { ...folder, state: join(folder.path, ".claude/workflow-state"), backups };
}

async function json(folder: Folder, ...words: readonly string[]) {
  const { code, stdout, stderr } = await folder.run(...words, "--json");
  return { code, stderr, document: JSON.parse(stdout) };
}

async function runIds(folder: Folder): Promise<readonly string[]> {
  const { document } = await json(folder, "runs");
  return document.runs.map(({ id }: { readonly id: string }) => id);
}

function damage(state: string, sql: string): void {
  const database = connect(join(state, "decapod.db"), { readOnly: false });
  database.exec(sql);
  database.close();
}

describe("a backup made by itself", () => {
  it("brings the runs back after the state folder was deleted", async () => {
    const folder = project();
    assert.equal((await folder.run("run", "site")).code, 0);
    const before = await runIds(folder);
    assert.equal(folder.backups().length, 1);
    assert.equal(statSync(folder.backups()[0] ?? "").mode & 0o777, 0o600);
    rmSync(folder.state, { recursive: true });
    const gone = await folder.run("runs");
    assert.equal(gone.code, 7);
    assert.match(gone.stderr, /error E_JOURNAL this project's journal is gone, and a backup of it lies in /);
    assert.match(gone.stderr, /try: .*decapod db restore --latest/);
    const checked = await folder.run("db", "check");
    assert.equal(checked.code, 7);
    const restored = await folder.run("db", "restore", "--latest");
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(
      restored.stdout,
      /^✓ restored from .*: 1 run, 5 entries\n {2}nothing is known to be lost\n$/,
    );
    assert.deepEqual(await runIds(folder), before);
    assert.equal((await folder.run("db", "check")).code, 0);
  });
});

describe("db check", () => {
  it("says that a journal is whole, and of none that there is none", async () => {
    const folder = project();
    assert.equal((await folder.run("db", "check")).code, 10);
    await folder.run("run", "site");
    await folder.run("run", "large");
    const { code, document } = await json(folder, "db", "check");
    assert.deepEqual([code, document.ok, document.runs, document.damage], [0, true, 2, []]);
    assert.equal(document.readable, document.entries);
    assert.equal(document.outputs, 1);
  });

  it("F13, F14: ends with 7 and names what is damaged: entry, row, output", async () => {
    const folder = project();
    await folder.run("run", "large");
    const [run = ""] = await runIds(folder);
    const copy = join(folder.path, "copy");
    cpSync(folder.state, copy, { recursive: true });
    const lay = () => {
      rmSync(folder.state, { recursive: true });
      cpSync(copy, folder.state, { recursive: true });
    };
    const said = async () => {
      const { code, document } = await json(folder, "db", "check");
      assert.equal(code, 7);
      assert.equal(document.ok, false);
      return document.damage.join("\n");
    };
    damage(folder.state, "update entries set at = at + 1 where place % 134217728 = 2");
    assert.match(
      await said(),
      new RegExp(`entry 2 of run ${run} is not what was written: 1 of 3 entries readable`),
    );
    lay();
    // Its checksum goes with it: only deciding the run again tells that the row is another one's.
    damage(folder.state, "delete from tasks");
    assert.match(
      await said(),
      new RegExp(`run ${run}: the rows of its tasks: not what its entries make of it`),
    );
    lay();
    const [output = ""] = readdirSync(join(folder.state, "outputs"));
    writeFileSync(join(folder.state, "outputs", output), "changed");
    assert.match(await said(), /output [0-9a-f]{12} is not what was written/);
    rmSync(join(folder.state, "outputs", output));
    assert.match(await said(), new RegExp(`output [0-9a-f]{12} of run ${run} is missing`));
    const { stdout, stderr } = await folder.run("db", "check");
    assert.match(
      stdout,
      /^✗ the journal is whole, outputs kept beside it are damaged: 1 run, 3 of 3 entries readable/,
    );
    assert.match(
      stderr,
      new RegExp(`\\nnext: start again what made them, no backup holds outputs: run ${run}\\n`),
    );
    assert.doesNotMatch(stderr, /db restore/, "no backup holds outputs");
    const exported = await folder.run("db", "export", "x.jsonl");
    assert.equal(exported.code, 7);
    assert.match(exported.stderr, new RegExp(`E_JOURNAL output [0-9a-f]{12} of run ${run} is missing`));
    assert.ok(!existsSync(join(folder.path, "x.jsonl")));
    lay();
    damage(folder.state, "update entries set at = at + 1 where place % 134217728 = 2");
    const broken = await folder.run("db", "check");
    assert.match(broken.stdout, /^✗ the journal is damaged: 1 run, 1 of 3 entries readable/);
    assert.match(broken.stderr, /next: decapod db restore --latest/);
  });
});

describe("db backup", () => {
  it("copies to a file that is not there yet, or to the user's state folder", async () => {
    const folder = project();
    assert.equal((await folder.run("db", "backup", "x.db")).code, 10);
    await folder.run("run", "site");
    const { code, document } = await json(folder, "db", "backup", "mine.db");
    assert.equal(code, 0);
    assert.equal(document.backup.file, join(folder.path, "mine.db"));
    const again = await folder.run("db", "backup", "mine.db");
    assert.equal(again.code, 5);
    assert.match(again.stderr, /E_CONFLICT .*mine\.db is there already/);
    assert.equal((await folder.run("db", "backup", "no/such/folder.db")).code, 10);
    const own = await folder.run("db", "backup");
    assert.equal(own.code, 0);
    assert.ok(folder.backups().some((path) => own.stdout.includes(path)));
  });

  it("does not take a damaged journal over a whole one", async () => {
    const folder = project();
    await folder.run("run", "site");
    damage(folder.state, "delete from commits where number = (select max(number) from commits)");
    const refused = await folder.run("db", "backup", "mine.db");
    assert.equal(refused.code, 7);
    assert.ok(!existsSync(join(folder.path, "mine.db")));
  });
});

describe("db restore", () => {
  it("F13: says exactly what is lost, and keeps what was there", async () => {
    const folder = project();
    await folder.run("run", "site");
    await folder.run("db", "backup", "first.db");
    await folder.run("run", "site");
    const [second = "", first = ""] = await runIds(folder);
    const refused = await folder.run("db", "restore", "first.db");
    assert.equal(refused.code, 5);
    assert.match(
      refused.stderr,
      new RegExp(
        `E_CONFLICT the journal here is whole and holds more than the backup, of 1 run: run ${second}, all of it \\(entries 1 to \\d\\); nothing was changed`,
      ),
    );
    assert.equal((await runIds(folder)).length, 2, "nothing was changed");
    // The second run's own entries can be read up to the third.
    damage(folder.state, "update entries set at = at + 1 where place = 2 * 134217728 + 4");
    const { code, document } = await json(folder, "db", "restore", "first.db");
    assert.equal(code, 0);
    assert.deepEqual(document.lost, [{ run: second, from: 1, to: 3, isWhole: true }]);
    assert.equal(document.unreadable, 2);
    assert.ok(
      existsSync(join(document.kept, "decapod.db")) && existsSync(join(document.kept, "decapod.mark")),
    );
    assert.deepEqual(await runIds(folder), [first]);
    const checked = await json(folder, "db", "check");
    assert.deepEqual(checked.document.damage, []);
    assert.ok(!existsSync(join(folder.state, "restoring")));
    assert.equal((await folder.run("run", "site")).code, 0);
  });

  it("takes a journal that lost its mark alone for whole: what it holds more is not put aside unasked", async () => {
    const folder = project();
    for (const _ of [1, 2]) assert.equal((await folder.run("run", "site")).code, 0);
    rmSync(join(folder.state, "decapod.mark"));
    const checked = await folder.run("db", "check");
    assert.equal(checked.code, 7);
    assert.match(
      checked.stdout,
      /^✗ the journal lost its high-water mark: 2 runs, (\d+) of \1 entries readable/,
    );
    assert.match(checked.stderr, /\nnext: the next run makes it anew; .*only when runs are missing\n$/);
    assert.match((await folder.run("health")).stdout, /✓ journal +opens, but its high-water mark is missing/);
    const refused = await folder.run("db", "restore", "--latest");
    assert.equal(refused.code, 5, refused.stderr);
    assert.match(refused.stderr, /E_CONFLICT the journal here is whole and holds more/);
    assert.equal((await runIds(folder)).length, 2);
    assert.match((await folder.run("run", "site")).stderr, /W_NO_MARK/);
    assert.equal((await folder.run("db", "check")).code, 0);
  });

  it("says of a journal without its database that it is missing, wherever it is looked for", async () => {
    const folder = project();
    assert.equal((await folder.run("run", "site")).code, 0);
    for (const name of ["decapod.db", "decapod.db-wal", "decapod.db-shm"])
      rmSync(join(folder.state, name), { force: true });
    for (const words of [["runs"], ["status"], ["inbox"], ["run", "site"]]) {
      const refused = await folder.run(...words);
      assert.equal(refused.code, 7, refused.stderr);
      assert.match(
        refused.stderr,
        /^error E_JOURNAL decapod\.db is missing or empty: .*\n {2}try: .*db restore --latest/,
      );
    }
  });

  it("takes no backup that is damaged, missing or not named", async () => {
    const folder = project();
    await folder.run("run", "site");
    await folder.run("db", "backup", "mine.db");
    const before = readFileSync(join(folder.state, "decapod.db"));
    writeFileSync(join(folder.path, "text.db"), "no database".repeat(1000));
    const text = await folder.run("db", "restore", "text.db");
    assert.equal(text.code, 7);
    assert.match(text.stderr, /the backup .*text\.db cannot be used: .*the file is no database/);
    const bytes = readFileSync(join(folder.path, "mine.db"));
    bytes.write("X", bytes.indexOf("attempt.started"));
    writeFileSync(join(folder.path, "bad.db"), bytes);
    const bad = await folder.run("db", "restore", "bad.db", "--replace");
    assert.equal(bad.code, 7);
    assert.match(bad.stderr, /the backup .*bad\.db cannot be used/);
    assert.equal((await folder.run("db", "restore", "none.db")).code, 10);
    const unnamed = await folder.run("db", "restore");
    assert.equal(unnamed.code, 2);
    assert.match(unnamed.stderr, /E_USAGE no backup is named; the newest is of \d{4}-/);
    assert.equal((await folder.run("db", "restore", "mine.db", "--latest")).code, 2);
    assert.deepEqual(readFileSync(join(folder.state, "decapod.db")), before);
  });

  it("refuses while an owner lives, whose journal it would pull away", async () => {
    const folder = project();
    await folder.run("run", "site");
    await folder.run("db", "backup", "mine.db");
    const living = folder.start("run", "gate", "--wait");
    await living.says("run started");
    const refused = await folder.run("db", "restore", "mine.db", "--replace");
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /E_LOCKED process \d+ .* owns this project/);
    const beside = await folder.run("db", "backup", "beside.db");
    assert.equal(beside.code, 0, "a copy is made beside an owner");
    assert.equal((await folder.run("db", "check")).code, 0);
    living.child.kill("SIGINT");
    await living.ended;
  });
});

describe("db migrate", () => {
  it("says that there is nothing to do for a journal of this version", async () => {
    const folder = project();
    assert.equal((await folder.run("db", "migrate")).code, 10);
    await folder.run("run", "site");
    const { code, document } = await json(folder, "db", "migrate");
    assert.deepEqual([code, document.migrated], [0, { from: 1, to: 1, copy: null }]);
  });
});

describe("db export and import", () => {
  it("carry the journal into an empty project, where it is whole and goes on", async () => {
    const folder = project();
    assert.equal((await folder.run("db", "export", "x.jsonl")).code, 10);
    assert.equal((await folder.run("run", "reads")).code, 0);
    assert.equal((await folder.run("run", "gate")).code, 8);
    const before = await json(folder, "runs");
    const exported = await json(folder, "db", "export", "x.jsonl");
    assert.equal(exported.code, 0);
    assert.deepEqual([exported.document.exported.runs, exported.document.exported.outputs], [2, 1]);
    assert.equal((await folder.run("db", "export", "x.jsonl")).code, 5);
    assert.equal((await folder.run("db", "import", "x.jsonl")).code, 5, "there is a journal already");
    const other = project();
    const file = join(folder.path, "x.jsonl");
    const imported = await json(other, "db", "import", file);
    assert.equal(imported.code, 0, imported.stderr);
    const { runs, entries, outputs } = exported.document.exported;
    assert.deepEqual(imported.document.imported, { file, runs, entries, outputs });
    const after = await json(other, "runs");
    const plain = ({ document }: typeof after) =>
      document.runs.map(({ durationSeconds, next, ...run }: Record<string, unknown>) => run);
    assert.deepEqual(plain(after), plain(before));
    const checked = await json(other, "db", "check");
    assert.deepEqual([checked.document.damage, checked.document.outputs], [[], 1]);
    const again = join(other.path, "y.jsonl");
    await other.run("db", "export", again);
    const lines = (path: string) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line.startsWith('{"entry"'));
    assert.deepEqual(lines(again), lines(file));
    assert.equal(
      (await other.run("cancel", before.document.runs[0].id)).code,
      0,
      "an open run goes on there",
    );
  });

  it("refuse what was changed or cut short, and leave the project without a journal", async () => {
    const folder = project();
    await folder.run("run", "site");
    await folder.run("db", "export", "x.jsonl");
    const text = readFileSync(join(folder.path, "x.jsonl"), "utf8");
    const lines = text.split("\n");
    const at = lines.findIndex((line) => line.startsWith('{"entry"'));
    const CASES: readonly (readonly [what: string, text: string, says: RegExp])[] = [
      [
        "changed",
        text.replace("attempt.started", "attempt.Started"),
        /the lines before it are not those exported/,
      ],
      ["cut", lines.slice(0, -3).join("\n"), /it ends after line \d+, and not with its end/],
      ["left out", lines.filter((_, place) => place !== at).join("\n"), /are not those exported/],
      ["of something else", "hello\n", /line 1: /],
      ["empty", "", /it ends after line 0/],
      ["of a later day", text.replace('"schema":1', '"schema":99'), /the export has schema 99/],
    ];
    const other = project();
    for (const [what, changed, says] of CASES) {
      writeFileSync(join(other.path, "bad.jsonl"), changed);
      const { code, stderr } = await other.run("db", "import", "bad.jsonl");
      assert.equal(code, what === "of a later day" ? 6 : 7, what);
      assert.match(stderr, says, what);
      assert.equal((await other.run("db", "check")).code, 10, `${what}: there is no journal`);
    }
    const none = await other.run("db", "import", "none.jsonl");
    assert.equal(none.code, 10);
    assert.match(
      none.stderr,
      /no file .*none\.jsonl\n {2}try: decapod db export FILE writes one, in the project/,
    );
    const nothing = await other.run("db", "restore", "--latest");
    assert.equal(nothing.code, 10);
    assert.match(
      nothing.stderr,
      /there is no backup of this project in .*\n {2}try: decapod db backup makes one/,
    );
  });
});
