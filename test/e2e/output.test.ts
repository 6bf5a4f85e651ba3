/** Output that cannot be written ends, and nothing else does (F65). */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { realProcessTable } from "../../src/port/process-table.ts";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, has } from "./decapod.ts";

const QUICK = "name: quick\ntasks: [{ id: a, agent: shell, parameters: { run: echo } }]\n";
/** Gives a child a terminal of its own. */
const TERMINAL = "script";
/** A device that is always full. */
const FULL = "/dev/full";

describe("F65 output that cannot be written", () => {
  /** Runs the program with one of its streams on a full disk; what the other one got. */
  function onFullDisk(folder: Folder, stream: "stdout" | "stderr", words: readonly string[]) {
    const full = openSync(FULL, "w");
    const [file = "", ...own] = PROGRAM;
    const child = spawn(file, [...own, ...words], {
      cwd: folder.path,
      env: environmentWith(folder.path),
      stdio: ["ignore", stream === "stdout" ? full : "pipe", stream === "stderr" ? full : "pipe"],
    });
    closeSync(full);
    let text = "";
    (child.stdout ?? child.stderr)?.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    return new Promise<{ code: number | null; text: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, text })),
    );
  }

  it("is named, with exit 6, and the run is whole", { skip: !existsSync(FULL) }, async () => {
    const folder = freshFolder({ quick: QUICK });
    const { code, text } = await onFullDisk(folder, "stdout", ["run", "quick"]);
    assert.equal(code, 6);
    assert.match(text, /run success.*[\s\S]*\nerror E_IO standard output could not be written \(ENOSPC\)/);
    assert.match((await folder.run("runs")).stdout, /✓ success/);
    assert.equal((await onFullDisk(folder, "stdout", ["runs"])).code, 6);
  });

  it("is no matter where only progress goes", { skip: !existsSync(FULL) }, async () => {
    const folder = freshFolder({ quick: QUICK });
    const { code, text } = await onFullDisk(folder, "stderr", ["run", "quick"]);
    assert.equal(code, 0);
    assert.match(text, /^✓ success/);
  });

  it("a closed terminal ends what runs and keeps the run", {
    skip: has(TERMINAL, "--version") ? false : "needs script (bsdutils)",
  }, async () => {
    const script = "echo $$ > pid; until [ -e go ]; do sleep 0.05; done";
    const tasks = [{ id: "a", agent: "shell", parameters: { run: script } }];
    const folder = freshFolder({ waits: JSON.stringify({ name: "waits", tasks }) });
    const command = [...PROGRAM, "run", "waits"].map((word) => `'${word}'`).join(" ");
    const env = { ...environmentWith(folder.path), TERM: "xterm", SHELL: "/bin/sh" };
    const terminal = spawn(TERMINAL, ["-qefc", command, "/dev/null"], {
      cwd: folder.path,
      env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    await folder.has("pid");
    terminal.kill("SIGKILL");
    let state = "";
    while (!state.includes("interrupted")) state = (await folder.run("status")).stdout;
    assert.equal(realProcessTable.row(Number(readFileSync(join(folder.path, "pid"), "utf8"))), null);
    folder.write("go", "");
    assert.equal((await folder.run("resume")).code, 0);
  });
});
