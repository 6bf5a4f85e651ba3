/** What the system has no more of: file handles, watches. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { slotsWithin } from "../../src/arm/slots.ts";
import { environmentWith, freshFolder, has, startIn } from "../e2e/decapod.ts";
import { until } from "../support/processes.ts";
import { PROGRAM } from "../support/program.ts";

const HANDLES = 64;
const TASKS = 200;
const WATCHERS = 100;

/** Each needs a file of its own for what it prints; the first ones wait until a file is there. */
const MANY = `name: many
settings: { max_parallel: ${TASKS} }
tasks:
${Array.from({ length: TASKS }, (_, number) => {
  const run = `${number < 4 ? "until [ -e go ] || [ ! -d .claude ]; do sleep 0.05; done; " : ""}head -c 5000 /dev/zero; echo $DECAPOD_TASK >> ran`;
  return `  - { id: t${number}, agent: shell, parameters: { run: '${run}' } }`;
}).join("\n")}
`;

/** What one that wants to follow is answered: 200 and a stream, a refusal, or nothing. */
function follow(
  socketPath: string,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/api/events", signal }, (response) => {
      const status = response.statusCode ?? 0;
      let text = "";
      response.on("error", () => {});
      if (status === 200) return resolve({ status, text });
      response.on("data", (data) => (text += data)).on("end", () => resolve({ status, text }));
    });
    asked.on("error", () => resolve({ status: 0, text: "" }));
    asked.end();
  });
}

describe("F34 few file handles", () => {
  it("tasks queue, who watches too much is refused, nothing crashes, and commands are answered", {
    skip: process.platform !== "linux" && "only Linux tells the limit",
  }, async (t) => {
    const folder = freshFolder({ many: MANY });
    const limited = ["sh", "-c", `ulimit -n ${HANDLES} && exec "$0" "$@"`];
    const home = environmentWith(join(folder.path, "../home"));
    const run = startIn(folder.path, home, [...limited, ...PROGRAM, "run", "many", "--slots", "200"]);
    await run.says("run started");
    assert.match(
      run.stderr(),
      /warning W_FDS 6 attempts run at once instead of 200: this process may hold 64 files open\n {2}try: raise the limit/,
    );
    const socket = join(folder.path, ".claude/workflow-state/owner.sock");
    await until(() => existsSync(socket), "the socket");
    const leaving = new AbortController();
    t.after(() => leaving.abort());
    const answers = await Promise.all(Array.from({ length: WATCHERS }, () => follow(socket, leaving.signal)));
    const followers = answers.filter(({ status }) => status === 200).length;
    assert.ok(followers >= 1 && followers < 20, `${followers} follow`);
    const refused = answers.find(({ status }) => status === 503);
    assert.match(refused?.text ?? "", /E_FDS/);
    const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    const paused = await folder.run("pause", id);
    assert.equal(paused.code, 0, paused.stderr);
    leaving.abort();
    const resumed = folder.start("resume", id);
    folder.write("go", "");
    const [ran, watched] = await Promise.all([run.ended, resumed.ended]);
    assert.deepEqual([ran.code, watched.code], [0, 0], ran.stderr + watched.stderr);
    const done = readFileSync(join(folder.path, "ran"), "utf8").trimEnd().split("\n");
    assert.equal(done.length, TASKS);
    assert.equal(new Set(done).size, TASKS, "each once");
  });

  it("as many attempts as the handles are enough for, one at least, and no word where they are enough", () => {
    assert.deepEqual(slotsWithin(16, 1_024), { slots: 16, notices: [] });
    assert.deepEqual(slotsWithin(16, Number.POSITIVE_INFINITY), { slots: 16, notices: [] });
    assert.equal(slotsWithin(16, 64).slots, 6);
    assert.equal(slotsWithin(16, 20).slots, 1);
  });
});

/** In a user namespace of its own anybody may set its limits. */
const UNWATCHED = [
  "unshare",
  "-Ur",
  "sh",
  "-c",
  'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"',
];
const noLimits = !has("unshare", "-Ur", "test", "-w", "/proc/sys/user/max_inotify_watches");

describe("F35 no file watch left", () => {
  it("logs --follow says that it looks by itself, and shows all that is printed; the run is none the worse", {
    skip: noLimits && "this machine lets nobody make a user namespace",
  }, async () => {
    const run =
      "echo begun; echo > began; until [ -e go ] || [ ! -d .claude ]; do sleep 0.05; done; echo over";
    const folder = freshFolder({
      one: `name: one\ntasks:\n  - { id: talks, agent: shell, parameters: { run: '${run}' } }\n`,
    });
    const home = environmentWith(join(folder.path, "../home"));
    const start = (...words: readonly string[]) =>
      startIn(folder.path, home, [...UNWATCHED, ...PROGRAM, ...words]);
    const running = start("run", "one");
    await folder.has("began");
    const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    const logs = start("logs", id, "--follow");
    await logs.prints("begun");
    folder.write("go", "");
    const [ran, followed] = await Promise.all([running.ended, logs.ended]);
    assert.deepEqual([ran.code, followed.code], [0, 0], ran.stderr + followed.stderr);
    assert.match(followed.stdout, /over/);
    assert.equal(
      followed.stderr.match(/the system watches no more files \(ENOSPC\): looking every 0.5 s instead/g)
        ?.length,
      1,
    );
  });
});
