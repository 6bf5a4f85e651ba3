import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder } from "./decapod.ts";

/** Each task prints, then waits for a file, so that the test says what happens when. */
const CHATTY = `name: chatty
settings: { max_parallel: 2 }
tasks:
  - id: one
    agent: shell
    parameters: { run: "echo first; until [ -e go-one ]; do sleep 0.05; done; printf 'sec'; printf 'ond\\\\n'" }
  - id: two
    agent: shell
    dependencies: [one]
    retry: { max_attempts: 2, delay: 0.05, jitter: false }
    parameters: { run: "echo try $DECAPOD_ATTEMPT; test -e go-two && exit 0; touch go-two; exit 3" }
  - id: three
    agent: shell
    dependencies: [two]
    parameters: { run: "until [ -e go-three ]; do sleep 0.05; done; echo last" }
`;

/** decapod logs -f as a process, and what it prints as it prints it. */
function following(folder: Folder, ...words: readonly string[]) {
  const [file = "", ...program] = PROGRAM;
  const child = spawn(file, [...program, "logs", ...words], {
    cwd: folder.path,
    env: environmentWith(join(folder.path, "../home")),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  const looks = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    for (const look of looks) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const prints = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!output.includes(text)) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without printing "${text}": ${output} ${errors}`)));
    });
  return { child, prints, ended, output: () => output, errors: () => errors };
}

/** The id of the run that has begun, once a folder of its logs is there. */
async function runOf(folder: Folder): Promise<string> {
  const runs = join(folder.path, ".claude/workflow-state/runs");
  for (;;) {
    const [id] = existsSync(runs) ? readdirSync(runs) : [];
    if (id !== undefined && existsSync(join(runs, id, "one/1/output.log"))) return id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("logs -f", () => {
  it("prints what runs print while another process owns it, takes up attempts that start, and ends with the run", async () => {
    const folder = freshFolder({ chatty: CHATTY });
    const run = folder.start("run", "chatty");
    const id = await runOf(folder);
    const logs = following(folder, id, "-f");
    await logs.prints("one   | first\n");
    assert.ok(!logs.output().includes("second"));
    writeFileSync(join(folder.path, "go-one"), "");
    await logs.prints("one   | second\n");
    await logs.prints("two#2 | try ");
    writeFileSync(join(folder.path, "go-three"), "");
    const [code] = await logs.ended;
    assert.equal(code, 0);
    assert.equal((await run.ended).code, 0);
    const lines = logs.output().trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(/try .*/, "try")),
      ["one   | first", "one   | second", "two   | try", "two#2 | try", "three | last"],
    );
    assert.match(logs.errors(), /run r-\w+ has ended: success/);
  });

  it("ends with 8 when nobody works on the run any more, and names what goes on with it", async () => {
    const folder = freshFolder({ chatty: CHATTY });
    const run = folder.start("run", "chatty");
    const id = await runOf(folder);
    const logs = following(folder, id, "one", "-f");
    await logs.prints("one   | first\n");
    run.child.kill("SIGKILL");
    const [code] = await logs.ended;
    assert.equal(code, 8);
    assert.match(logs.errors(), /nobody works on run r-\w+ any more; go on: decapod resume r-\w+/);
    writeFileSync(join(folder.path, "go-one"), "");
    writeFileSync(join(folder.path, "go-three"), "");
    assert.equal((await folder.run("resume", id)).code, 0);
  });

  it("prints each line as a document with --jsonl", async () => {
    const folder = freshFolder({ chatty: CHATTY });
    const run = folder.start("run", "chatty");
    const logs = following(folder, await runOf(folder), "one", "-f", "--jsonl");
    await logs.prints('{"schemaVersion":1,"task":"one","attempt":1,"line":"first"}\n');
    writeFileSync(join(folder.path, "go-one"), "");
    await logs.prints('{"schemaVersion":1,"task":"one","attempt":1,"line":"second"}\n');
    writeFileSync(join(folder.path, "go-three"), "");
    assert.deepEqual(await logs.ended, [0, null]);
    assert.equal((await run.ended).code, 0);
  });

  it("is left with ctrl-C and by a reader that goes away, and the run goes on", async () => {
    const folder = freshFolder({ chatty: CHATTY });
    const run = folder.start("run", "chatty");
    const id = await runOf(folder);
    const left = following(folder, id, "-f");
    const deserted = following(folder, id, "-f");
    await Promise.all([left.prints("first"), deserted.prints("first")]);
    left.child.kill("SIGINT");
    assert.deepEqual(await left.ended, [130, null]);
    deserted.child.stdout.destroy();
    writeFileSync(join(folder.path, "go-one"), "");
    const [code] = await deserted.ended;
    assert.equal(code, 0);
    writeFileSync(join(folder.path, "go-three"), "");
    assert.equal((await run.ended).code, 0);
  });
});

describe("a log of 100 MB", () => {
  it("is printed, searched and opened at its end in little memory", async () => {
    const folder = freshFolder({ chatty: CHATTY });
    for (const go of ["go-one", "go-two", "go-three"]) folder.write(go, "");
    assert.equal((await folder.run("run", "chatty")).code, 0);
    const id = await runOf(folder);
    const log = join(folder.path, ".claude/workflow-state/runs", id, "one/1/output.log");
    mkdirSync(join(log, ".."), { recursive: true });
    const line = `${"x".repeat(99)}\n`;
    writeFileSync(log, `${line.repeat(1_000_000)}error: at last\n`);
    const [file = "", ...program] = PROGRAM;
    for (const words of [["--tail", "3"], ["--grep", "at last"], ["--errors"]]) {
      const child = spawn(file, ["--max-old-space-size=48", ...program, "logs", id, "one", ...words], {
        cwd: folder.path,
        env: environmentWith(join(folder.path, "../home")),
        stdio: ["ignore", "pipe", "ignore"],
      });
      let printed = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
      });
      const [code] = await once(child, "close");
      assert.deepEqual([code, printed.endsWith("one | error: at last\n")], [0, true], words.join(" "));
    }
  });
});
