/** event: what happened outside reaches every wait for it, whoever works on its run. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";

const SIGNED = `name: signed
tasks:
  - { id: sign, agent: wait, parameters: { event: signed, key: "7" } }
  - { id: file, agent: shell, dependencies: [sign], env: { SAID: "\${sign.output}" }, parameters: { run: 'echo "$SAID" >> filed' } }
`;
/** Its wait begins after what goes before it. */
const LATER = `name: later
tasks:
  - { id: work, agent: shell, parameters: { run: 'echo x > began; until test -e go; do sleep 0.1; done' } }
  - { id: sign, agent: wait, dependencies: [work], parameters: { event: signed } }
  - { id: file, agent: shell, dependencies: [sign], env: { SAID: "\${sign.output.by}" }, parameters: { run: 'echo "$SAID" >> filed' } }
`;
/** Nothing comes behind its wait. */
const LAST = `name: last
tasks:
  - { id: sign, agent: wait, parameters: { event: signed } }
`;

const filed = (folder: Folder) =>
  existsSync(join(folder.path, "filed")) ? readFileSync(join(folder.path, "filed"), "utf8") : "";
const codeIn = ({ stdout }: Ended): string => JSON.parse(stdout).error.code;

describe("an event", { concurrency: 2 }, () => {
  it("ends the waits for its name and key in another process, with its data", async () => {
    const folder = freshFolder({ signed: SIGNED });
    const running = folder.start("run", "signed");
    await running.says("sign waiting event");
    const other = await folder.run("event", "signed", "--key", "8", "--data", '"nobody"');
    assert.deepEqual(
      [other.code, other.stdout],
      [0, "✓ signed  woke 0 waits, 1 run keeps it\n"],
      other.stderr,
    );
    const sent = await folder.run("event", "signed", "--key", "7", "--data", '"by Ann"', "--json");
    assert.equal(sent.code, 0, sent.stderr);
    const { name, key, runs } = JSON.parse(sent.stdout).event;
    assert.deepEqual([name, key, runs[0].woken, runs[0].isTakenUp], ["signed", "7", 1, true]);
    assert.equal((await running.ended).code, 0);
    assert.equal(filed(folder), "by Ann\n");
    const late = await folder.run("event", "signed", "--key", "7", "--json");
    assert.deepEqual([late.code, codeIn(late)], [10, "E_NOT_FOUND"]);
  });

  it("that came before its wait, or while nobody worked on the run, is not lost", async () => {
    const folder = freshFolder({ signed: SIGNED, later: LATER });
    const running = folder.start("run", "later");
    await folder.has("began");
    running.child.kill("SIGKILL");
    await running.ended;
    folder.write("data.json", '{"by": "Ann"}');
    const sent = await folder.run("event", "signed", "--data", "@data.json");
    assert.deepEqual([sent.code, sent.stdout], [0, "✓ signed  woke 0 waits, 1 run keeps it\n"]);
    assert.match(sent.stderr, /(r-\w+) is interrupted and keeps it: decapod resume \1\n/);
    folder.write("go", "");
    const resumed = await folder.run("resume");
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(filed(folder), "Ann\n");
    assert.equal((await folder.run("db", "check")).code, 0);
  });

  /** The name of a run that was interrupted, and keeps the event that ends it. */
  async function ending(folder: Folder): Promise<string> {
    const running = folder.start("run", "last");
    await running.says("sign waiting event");
    running.child.kill("SIGKILL");
    await running.ended;
    const sent = await folder.run("event", "signed");
    assert.equal(sent.stdout, "✓ signed  woke 0 waits, 1 run keeps it\n", sent.stderr);
    return /(r-\w+) is interrupted and goes on with it/.exec(sent.stderr)?.[1] ?? assert.fail(sent.stderr);
  }

  async function statusOf(folder: Folder, run: string): Promise<string> {
    return JSON.parse((await folder.run("show", run, "--json")).stdout).run.status;
  }

  it("that was kept and ends its run does so for whoever resumes it, here and in another process", async () => {
    const folder = freshFolder({ last: LAST, signed: SIGNED });
    const here = await folder.run("resume", await ending(folder));
    assert.deepEqual([here.code, /background|E_/.test(here.stderr)], [0, false], here.stderr);
    assert.match(here.stdout + here.stderr, /✓ success/);
    const kept = await ending(folder);
    const owner = folder.start("run", "signed");
    await owner.says("sign waiting event");
    const there = await folder.run("resume", kept);
    assert.deepEqual([there.code, /E_/.test(there.stderr)], [0, false], there.stderr);
    assert.equal(await statusOf(folder, kept), "success");
    assert.equal((await folder.run("event", "signed", "--key", "7")).code, 0);
    assert.equal((await owner.ended).code, 0);
  });

  it("that was kept and ends its run comes before a pause and a cancel, and nothing goes on behind them", async () => {
    const folder = freshFolder({ last: LAST });
    for (const command of ["pause", "cancel"]) {
      const run = await ending(folder);
      const late = await folder.run(command, run);
      assert.match(late.stderr, /E_RUN_CLOSED .* has ended: success/, command);
      assert.deepEqual([late.code, /background/.test(late.stderr)], [5, false], late.stderr);
      assert.equal(await statusOf(folder, run), "success", command);
    }
  });

  it("may be said from inside a task, its data by standard input", async () => {
    const event = [...PROGRAM, "event", "signed", "--key", "7", "--data", "-"].map((word) => `"${word}"`);
    const tell = `  - { id: tell, agent: shell, parameters: { run: 'echo "\\"inside\\"" | ${event.join(" ")}' } }\n`;
    const folder = freshFolder({ signed: SIGNED + tell });
    const ended = await folder.run("run", "signed");
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(filed(folder), "inside\n");
  });

  it("is refused where nothing could ever wait for it, and when it is no event", async () => {
    const folder = freshFolder({ signed: SIGNED });
    const wrong: readonly (readonly [string, number, ...string[]])[] = [
      ["E_NOT_FOUND", 10, "signed"],
      ["E_USAGE", 2, "x".repeat(201)],
      ["E_USAGE", 2, ""],
      ["E_JSON", 3, "signed", "--data", "Ann"],
      ["E_NOT_FOUND", 10, "signed", "--data", "@nothing.json"],
    ];
    for (const [code, exit, ...words] of wrong) {
      const refused = await folder.run("event", ...words, "--json");
      assert.deepEqual([refused.code, codeIn(refused)], [exit, code], words.join(" ").slice(0, 40));
    }
    const running = folder.start("run", "signed");
    await running.says("sign waiting event");
    const reserved = await folder.run("event", "signed", "--data", '{"a": {"__proto__": 1}}');
    assert.deepEqual([reserved.code, /E_RESERVED_NAME/.test(reserved.stderr)], [3, true], reserved.stderr);
    const mistyped = await folder.run("event", "singed");
    assert.match(
      mistyped.stderr,
      /E_NOT_FOUND .* waits for the event singed, now or later\n {2}try: they wait for signed/,
    );
    assert.equal((await folder.run("event", "signed", "--key", "7", "-q")).code, 0);
    assert.equal((await running.ended).code, 0);
  });
});
