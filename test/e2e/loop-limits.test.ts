/** What a loop may use up: starts, money, invocations; and what is left when it is killed at any moment. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { chance } from "../support/chance.ts";
import { until } from "../support/processes.ts";
import { cursor, type LoopPlace, loopPlace } from "./loop-place.ts";

const NEW_EACH_TIME = `mkdir -p .tasks/a; echo "$(printf 'x%.0s' $(seq $N))" > .tasks/a/f$N; date +%s%N >> BASE/starts
hand continue "Go on with part x$N" a`;

function withTask(place: LoopPlace): void {
  place.write(".tasks/[pending]_a_task.md", "# a\n");
  place.write(".tasks/MAIN_TASK", cursor("continue", "Go on", "a"));
}

describe("limits of a loop", { concurrency: 2 }, () => {
  it("starts no more than two invocations a second, whatever --sleep says", async (t) => {
    const place = loopPlace(t, NEW_EACH_TIME);
    withTask(place);
    const { code, stderr } = await place.run("loop", "--agent", "worker", "--max", "5", "--sleep", "0");
    assert.equal(code, 0, stderr);
    const starts = readFileSync(join(place.base, "starts"), "utf8").trim().split("\n").map(Number);
    assert.equal(starts.length, 5);
    for (let index = 1; index < starts.length; index += 1)
      assert.ok((starts[index] ?? 0) - (starts[index - 1] ?? 0) >= 500e6, starts.join(" "));
  });

  it("I5 stops at its budget with exit 4 or waits for a person, and what was done is kept", async (t) => {
    const place = loopPlace(t, NEW_EACH_TIME);
    withTask(place);
    // Each invocation of this agent says that it used 80 tokens.
    const { code, stderr } = await place.run(
      "loop",
      "--agent",
      "worker",
      "--budget",
      "tokens=150",
      "--max",
      "10",
    );
    assert.ok(code === 4 || code === 8, `${code}: ${stderr}`);
    assert.equal(place.invocations(), 2, stderr);
    assert.ok(existsSync(join(place.project, ".tasks/a/f2")));
    assert.equal((await place.run("main-task", "read")).code, 0);
  });

  it("two loops of two streams go on side by side in one project", async (t) => {
    const place = loopPlace(
      t,
      'S=${MAIN_TASK_STREAM:+--stream $MAIN_TASK_STREAM}; decapod main-task update $S completed "Done"',
    );
    for (const stream of ["one", "two"])
      await place.run("main-task", "update", "continue", "Execute it", "--stream", stream);
    const ended = await Promise.all(
      ["one", "two"].map((stream) => place.run("loop", "--agent", "worker", "--stream", stream)),
    );
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0],
      ended.map(({ stderr }) => stderr).join("\n"),
    );
    for (const stream of ["one", "two"])
      assert.equal(place.read(`.tasks/${stream}/MAIN_TASK`), cursor("completed", "Done"));
  });

  it("main-task update is asked of the process that owns the project, and seen by the next invocation", async (t) => {
    const place = loopPlace(
      t,
      `if [ $N = 1 ]; then touch BASE/first; while [ ! -e BASE/go ]; do sleep 0.05; done; hand continue "Execute the second"; else hand completed "All done"; fi
echo "$N $(grep NEXT .tasks/MAIN_TASK)" >> BASE/seen; mkdir -p .tasks/a; touch .tasks/a/f$N`,
    );
    withTask(place);
    const loop = place.start("loop", "--agent", "worker", "--max", "1");
    await until(() => existsSync(join(place.base, "first")), "the first invocation");
    const moved = await place.run("main-task", "update", "continue", "Look at Kim's note first");
    assert.equal(moved.code, 0, moved.stderr);
    place.write("../go", "");
    const { code, stderr } = await loop.ended;
    assert.equal(code, 0, stderr);
    const { stdout } = await place.run("main-task", "log", "--json");
    assert.deepEqual(
      JSON.parse(stdout).moves.map(({ next, by }: Record<string, string>) => [next, by]),
      [
        ["Go on", "file"],
        ["Look at Kim's note first", "command"],
        ["Execute the second", "file"],
        ["Look at Kim's note first", "loop"],
      ],
    );
  });

  it("main-task update killed at any moment leaves MAIN_TASK whole, and revisions without a gap", async (t) => {
    const place = loopPlace(t, "true");
    const random = chance(20_267);
    await place.run("main-task", "update", "continue", "Begin");
    for (let round = 0; round < 25; round += 1) {
      const update = place.start("main-task", "update", "continue", `Go on with round ${round}`);
      const timer = setTimeout(() => update.child.kill("SIGKILL"), random.below(250));
      const { code } = await update.ended;
      clearTimeout(timer);
      const read = await place.run("main-task", "read", "--json");
      assert.equal(read.code, 0, read.stderr);
      if (code === 0) assert.equal(JSON.parse(read.stdout).next, `Go on with round ${round}`);
    }
    assert.equal((await place.run("main-task", "update", "completed", "All done")).code, 0);
    const { stdout } = await place.run("main-task", "log", "--json");
    const revisions = JSON.parse(stdout).moves.map(({ revision }: { revision: number }) => revision);
    assert.deepEqual(
      revisions,
      revisions.map((_: number, index: number) => index + 1),
    );
    assert.equal(place.read(".tasks/history.jsonl").trim().split("\n").length, revisions.length);
    assert.deepEqual(readdirSync(join(place.project, ".tasks")).sort(), ["MAIN_TASK", "history.jsonl"]);
    assert.equal((await place.run("db", "check")).code, 0);
  });

  it("E_TASKS_OPEN E_CURSOR_MOVED E_NO_PROGRESS have the exit codes of their page", async (t) => {
    const place = loopPlace(t, "true");
    withTask(place);
    const early = await place.run("main-task", "update", "completed", "All done");
    assert.equal(early.code, 5);
    assert.match(early.stderr, /E_TASKS_OPEN not completed: a is pending/);
    const late = await place.run("main-task", "update", "continue", "Go on", "--if-revision", "7");
    assert.equal(late.code, 5);
    assert.match(late.stderr, /E_CURSOR_MOVED/);
  });
});
