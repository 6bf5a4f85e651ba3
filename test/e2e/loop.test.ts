/** decapod loop: one action for each invocation, honest about progress, and not to be killed. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/processes.ts";
import { git } from "../support/repository.ts";
import { cursor, loopPlace } from "./loop-place.ts";

const TASK = (state: string, name: string) => `.tasks/[${state}]_${name}_task.md`;

/** Does the first open task, or says that all are done. */
const HONEST = `
task=$(ls .tasks | sed -n 's/^\\[pending\\]_\\(.*\\)_task.md$/\\1/p' | head -1)
mkdir -p ".tasks/$task"; echo "result of $task, found by hand" > ".tasks/$task/result.md"
mv ".tasks/[pending]_\${task}_task.md" ".tasks/[completed]_\${task}_task.md"
after=$(ls .tasks | sed -n 's/^\\[pending\\]_\\(.*\\)_task.md$/\\1/p' | head -1)
if [ -n "$after" ]; then hand continue "Execute $after" "$after"; else hand completed "All done"; fi
`;

describe("decapod loop", { concurrency: 2 }, () => {
  it("T3-8 T3-10 T3-12 calls a fresh agent for each task until MAIN_TASK is completed", async (t) => {
    const place = loopPlace(t, HONEST);
    for (const name of ["a", "b", "c"]) place.write(TASK("pending", name), `# ${name}\n`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /✅ STATUS: COMPLETED\n📋 NEXT: All done\n✅ Workflow completed! 3 invocations\n$/);
    assert.equal(place.invocations(), 3);
    const log = await place.run("main-task", "log", "--json");
    const { moves } = JSON.parse(log.stdout);
    assert.deepEqual(
      moves.map(({ revision, next, by }: Record<string, unknown>) => [revision, next, by]),
      [
        [1, "Execute a", "file"],
        [2, "Execute b", "file"],
        [3, "Execute c", "file"],
        [4, "All done", "file"],
      ],
    );
    // Each revision but the first says in which invocation it was made.
    assert.deepEqual(
      moves.map(({ attempt }: Record<string, unknown>) => attempt !== null),
      [false, true, true, true],
    );
  });

  it("hands on by the command, which moves in one invocation only what that one began with", async (t) => {
    const place = loopPlace(
      t,
      `decapod main-task update completed "All done" > BASE/first 2>&1
decapod main-task update continue "And another thing" > BASE/second 2>&1; echo $? >> BASE/second`,
    );
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const { code, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 0, stderr);
    assert.equal(place.read(".tasks/MAIN_TASK"), cursor("completed", "All done"));
    assert.match(place.read("../second"), /E_CURSOR_MOVED .* moved since revision 1; it is revision 2 now/);
    assert.match(place.read("../second"), /5\n$/);
  });

  for (const [what, does] of [
    ["never changes anything", "true"],
    ["says the same again", 'hand continue "Execute a" a'],
    [
      "goes to and fro between two lines",
      'if [ $((N % 2)) = 1 ]; then hand continue "Check the plan"; else hand continue "Execute a"; fi',
    ],
    [
      "counts",
      'hand continue "Execute step $N"; mkdir -p .tasks/a; echo "pass $N at $(date)" > .tasks/a/log.md',
    ],
    [
      "writes 10,000 words to nobody",
      'for i in $(seq 10000); do echo -n "word "; done >&2; hand continue "Go on $N"',
    ],
  ] as const)
    it(`no progress: an agent that ${what} is stopped, with the evidence`, async (t) => {
      const place = loopPlace(t, does);
      place.write(TASK("pending", "a"), "# a\n");
      place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
      const { code, stderr } = await place.run("loop", "--agent", "worker", "--max", "20");
      assert.equal(code, 1, stderr);
      assert.match(stderr, /E_NO_PROGRESS 3 invocations in a row got nothing done: .*Execute (?:a|step 1): /);
      assert.ok(place.invocations() <= 4, `${place.invocations()} invocations`);
    });

  it("committed work counts as progress, and a commit of numbers alone does not", async (t) => {
    const commit = `git add -A . && git -c user.name=x -c user.email=x@x commit -qm "step $N" --allow-empty`;
    const place = loopPlace(
      t,
      `if [ $N -le 4 ]; then echo "line of thought: $(printf 'a%.0s' $(seq $N))" >> work.txt; else echo "run $N" > count.txt; fi
${commit}; hand continue "Go on with part $N"`,
    );
    git(place.project, "init", "-q");
    place.write("count.txt", "run 0\n");
    place.write(".gitignore", ".claude\n.tasks\n");
    git(place.project, "add", ".");
    git(place.project, "commit", "-qm", "begin");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Go on"));
    const { code, stderr } = await place.run("loop", "--agent", "worker", "--max", "20");
    assert.equal(code, 1, stderr);
    assert.equal(place.invocations(), 7, stderr);
    assert.match(stderr, /a commit of numbers alone/);
  });

  it("completed is refused while tasks are open: MAIN_TASK is put back, and the agent hears why", async (t) => {
    const place = loopPlace(
      t,
      'cp "$PWD"/.claude/workflow-state/runs/*/act/1/brief.md BASE/ 2>/dev/null; hand completed "All done"',
    );
    place.write(TASK("pending", "a"), "# a\n");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
    const { code, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 1, stderr);
    assert.equal(place.read(".tasks/MAIN_TASK"), cursor("continue", "Execute a", "a"));
    assert.equal(place.invocations(), 3);
    const log = await place.run("main-task", "log");
    assert.match(log.stdout, /put back by the loop/);
  });

  for (const [what, does, said] of [
    ["deletes MAIN_TASK", "rm .tasks/MAIN_TASK", /E_CURSOR .*\.tasks\/MAIN_TASK is gone/],
    [
      "writes escape codes into it",
      String.raw`printf 'STATUS: continue\nNEXT: Go \033[2J on\n' > .tasks/MAIN_TASK`,
      /E_CURSOR .*character that is not seen \(U\+001B\)/,
    ],
    [
      "writes 10,000 words into it",
      '{ echo "STATUS: continue"; printf "NEXT:"; for i in $(seq 10000); do printf " word"; done; } > .tasks/MAIN_TASK',
      /E_CURSOR .*at most 4,096 are allowed/,
    ],
    [
      "moves another MAIN_TASK as well",
      'hand continue "Go on"; printf "STATUS: continue\\nNEXT: Mine now\\n" > .tasks/other/MAIN_TASK',
      /E_CURSOR .*it moved the MAIN_TASK of \.tasks\/other\/MAIN_TASK as well/,
    ],
  ] as const)
    it(`P11: an agent that ${what} ends the loop with exit 3, and nothing is lost`, async (t) => {
      const place = loopPlace(t, does);
      place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
      await place.run("main-task", "update", "continue", "Execute the other", "--stream", "other");
      const { code, stderr } = await place.run("loop", "--agent", "worker");
      assert.equal(code, 3, stderr);
      assert.match(stderr, said);
      assert.equal(place.invocations(), 1);
      const read = await place.run("main-task", "read", "--json");
      assert.equal(read.code, 0, read.stderr);
      assert.equal(place.read(".tasks/other/MAIN_TASK"), cursor("continue", "Execute the other"));
    });

  it("blocked stops the loop with exit 8 and says how it goes on", async (t) => {
    const place = loopPlace(t, 'hand blocked "Wait for the key of the API"');
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute it"));
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 8, stderr);
    assert.match(stdout, /⛔ STATUS: BLOCKED\n📋 NEXT: Wait for the key of the API\n/);
    assert.match(stderr, /a person is needed/);
    const again = await place.run("loop", "--agent", "worker");
    assert.equal(again.code, 8);
    assert.equal(place.invocations(), 1);
  });

  it("T3-41 is killed in the middle and goes on where it was", async (t) => {
    const place = loopPlace(
      t,
      `if [ $N = 2 ] && [ ! -e BASE/go ]; then echo $$ > BASE/waits; while [ ! -e BASE/go ]; do read -t 0.05 < /dev/zero || true; sleep 0.05; done; fi
${HONEST}`,
    );
    for (const name of ["a", "b", "c"]) place.write(TASK("pending", name), `# ${name}\n`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
    const first = place.start("loop", "--agent", "worker");
    await until(() => existsSync(join(place.base, "waits")), "the second invocation");
    first.child.kill("SIGKILL");
    await first.ended;
    place.write("../go", "");
    const { code, stdout, stderr } = await place.run("loop", "--agent", "worker");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /✅ Workflow completed! 3 invocations/);
    const done = readdirSync(join(place.project, ".tasks")).filter((name) => name.startsWith("[completed]"));
    assert.equal(done.length, 3);
  });

  it("killed between the state of a task and MAIN_TASK, the work is not done twice", async (t) => {
    const place = loopPlace(
      t,
      `if [ $N = 1 ]; then mv '.tasks/[pending]_a_task.md' '.tasks/[completed]_a_task.md'; kill -9 $$; fi
hand completed "All done"`,
    );
    place.write(TASK("pending", "a"), "# a\n");
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
    const first = await place.run("loop", "--agent", "worker");
    const { code, stderr } = first.code === 0 ? first : await place.run("loop", "--agent", "worker");
    assert.equal(code, 0, stderr);
    assert.equal(place.read(".tasks/MAIN_TASK"), cursor("completed", "All done"));
  });

  it("--max stops it with exit 0, and the next loop goes on", async (t) => {
    const place = loopPlace(t, HONEST);
    for (const name of ["a", "b", "c"]) place.write(TASK("pending", name), `# ${name}\n`);
    place.write(".tasks/MAIN_TASK", cursor("continue", "Execute a", "a"));
    const first = await place.run("loop", "--agent", "worker", "--max", "1", "--json");
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(JSON.parse(first.stdout).loop.stopped, "limit");
    assert.equal(place.invocations(), 1);
    const second = await place.run("loop", "--agent", "worker", "--json");
    assert.deepEqual(JSON.parse(second.stdout).loop.stopped, "completed");
    assert.equal(place.invocations(), 3);
  });

  it("a loop without MAIN_TASK says how to begin one, and one that is over starts nothing", async (t) => {
    const place = loopPlace(t, "true");
    const none = await place.run("loop", "--agent", "worker");
    assert.equal(none.code, 10);
    assert.match(
      none.stderr,
      /E_NOT_FOUND there is no \.tasks\/MAIN_TASK yet\n {2}try: .*main-task update continue/,
    );
    place.write(".tasks/MAIN_TASK", cursor("completed", "All done"));
    const over = await place.run("loop", "--agent", "worker");
    assert.equal(over.code, 0);
    assert.match(over.stdout, /Workflow completed!/);
    rmSync(join(place.project, ".tasks/MAIN_TASK"));
    assert.equal(place.invocations(), 0);
  });
});
