/** A person's token: decides where no terminal is, and never for an attempt. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";
import { type Folder, freshFolder } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const ASK = `name: ask
tasks:
  - { id: gate, agent: approval, parameters: { mode: phrase, phrase: SHIP IT, message: "Ship it?" } }
  - { id: ship, agent: shell, dependencies: [gate], parameters: { run: echo x >> shipped } }
`;
const PHRASE = ["--phrase", "SHIP IT"];

const homeOf = (folder: Folder) => join(folder.path, "../home");

/** A token made at a terminal, in a file of the person's own. */
async function madeToken(folder: Folder, name: string, ...more: readonly string[]): Promise<string> {
  const env = { HOME: homeOf(folder) };
  const file = join(homeOf(folder), name);
  const words = ["token", "new", "--name", name, "--out", file, ...more];
  const { code, screen } = await terminal(folder, words, [], env);
  assert.equal(code, 0, screen);
  assert.doesNotMatch(screen, /dcp_/);
  assert.match(readFileSync(file, "utf8"), /^dcp_[\w-]{43}\n$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  return file;
}

async function asked(folder: Folder): Promise<string> {
  const { code, stderr } = await folder.run("run", "ask");
  assert.equal(code, 8, stderr);
  return JSON.parse((await folder.run("inbox", "--json")).stdout).decisions[0].id;
}

function viasIn(folder: Folder): readonly unknown[] {
  const path = join(folder.path, ".claude/workflow-state/decapod.db");
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare("select text from entries where text like '%decision.made%'").all();
    return rows.map(
      ({ text }) => JSON.parse(String(text)).event?.via ?? /"via":"([^"]*)"/.exec(String(text))?.[1],
    );
  } finally {
    database.close();
  }
}

const hasTerminal = spawnSync(TERMINAL, ["--version"]).error === undefined;

describe("A6 a person's token", {
  skip: hasTerminal ? false : "needs script (bsdutils)",
  concurrency: 2,
}, () => {
  it("decides without a terminal, with and without an owner, and the journal names it", async () => {
    const folder = freshFolder({ ask: ASK });
    const file = await madeToken(folder, "laptop");
    const id = await asked(folder);
    const alone = await folder.run("approve", id, ...PHRASE, "--token-file", file);
    assert.equal(alone.code, 0, alone.stderr);
    const running = folder.start("run", "ask", "--wait");
    await running.says("waiting");
    const beside = await folder.run("approve", ...PHRASE, "--token-file", file);
    assert.equal(beside.code, 0, beside.stderr);
    assert.match(beside.stdout, /approve by \S+ \(token laptop\) {2}gate a-/);
    assert.equal((await running.ended).code, 0);
    assert.deepEqual(viasIn(folder), ["token laptop", "token laptop"]);
    const again = await folder.run("approve", id, ...PHRASE, "--token-file", file);
    assert.match(again.stderr, /E_DECIDED .* was already decided: approve by \S+ \(token laptop\)/);
  });

  it("is refused when it is unknown, expired or revoked, open to others, or inside the project", async () => {
    const folder = freshFolder({ ask: ASK });
    const [revoked, short] = [
      await madeToken(folder, "old"),
      await madeToken(folder, "short", "--expires", "1s"),
    ];
    assert.equal((await folder.run("token", "revoke", "old")).code, 0);
    const id = await asked(folder);
    const { tokens: kept } = JSON.parse((await folder.run("token", "list", "--json")).stdout);
    await until(() => Date.now() > Date.parse(kept[1].expiresAt), "the token to expire");
    const unknown = folder.write("../home/unknown", `dcp_${"x".repeat(43)}`);
    chmodSync(unknown, 0o600);
    const open = folder.write("../home/open", "dcp_x");
    chmodSync(open, 0o644);
    const inside = folder.write("token", "dcp_x");
    chmodSync(inside, 0o600);
    for (const [file, code, exit] of [
      [unknown, "E_HUMAN_ONLY only a person decides: this token is not known here", 4],
      [revoked, "E_HUMAN_ONLY only a person decides: the token old was revoked at", 4],
      [short, "E_HUMAN_ONLY only a person decides: the token short expired at", 4],
      [open, "E_NOT_ALLOWED .* is open to others", 4],
      [inside, "E_NOT_ALLOWED .* lies inside the project", 4],
      [join(folder.path, "nothing"), "E_NOT_FOUND there is no token", 10],
    ] as const) {
      const told = await folder.run("approve", id, ...PHRASE, "--token-file", file);
      assert.deepEqual([told.code, new RegExp(code).test(told.stderr)], [exit, true], told.stderr);
    }
    assert.ok(!existsSync(join(folder.path, "shipped")));
    const { tokens } = JSON.parse((await folder.run("token", "list", "--json")).stdout);
    assert.deepEqual(
      tokens.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`),
      ["old revoked", "short expired"],
    );
    assert.match(
      (await folder.run("token", "revoke", "old")).stderr,
      /E_NOT_FOUND the token old is revoked already/,
    );
  });

  it("is made by nobody without a terminal, and shown by no attempt", async () => {
    const folder = freshFolder({ ask: ASK });
    const piped = await folder.run("token", "new");
    assert.deepEqual([piped.code, /E_HUMAN_ONLY .*not asked at a terminal/.test(piped.stderr)], [4, true]);
    // No token makes another one.
    assert.match(piped.stderr, /^ {2}try: make it at a terminal$/m);
    const file = await madeToken(folder, "laptop");
    const twice = await terminal(folder, ["token", "new", "--name", "laptop"], [], { HOME: homeOf(folder) });
    assert.match(twice.screen, /E_CONFLICT\S* there is a token laptop already/);
    const id = await asked(folder);
    const program = PROGRAM.join(" ");
    const approve = `${program} approve ${id} --phrase "SHIP IT" --token-file`;
    folder.write(
      ".claude/workflows/sly.yaml",
      `name: sly
tasks:
  - id: sly
    agent: shell
    parameters:
      run: |
        set +e
        ${approve} ${file} > file.txt 2>&1
        env -i PATH="$PATH" HOME="$HOME" ${approve} - < ${file} > bare.txt 2>&1
        ${program} token revoke laptop > revoke.txt 2>&1
        script -qefc "${program} token new" /dev/null > new.txt 2>&1
        true
`,
    );
    const sly = await folder.run("run", "sly");
    assert.equal(sly.code, 0, sly.stderr);
    for (const name of ["file", "bare", "revoke", "new"]) {
      const told = readFileSync(join(folder.path, `${name}.txt`), "utf8");
      assert.match(told, /E_HUMAN_ONLY[\s\S]*from inside the attempt/, name);
    }
    assert.ok(!existsSync(join(folder.path, "shipped")));
    assert.deepEqual(viasIn(folder), []);
  });

  it("is printed where no file is named, and put into none that is there or lies in the project", async () => {
    const folder = freshFolder({ ask: ASK });
    const env = { HOME: homeOf(folder) };
    const printed = await terminal(folder, ["token", "new"], [], env);
    assert.match(printed.screen, /^dcp_[\w-]{43}\r$/m);
    const taken = folder.write("../home/taken", "mine");
    for (const [file, code, word] of [
      [taken, 5, "is there already"],
      [join(folder.path, "token"), 4, "lies inside the project"],
    ] as const) {
      const refused = await terminal(folder, ["token", "new", "--out", file], [], env);
      assert.equal(refused.code, code, refused.screen);
      assert.ok(refused.screen.includes(word), refused.screen);
    }
    assert.equal(readFileSync(taken, "utf8"), "mine");
    assert.equal(JSON.parse((await folder.run("token", "list", "--json")).stdout).tokens.length, 1);
  });
});
