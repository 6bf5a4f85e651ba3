/** How decapod loop ends, and what it says of it, when much was done, or it was begun before. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { cursor, type LoopPlace, loopPlace } from "./loop-place.ts";

const TASK = (state: string, name: string) => `.tasks/[${state}]_${name}_task.md`;

/** Does not go on before the test says so. */
const WAITS = `if [ ! -e BASE/go ]; then touch BASE/waits; while [ ! -e BASE/go ]; do sleep 0.05; done; fi`;

function briefs(place: LoopPlace): readonly string[] {
  const runs = join(place.project, ".claude/workflow-state/runs");
  const files = readdirSync(runs, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith("/brief.md"))
    .map((file) => readFileSync(join(runs, file), "utf8"));
}

describe("how decapod loop ends", { concurrency: 2 }, () => {
  it("--max holds, and invocations are counted, where one makes hundreds of tasks", async (t) => {
    const place = loopPlace(
      t,
      `for i in $(seq 600); do echo "# x" > ".tasks/[pending]_a-rather-long-name-of-a-task-$N-$i""_task.md"; done
hand continue "Execute part $N"; [ $N -lt 3 ] || exit 1`,
    );
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker", "--max", "1", "--json");
    assert.equal(code, 0, stderr);
    assert.equal(place.invocations(), 1);
    const { loop } = JSON.parse(stdout);
    assert.deepEqual([loop.stopped, loop.invocations], ["limit", 1]);
    const shown = await place.run("show", loop.run, "--json");
    const [invocation] = JSON.parse(shown.stdout).run.invocations;
    assert.equal(invocation.action, "execute");
    assert.match(invocation.changes.at(-1), /^and 5\d\d more$/);
  });

  it("a loop without progress says in its document how many invocations there were, and what they did", async (t) => {
    const place = loopPlace(t, "true");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker", "--json");
    assert.equal(code, 1, stderr);
    const { loop } = JSON.parse(stdout);
    assert.deepEqual(
      [loop.stopped, loop.invocations, loop.evidence],
      ["no_progress", 3, Array(3).fill("Execute it: nothing changed")],
    );
  });

  it("calls with --max 1 are one loop: the next is told what was wrong, and three without progress end it", async (t) => {
    const place = loopPlace(t, "true");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const once = () => place.run("loop", "--agent", "worker", "--max", "1", "--json");
    const loopOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).loop;
    const first = loopOf(await once());
    const second = loopOf(await once());
    assert.deepEqual([first.stopped, second.stopped, second.invocations], ["limit", "limit", 1]);
    const told = briefs(place).filter((brief) => brief.includes("MAIN_TASK was not moved"));
    assert.equal(told.length, 1);
    // Whoever moves MAIN_TASK has the count begin anew.
    await place.run("main-task", "update", "continue", "Execute less");
    for (const _ of [1, 2]) assert.equal(loopOf(await once()).stopped, "limit");
    const last = await once();
    assert.equal(last.code, 1, last.stderr);
    assert.deepEqual(
      [loopOf(last).stopped, loopOf(last).invocations, loopOf(last).evidence],
      ["no_progress", 1, Array(3).fill("Execute less: nothing changed")],
    );
  });

  it("--rehearse plays and calls nobody, also while a loop was begun and has not ended", async (t) => {
    const place = loopPlace(t, `${WAITS}\nhand completed "All done"`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const first = place.start("loop", "--agent", "worker");
    await until(() => existsSync(join(place.base, "waits")), "the invocation");
    const rehearsal = await place.run("loop", "--agent", "worker", "--rehearse");
    assert.equal(rehearsal.code, 0, rehearsal.stderr);
    assert.match(rehearsal.stderr, /REHEARSAL: 1 invocation, then completed; nothing was changed/);
    place.write("../go", "");
    assert.equal((await first.ended).code, 0);
    assert.equal(place.invocations(), 1);
  });

  it("goes on with the loop that was killed, up to the --max that is said now", async (t) => {
    const place = loopPlace(
      t,
      `${WAITS}\nmv ".tasks/[pending]_t$N""_task.md" ".tasks/[completed]_t$N""_task.md"; hand continue "Execute $N"`,
    );
    for (const number of [1, 2, 3, 4, 5]) place.write(TASK("pending", `t${number}`), "# t\n");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const first = place.start("loop", "--agent", "worker", "--max", "2");
    await until(() => existsSync(join(place.base, "waits")), "the first invocation");
    first.child.kill("SIGKILL");
    await first.ended;
    place.write("../go", "");
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker", "--max", "3", "--json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).loop.invocations, 3);
    assert.equal(place.invocations(), 3);
  });

  it("--budget is one for all the runs of a loop", async (t) => {
    const place = loopPlace(t, `${WAITS}\nmkdir -p .tasks/a; printf 'a%.0s' $(seq $N) > .tasks/a/made`);
    place.write(TASK("running", "a"), "# a\n");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const budget = ["--agent", "worker", "--budget", "tokens=100"];
    const first = place.start("loop", ...budget, "--max", "1");
    await until(() => existsSync(join(place.base, "waits")), "the first invocation");
    first.child.kill("SIGKILL");
    await first.ended;
    place.write("../go", "");
    // Each invocation uses 80 tokens.
    const { code, stderr } = await place.run("loop", ...budget, "--max", "3");
    assert.equal(code, 4, stderr);
    assert.equal(place.invocations(), 2);
  });

  it("an agent that deletes all of .tasks ends the loop with exit 3, and MAIN_TASK is put back", async (t) => {
    const place = loopPlace(t, "rm -rf .tasks");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const { code, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 3, stderr);
    assert.match(stderr, /E_CURSOR \.tasks\/MAIN_TASK is gone/);
    assert.equal(place.read(".tasks/MAIN_TASK"), cursor("continue", "Execute it"));
  });

  it("completed that somebody wrote by hand is no end while tasks are open", async (t) => {
    const place = loopPlace(t, "true");
    place.write(TASK("pending", "a"), "# a\n");
    place.write(".tasks/MAIN_TASK", cursor("completed", "All done"));
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 5, stderr);
    assert.match(stderr, /E_TASKS_OPEN not completed: a is pending\n {2}try: continue with one of them/);
    assert.doesNotMatch(stdout, /Workflow completed/);
    assert.equal(place.invocations(), 0);
  });

  it("a .tasks that leads out of the project, or a folder as MAIN_TASK, is refused by its name", async (t) => {
    const place = loopPlace(t, "true");
    mkdirSync(join(place.base, "outside"));
    symlinkSync("../outside", join(place.project, ".tasks"));
    writeFileSync(join(place.base, "outside/MAIN_TASK"), cursor("continue", "Read the secret"));
    for (const words of [["loop"], ["main-task", "read"]]) {
      const { code, stdout, stderr } = await place.run(...words);
      assert.equal(code, 4, stderr);
      assert.match(stderr, /E_OUTSIDE_ROOT \.tasks leads out of the project/);
      assert.equal(stdout, "");
    }
    rmSync(join(place.project, ".tasks"));
    mkdirSync(join(place.project, ".tasks/MAIN_TASK"), { recursive: true });
    const { stderr } = await place.run("main-task", "read");
    assert.match(stderr, /\.tasks\/MAIN_TASK is a folder/);
  });

  it("what a person says while an invocation goes on stands, also when the agent writes MAIN_TASK after it", async (t) => {
    const place = loopPlace(t, `${WAITS}\nhand completed "All done"`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const loop = place.start("loop", "--agent", "worker");
    await until(() => existsSync(join(place.base, "waits")), "the invocation");
    await place.run("main-task", "update", "blocked", "Wait for me");
    place.write("../go", "");
    const { code, stderr } = await loop.ended;
    assert.equal(code, 8, stderr);
    assert.equal(place.read(".tasks/MAIN_TASK"), cursor("blocked", "Wait for me"));
    const { stdout } = await place.run("main-task", "log");
    assert.match(stdout, /3 .* All done .*\n.*4 .* Wait for me .* put back by the loop/);
  });

  it("main-task log without a journal names what reads the revisions from the files", async (t) => {
    const place = loopPlace(t, "true");
    const none = await place.run("main-task", "log");
    assert.equal(none.code, 10);
    assert.match(
      none.stderr,
      /no journal here .*\.tasks\/MAIN_TASK\n {2}try: decapod main-task update continue/,
    );
    await place.run("main-task", "update", "continue", "Begin");
    rmSync(join(place.project, ".claude/workflow-state"), { recursive: true });
    const lost = await place.run("main-task", "log");
    assert.equal(lost.code, 10);
    assert.match(lost.stderr, /\n {2}try: decapod main-task replay reads them from the files$/m);
  });

  it("--detach returns at once also when the loop goes on already", async (t) => {
    const place = loopPlace(t, `${WAITS}\nhand completed "All done"`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const loop = place.start("loop", "--agent", "worker");
    await until(() => existsSync(join(place.base, "waits")), "the invocation");
    const { code, stderr } = await place.run("loop", "--agent", "worker", "--detach");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the loop goes on already: decapod watch r-/);
    place.write("../go", "");
    assert.equal((await loop.ended).code, 0);
  });
});
