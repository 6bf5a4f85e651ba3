/** doctor and health as whole processes: what is well, what is wrong, and what is put right. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "../../src/host/embedded/database.ts";
import { PROGRAM } from "../support/program.ts";
import { type Folder, freshFolder } from "./decapod.ts";

const WORKFLOWS = {
  site: "name: site\ntasks:\n  - { id: build, agent: shell, parameters: { run: echo done } }\n",
  gate: "name: gate\ntasks:\n  - { id: ask, agent: approval, parameters: { message: ready? } }\n",
};

function project(): Folder & { readonly state: string } {
  const folder = freshFolder(WORKFLOWS);
  return { ...folder, state: join(folder.path, ".claude/workflow-state") };
}

interface Shown {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly hint: string | null;
}

async function look(folder: Folder, ...words: readonly string[]) {
  const { code, stdout } = await folder.run(...words, "--json");
  const document = JSON.parse(stdout) as { schemaVersion: number; ok: boolean; checks: readonly Shown[] };
  assert.equal(document.schemaVersion, 1);
  const find = (name: string) => {
    const found = document.checks.find((check) => check.name === name);
    assert.ok(found !== undefined, `${name} in ${stdout}`);
    return found;
  };
  return {
    code,
    ok: document.ok,
    find,
    all: document.checks,
    names: document.checks.map(({ name }) => name),
  };
}

describe("doctor", () => {
  it("looks at the machine before there is any project", async () => {
    const { code, ok, find, names } = await look(project(), "doctor");
    const wanted = [
      "runtime",
      "git",
      "agents",
      "clock",
      "path",
      "settings",
      "disk",
      "file system",
      "permissions",
      "leftovers",
    ];
    assert.deepEqual(
      names.filter((name) => name !== "auth" && name !== "isolation"),
      wanted,
    );
    assert.match(find("runtime").message, /^Node 24\.\d+\.\d+, SQLite 3\./);
    assert.equal(find("permissions").message, "there is no state folder yet");
    assert.equal(code, ok ? 0 : 6);
  });

  it("--fix closes to others what lies open and clears away what was left, and says so", async () => {
    const folder = project();
    await folder.run("run", "site");
    chmodSync(folder.state, 0o755);
    chmodSync(join(folder.state, "decapod.db"), 0o644);
    mkdirSync(join(folder.state, "restoring"));
    writeFileSync(join(folder.state, "young.tmp"), "");
    writeFileSync(join(folder.state, "answer-0k1"), "");
    for (const name of ["restoring", "answer-0k1"]) utimesSync(join(folder.state, name), 1000, 1000);
    const found = await look(folder, "doctor");
    assert.equal(found.code, 6);
    assert.match(found.find("permissions").message, /^others may look into .*workflow-state, .*decapod\.db$/);
    assert.equal(found.find("permissions").hint, "decapod doctor --fix");
    assert.match(
      found.find("leftovers").message,
      /^2 files of commands that were killed: .*answer-0k1, .*restoring$/,
    );
    assert.equal(statSync(folder.state).mode & 0o777, 0o755, "nothing is changed without --fix");
    const { stderr, stdout } = await folder.run("doctor", "--fix");
    assert.match(stderr, /^closed to others: .*\nremoved: .*answer-0k1, .*restoring\n/);
    assert.match(stdout, /✓ permissions +for you alone\n/);
    assert.match(stdout, /✓ leftovers +none\n/);
    assert.equal(statSync(folder.state).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder.state, "decapod.db")).mode & 0o777, 0o600);
    assert.ok(statSync(join(folder.state, "young.tmp")).isFile());
  });

  it("names what is wrong in decapod.yaml, each with its place, and looks at all else", async () => {
    const folder = project();
    assert.equal(
      (await look(folder, "doctor")).find("settings").message,
      "no decapod.yaml: nothing is set otherwise",
    );
    writeFileSync(join(folder.path, "decapod.yaml"), "slots: 4\n");
    assert.deepEqual((await look(folder, "doctor")).find("settings").message, "decapod.yaml can be read");
    writeFileSync(join(folder.path, "decapod.yaml"), "slts: 4\nredact: [abc]\n");
    const { code, all, find } = await look(folder, "doctor");
    assert.equal(code, 6);
    const short = "a text of fewer than 8 characters would be found in ordinary words";
    assert.deepEqual(
      all.filter(({ name }) => name === "settings").map(({ ok, message, hint }) => [ok, message, hint]),
      [
        [false, 'decapod.yaml:1:1: unknown key "slts"', "slots"],
        [false, `decapod.yaml:2:10: ${short}`, "a longer part of it"],
      ],
    );
    assert.equal(find("leftovers").message, "none");
    const { stdout } = await folder.run("doctor");
    assert.match(stdout, /✗ settings {5}decapod\.yaml:1:1: unknown key "slts"\n +try: slots\n/);
    const refused = await folder.run("doctor", "--project", "nowhere");
    assert.match(refused.stderr, /^error E_NOT_FOUND there is no folder nowhere/);
  });

  it("finds a folder of PATH that anybody may write", async () => {
    const folder = project();
    const open = join(folder.path, "../open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    const program = [...PROGRAM, "doctor", "--json"];
    const { startIn } = await import("./decapod.ts");
    const environment = { HOME: join(folder.path, "../home"), PATH: `${open}:/usr/bin:/bin` };
    const { stdout } = await startIn(folder.path, environment, program).ended;
    const path = JSON.parse(stdout).checks.find(({ name }: Shown) => name === "path");
    assert.equal(path.ok, false);
    assert.equal(path.message, `anybody may put programs into ${open}`);
  });
});

describe("health", () => {
  it("is well of a project without runs, and of one whose runs have ended", async () => {
    const folder = project();
    const none = await look(folder, "health");
    assert.deepEqual([none.ok, none.find("journal").message], [true, "none yet"]);
    await folder.run("run", "site");
    const { ok, find, code } = await look(folder, "health");
    assert.deepEqual([ok, code], [true, 0]);
    assert.match(find("journal").message, /1 run;/);
    assert.match(find("owner").message, /^nobody/);
    assert.match(find("backup").message, /^1 copy in .*, the newest of 20/);
    assert.match(find("state").message, /[KM]iB in .*workflow-state$/);
  });

  it("T2-13: says when the memory of the project is too long for the brief of an agent", async () => {
    const folder = project();
    assert.match((await look(folder, "health")).find("memory").message, /^no CLAUDE\.md/);
    const write = (lines: number) => writeFileSync(join(folder.path, "CLAUDE.md"), "a rule\n".repeat(lines));
    write(500);
    const short = await look(folder, "health");
    assert.deepEqual([short.code, short.find("memory").ok], [0, true]);
    write(501);
    const long = await look(folder, "health");
    assert.deepEqual([long.code, long.find("memory").ok], [6, false]);
    assert.match(
      long.find("memory").message,
      /^CLAUDE\.md has 501 lines, 3\.\d KiB: agents are told to read it/,
    );
    assert.match(long.find("memory").hint ?? "", /within 500 lines and 64 KiB/);
  });

  it("names interrupted runs, questions and a living owner", async () => {
    const folder = project();
    assert.equal((await folder.run("run", "gate")).code, 8);
    const waiting = await look(folder, "health");
    assert.equal(waiting.find("runs").hint, "decapod resume");
    assert.equal(waiting.find("questions").message, "1 decision waits for you");
    const living = folder.start("resume", "--wait");
    await living.says("resumed");
    const owned = await look(folder, "health");
    assert.match(owned.find("owner").message, new RegExp(`^process ${living.child.pid} since 20`));
    assert.deepEqual([owned.find("runs").ok, owned.find("runs").message], [true, "1 run open"]);
    living.child.kill("SIGINT");
    await living.ended;
  });

  it("makes a copy of a journal that has none, where --fix asks for it, and once", async () => {
    const folder = project();
    await folder.run("run", "site");
    const [, backups = ""] =
      / in (\/.*), the newest/.exec((await look(folder, "health")).find("backup").message) ?? [];
    rmSync(backups, { recursive: true });
    const before = await look(folder, "health");
    assert.deepEqual([before.code, existsSync(backups)], [0, false]);
    const mended = await folder.run("health", "--fix");
    assert.equal(mended.code, 0);
    assert.match(mended.stderr, /^✓ backed up: \/.*\.db$/m);
    assert.match((await look(folder, "health", "--fix")).find("backup").message, /^1 copy in /);
  });

  it("ends with 7 when the journal is damaged", async () => {
    const folder = project();
    await folder.run("run", "site");
    const database = connect(join(folder.state, "decapod.db"), { readOnly: false });
    database.exec("delete from commits where number = (select max(number) from commits)");
    database.close();
    const { code, ok, find } = await look(folder, "health");
    assert.deepEqual([code, ok], [7, false]);
    assert.match(find("journal").message, /lost its end/);
    assert.match(find("journal").hint ?? "", /decapod db restore --latest/);
  });
});
