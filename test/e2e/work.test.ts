// `decapod work`: a task file from pending to its result, with real processes, also when it is killed on the way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { type Folder, freshFolder } from "./decapod.ts";

const FOUNDING = readFileSync(
  join(import.meta.dirname, "../data/founding/2026-01-19-1430-hugo-build-staging.md"),
  "utf8",
);

const PUBLISH = `name: publish
params: { environment: {} }
tasks:
  - id: build
    agent: shell
    env: { ENVIRONMENT: "\${environment}" }
    parameters:
      run: |
        echo "building $ENVIRONMENT"
        echo x >> runs.txt
        printf 'build_success=true\\nfile_count=120\\n' > "$DECAPOD_OUTPUT"
outputs: { build_success: "\${build.output.build_success}", file_count: "\${build.output.file_count}" }
`;

const SLOW = `name: slow
tasks:
  - id: build
    agent: shell
    parameters: { run: 'echo x >> runs.txt; until test -e go; do sleep 0.05; done; echo "done" ' }
`;

function task(id: string, more: string): string {
  return `---\ntask_id: ${id}\ntask_type: build\n${more}---\n\n## Task Description\nBuild it.\n`;
}

const GOOD = task(
  "a",
  'workflow: publish\nparams: { environment: staging }\nexpected_outputs: [build_success, file_count]\nsuccess_criteria: ["build_success: true", "file_count > 100"]\n',
);

const FORGETS_ALL = "retention: { runs: 0s, logs: 0s, min_runs: 0 }\n";

function folder(): Folder {
  return freshFolder({ publish: PUBLISH, slow: SLOW });
}

function places(path: string): readonly string[] {
  return ["pending", "in-progress", "completed", "failed"].flatMap((name) =>
    existsSync(join(path, "tasks", name))
      ? readdirSync(join(path, "tasks", name)).map((file) => `${name}/${file}`)
      : [],
  );
}

/** By a YAML reader of its own, through the link. */
function result(path: string, id: string): Record<string, unknown> {
  const text = readFileSync(join(path, "results/latest", `${id}.result.md`), "utf8");
  const [, front = ""] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return parse(front) as Record<string, unknown>;
}

describe("work", () => {
  it("T0-11…T0-18, T1-15…T1-20: runs it, writes the result by day with a link, and moves the file", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    const { code, stdout, stderr } = await project.run("work", "tasks/pending/a.md");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /✓ success {2}a r-/);
    assert.match(stderr, /result results\/\d{4}-\d{2}-\d{2}\/a\.result\.md/);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.ok(lstatSync(join(project.path, "results/latest/a.result.md")).isSymbolicLink());
    const front = result(project.path, "a");
    assert.equal(front.status, "success");
    assert.equal(front.file_count, 120);
    assert.equal(front.attempts, 1);
    assert.match(readFileSync(join(project.path, "results/latest/a.result.md"), "utf8"), /building staging/);
    const shown = await project.run("task", "show", "a");
    assert.match(shown.stdout, /result\tsuccess/);
  });

  it("decapod run of a task file is the same; options of workflows are refused", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    const refused = await project.run("run", "tasks/pending/a.md", "--dry-run");
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--dry-run is for workflows, and means nothing for a task file/);
    const { code, stderr } = await project.run("run", "tasks/pending/a.md");
    assert.equal(code, 0, stderr);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.equal(result(project.path, "a").status, "success");
  });

  it("T1-23: a failed check is a failed task, exit 1; it can be done again, as a run of its own", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD.replace("> 100", "> 1000"));
    const { code } = await project.run("work", "a");
    assert.equal(code, 1);
    assert.deepEqual(places(project.path), ["failed/a.md"]);
    const front = result(project.path, "a");
    assert.equal(front.file_count, 120);
    const { class: failed, what_was_tried: tried } = front.error as {
      class: string;
      what_was_tried: string[];
    };
    assert.equal(failed, "criteria_failed");
    assert.match(tried.join(), /^attempt 1: criteria_failed: not met: [^,]+$/);
    const refused = await project.run("work", "a");
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /E_CONFLICT .*\n {2}try: to do it again: decapod task move a pending/);
    assert.equal((await project.run("task", "move", "a", "pending")).code, 0);
    project.write("tasks/pending/a.md", GOOD);
    assert.equal((await project.run("work", "a")).code, 0);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.notEqual(result(project.path, "a").run_id, front.run_id);
    assert.equal(
      (await project.run("runs", "--label", "task-file", "--json")).stdout.match(/"workflow": "a"/g)?.length,
      2,
    );
  });

  it("db gc of earlier runs changes nothing: the last run is found, and the next one is another", async () => {
    const project = folder();
    project.write("decapod.yaml", "retention: { runs: 0s, logs: 0s, min_runs: 1 }\n");
    project.write("tasks/pending/a.md", GOOD);
    await project.run("work", "a");
    await project.run("task", "move", "a", "pending");
    await project.run("work", "a");
    const second = result(project.path, "a").run_id;
    assert.match((await project.run("db", "gc")).stdout, /1 run with all/);
    assert.equal((await project.run("work", "a")).code, 5);
    await project.run("task", "move", "a", "pending");
    assert.equal((await project.run("work", "a")).code, 0);
    assert.notEqual(result(project.path, "a").run_id, second);
    assert.match((await project.run("task", "show", "a")).stdout, /the 3\. time/);
    assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\nx\nx\n");
  });

  it("the founding task, whose site is not here, is a failed task with a result and no crash", async () => {
    const project = folder();
    const id = "2026-01-19-1430-hugo-build-staging";
    project.write(`tasks/pending/${id}.md`, FOUNDING);
    const { code, stderr } = await project.run("work", id);
    assert.notEqual(code, 0);
    assert.doesNotMatch(stderr, /E_BUG/);
    assert.deepEqual(places(project.path), [`failed/${id}.md`]);
    assert.equal(result(project.path, id).status, "failed");
  });

  it("an unknown type is a failed task that says so, exit 3", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", task("a", "retry_of: before\n").replace("build\n", "codre\n"));
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 3);
    assert.match(stderr, /E_UNKNOWN_AGENT there is no agent "codre"\n {2}--> tasks\/pending\/a\.md:3:12/);
    assert.deepEqual(places(project.path), ["failed/a.md"]);
    assert.match(
      stderr,
      /tasks\/pending\/a\.md lies in tasks\/failed now, and results\/\S+\/a\.result\.md says why/,
    );
    const front = result(project.path, "a");
    assert.deepEqual([front.status, front.task_type, front.retry_of], ["failed", "codre", "before"]);
    assert.match(String((front.error as { message: string }).message), /codre/);
  });

  it("E_CONFLICT: a task that waits for another is not done before that one, and says what to do", async () => {
    const project = folder();
    project.write(
      "tasks/pending/b.md",
      task("b", "workflow: publish\nparams: { environment: staging }\ndepends_on: [a, nobody]\n"),
    );
    project.write("tasks/pending/a.md", GOOD);
    const first = await project.run("work", "b");
    assert.equal(first.code, 5, first.stderr);
    assert.match(
      first.stderr,
      /E_CONFLICT b waits for a, which is still to be done, and for nobody, and there is no such task\n {2}try: decapod work a, then this again/,
    );
    assert.deepEqual(places(project.path), ["pending/a.md", "pending/b.md"]);
    project.write("tasks/completed/nobody.md", task("nobody", "workflow: publish\n"));
    await project.run("work", "a");
    assert.equal((await project.run("work", "b")).code, 0);
  });

  it("P1: an id that leads out of the folders is refused, and its result lies under the file's own name", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD.replace("task_id: a", "task_id: ../../canary"));
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 3);
    assert.match(stderr, /E_TASK_ID/);
    assert.ok(!existsSync(join(project.path, "../canary")));
    assert.equal(result(project.path, "a").task_id, "a");
  });

  it("P3: E_DUPLICATE_TASK: an id that differs only in capitals is another task's", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    await project.run("work", "a");
    project.write("tasks/pending/A.md", GOOD.replace("task_id: a", "task_id: A"));
    const { code, stderr } = await project.run("work", "A");
    assert.equal(code, 3);
    assert.match(stderr, /E_DUPLICATE_TASK/);
    assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\n");
  });

  it("P4: E_NOT_ALLOWED: a link, a pipe and a folder are refused unread, and stay where they are", async () => {
    const project = folder();
    mkdirSync(join(project.path, "tasks/pending/folder.md"), { recursive: true });
    project.write("secret.md", GOOD);
    symlinkSync("../../secret.md", join(project.path, "tasks/pending/link.md"));
    execFileSync("mkfifo", [join(project.path, "tasks/pending/pipe.md")]);
    for (const [name, what] of [
      ["link", "a link"],
      ["pipe", "a pipe, a socket or a device"],
      ["folder", "a folder"],
    ]) {
      const { code, stderr } = await project.run("work", `tasks/pending/${name}.md`);
      assert.equal(code, 4, stderr);
      assert.match(stderr, new RegExp(`E_NOT_ALLOWED tasks/pending/${name}\\.md is ${what}`));
    }
    assert.deepEqual(places(project.path), ["pending/folder.md", "pending/link.md", "pending/pipe.md"]);
    assert.ok(!existsSync(join(project.path, "results")));
  });

  it("P4: a link under the name of a task is no place of it: it gives way, and the real file goes through", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    project.write("secret.md", "theirs\n");
    mkdirSync(join(project.path, "tasks/in-progress"), { recursive: true });
    mkdirSync(join(project.path, "tasks/completed"), { recursive: true });
    symlinkSync("../pending/a.md", join(project.path, "tasks/in-progress/a.md"));
    symlinkSync("../../secret.md", join(project.path, "tasks/completed/a.md"));
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 0, stderr);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    const done = join(project.path, "tasks/completed/a.md");
    assert.ok(lstatSync(done).isFile());
    assert.equal(readFileSync(done, "utf8"), GOOD);
    assert.equal(readFileSync(join(project.path, "secret.md"), "utf8"), "theirs\n");
  });

  it("P4: E_NOT_ALLOWED: a link in in-progress is no task that was left there, and stays where it is", async () => {
    const project = folder();
    project.write("secret.md", GOOD);
    mkdirSync(join(project.path, "tasks/in-progress"), { recursive: true });
    symlinkSync("../../secret.md", join(project.path, "tasks/in-progress/a.md"));
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 4, stderr);
    assert.match(stderr, /E_NOT_ALLOWED tasks\/in-progress\/a\.md is a link/);
    assert.doesNotMatch(stderr, /E_FOREIGN_STATE_CHANGE/);
    assert.deepEqual(places(project.path), ["in-progress/a.md"]);
    project.write("tasks/completed/b.md", GOOD.replace("task_id: a", "task_id: b"));
    symlinkSync("../completed/b.md", join(project.path, "tasks/in-progress/b.md"));
    assert.equal((await project.run("work", "b")).code, 4);
    assert.deepEqual(places(project.path), ["in-progress/a.md", "in-progress/b.md", "completed/b.md"]);
  });

  it("P7: a giant is refused by its size", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    truncateSync(join(project.path, "tasks/pending/a.md"), 5 * 1024 ** 3);
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 3, stderr);
    assert.match(stderr, /E_TOO_LARGE the file has 5,368,709,120 bytes/);
    assert.deepEqual(places(project.path), ["failed/a.md"]);
  });

  it("P10: a bad file under the name of a task that was done replaces neither its result nor its file", async () => {
    const project = folder();
    const failing = GOOD.replace("> 100", "> 1000");
    project.write("tasks/pending/a.md", failing);
    await project.run("work", "a");
    const run = result(project.path, "a").run_id;
    project.write("tasks/pending/a.md", "no front matter\n");
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 3);
    assert.match(
      stderr,
      /nothing was started; tasks\/pending\/a\.md stays where it is\n(?:.*\n)*.*E_FRONT_MATTER/,
    );
    assert.deepEqual(places(project.path), ["pending/a.md", "failed/a.md"]);
    assert.equal(readFileSync(join(project.path, "tasks/failed/a.md"), "utf8"), failing);
    assert.equal(result(project.path, "a").run_id, run);
  });

  it("without its journal what was done is not done again", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    await project.run("work", "a");
    for (const name of [".claude/workflow-state", "../home/.local"])
      rmSync(join(project.path, name), { recursive: true, force: true });
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 5, stderr);
    assert.match(stderr, /E_CONFLICT tasks\/completed\/a\.md is done already/);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\n");
  });

  it("P10, F38: E_FOREIGN_STATE_CHANGE: what somebody else moves or writes while it runs changes nothing", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", task("a", "workflow: slow\n"));
    const running = project.start("work", "a");
    await project.has("runs.txt");
    const day = new Date().toISOString().slice(0, 10);
    project.write(`results/${day}/a.result.md`, "---\nstatus: success\n---\n");
    renameSync(join(project.path, "tasks/in-progress/a.md"), join(project.path, "tasks/pending/a.md"));
    const moved = await project.run("task", "move", "a", "in-progress");
    assert.equal(moved.code, 2);
    project.write("go", "");
    const { code, stderr } = await running.ended;
    assert.equal(code, 0);
    assert.match(stderr, /E_FOREIGN_STATE_CHANGE results\/.*was written by somebody else/);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.match(String(result(project.path, "a").run_id), /^[0-9a-z]{26}$/);
  });

  it("a task that is being done does not go back to pending", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", task("a", "workflow: slow\n"));
    const running = project.start("work", "a");
    await project.has("runs.txt");
    const { code, stderr } = await project.run("task", "move", "a", "pending");
    assert.equal(code, 5);
    assert.match(stderr, /E_CONFLICT a is being done, as r-\w+, and cannot go back/);
    const second = project.start("work", "a");
    await second.says("owns this project");
    project.write("go", "");
    assert.deepEqual([(await running.ended).code, (await second.ended).code], [0, 0]);
    assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\n", "F39: it was done once");
  });

  it("F3, F40: killed while it runs, the next call goes on with the same run", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", task("a", "workflow: slow\n"));
    const running = project.start("work", "a");
    await project.has("runs.txt");
    running.child.kill("SIGKILL");
    await running.ended;
    project.write("go", "");
    project.write("tasks/in-progress/a.md", "F38: the run keeps the text that it began with\n");
    const { code, stderr } = await project.run("work", "a");
    assert.equal(code, 0, stderr);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.equal((await project.run("runs", "--json")).stdout.match(/"workflow": "a"/g)?.length, 1);
  });

  it("F40: whatever the folders say after a crash, the journal puts it right", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", GOOD);
    await project.run("work", "a");
    // As if the process had died before the result, the link and the last move.
    const run = String(result(project.path, "a").run_id);
    renameSync(join(project.path, "tasks/completed/a.md"), join(project.path, "tasks/in-progress/a.md"));
    rmSync(join(project.path, "results"), { recursive: true });
    rmSync(join(project.path, ".claude/workflow-state/runs", run, "settled"));
    assert.equal((await project.run("work", "a")).code, 0);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.equal(result(project.path, "a").run_id, run);
    assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\n");
  });

  for (const [place, name] of [
    ["in-progress", "a.md"],
    ["in-progress", "a.MD"],
    ["pending", "a.md"],
  ])
    it(`F3: db gc between a crash and the next look does nothing twice: tasks/${place}/${name}`, async () => {
      const project = folder();
      project.write("decapod.yaml", FORGETS_ALL);
      project.write("tasks/pending/a.md", GOOD);
      await project.run("work", "a");
      const run = String(result(project.path, "a").run_id);
      renameSync(join(project.path, "tasks/completed/a.md"), join(project.path, `tasks/${place}/${name}`));
      rmSync(join(project.path, "results"), { recursive: true });
      rmSync(join(project.path, ".claude/workflow-state/runs", run, "settled"));
      assert.doesNotMatch((await project.run("db", "gc", "--dry-run")).stdout, /1 run with all/);
      assert.doesNotMatch((await project.run("db", "gc")).stdout, /1 run with all/);
      assert.equal((await project.run("work", "a")).code, 0);
      assert.deepEqual(places(project.path), ["completed/a.md"]);
      assert.equal(result(project.path, "a").run_id, run);
      assert.equal(readFileSync(join(project.path, "runs.txt"), "utf8"), "x\n");
      assert.match((await project.run("db", "gc")).stdout, /1 run with all/, "by then nothing asks for it");
    });

  it("a run that db gc forgot is never another one: done again, the task has a run of the next number", async () => {
    const project = folder();
    project.write("decapod.yaml", FORGETS_ALL);
    const runs: unknown[] = [];
    for (let time = 1; time <= 3; time += 1) {
      project.write("tasks/pending/a.md", GOOD);
      assert.equal((await project.run("work", "a")).code, 0);
      runs.push(result(project.path, "a").run_id);
      assert.match((await project.run("db", "gc")).stdout, /1 run with all/);
    }
    assert.equal(new Set(runs).size, 3);
    assert.equal((await project.run("work", "a")).code, 5, "what was done stays done");
  });

  it("decapod run of another kind goes on beside the folders, and resume settles what was interrupted", async () => {
    const project = folder();
    project.write("tasks/pending/a.md", task("a", "workflow: slow\n"));
    const running = project.start("work", "a");
    await project.has("runs.txt");
    running.child.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    assert.deepEqual(places(project.path), ["in-progress/a.md"]);
    project.write("go", "");
    assert.equal((await project.run("resume")).code, 0);
    assert.deepEqual(places(project.path), ["completed/a.md"]);
    assert.equal(result(project.path, "a").status, "success");
    assert.equal((await project.run("task", "archive")).code, 0);
    assert.ok(existsSync(join(project.path, "archive/other/a.md")));
  });
});
