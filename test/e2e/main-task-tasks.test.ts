// Tasks of loops with the real program: by the founding scripts, by several at once, and killed in the middle.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, has } from "./decapod.ts";

const FOUNDING = join(import.meta.dirname, "../data/founding");
const PLUGIN = join(import.meta.dirname, "../../plugin");
const SCRIPTS = ".claude/skills/task-creator/scripts";
const RESEARCH = "semiconductor-research";

const founding = (name: string) => readFileSync(join(FOUNDING, name), "utf8");
const tasksIn = ({ path }: Folder) =>
  readdirSync(join(path, ".tasks"))
    .filter((name) => name.startsWith("["))
    .sort();
const nothing = has("python3", "--version") ? false : "no python3 here";

/** A shell in the project, with `python` and, unless it is left out, `decapod`. */
function shell(folder: Folder, script: string, { hasProgram = true } = {}) {
  const bin = join(folder.path, hasProgram ? "../bin" : "../bare");
  mkdirSync(bin, { recursive: true });
  const [node = "", main = ""] = PROGRAM;
  const start = (name: string, line: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  start("python", "python3");
  if (hasProgram) start("decapod", `'${node}' '${main}'`);
  const environment = environmentWith(join(folder.path, "../home"));
  return spawnSync("bash", ["-ec", script], {
    cwd: folder.path,
    env: { ...environment, PATH: [bin, environment.PATH].join(delimiter) },
    encoding: "utf8",
  });
}

describe("init --shims", { concurrency: 2 }, () => {
  it("T3-20, T3-39: makes the skills, their page, the agent and the six scripts, as they stand in the plugin", async () => {
    const folder = freshFolder();
    assert.equal((await folder.run("init", "--shims")).code, 0);
    const made = readdirSync(join(folder.path, ".claude"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.path.length + ".claude/".length + 1))
      .filter((file) => /^(?:skills|agents)\//.test(file))
      .sort();
    assert.deepEqual(made, [
      "agents/task-executor.md",
      "skills/context-fetcher/SKILL.md",
      "skills/task-creator/SKILL.md",
      "skills/task-creator/references/orchestration-pattern.md",
      ...[
        "change_task_state",
        "create_task",
        "decompose_task",
        "list_tasks",
        "read_main_task",
        "update_main_task",
      ].map((name) => `skills/task-creator/scripts/${name}.py`),
    ]);
    for (const file of made) {
      const path = join(folder.path, ".claude", file);
      assert.equal(readFileSync(path, "utf8"), readFileSync(join(PLUGIN, file), "utf8"));
      assert.equal((statSync(path).mode & 0o100) !== 0, file.endsWith(".py"), file);
    }
    const roles = await folder.run("agents", "check");
    assert.equal(roles.code, 0, roles.stderr);
  });

  it("keeps what is there, and a second time changes nothing", async () => {
    const folder = freshFolder();
    folder.write(`${SCRIPTS}/create_task.py`, "mine\n");
    await folder.run("init", "--shims");
    assert.equal(readFileSync(join(folder.path, SCRIPTS, "create_task.py"), "utf8"), "mine\n");
    const again = JSON.parse((await folder.run("init", "--shims", "--json")).stdout);
    assert.equal(again.changed, false);
  });

  it("without it nothing of this comes into the project", async () => {
    const folder = freshFolder();
    await folder.run("init");
    assert.deepEqual(readdirSync(join(folder.path, ".claude")).includes("skills"), false);
  });
});

describe("the founding scripts", { concurrency: 2, skip: nothing }, () => {
  it("T3-15, T3-16, T3-18, T3-21: create and decompose run as they were written", async () => {
    const folder = freshFolder();
    await folder.run("init", "--shims");
    const [create = ""] = founding("main-task-setup.sh").split("# Initialize MAIN_TASK");
    assert.equal(shell(folder, create).stderr.replace(/^next: .*\n/m, ""), "");
    assert.deepEqual(tasksIn(folder), [`[pending]_${RESEARCH}_task.md`]);
    const decompose = founding("main-task-decompose.sh");
    const said = shell(folder, decompose);
    assert.equal(said.status, 0, said.stderr);
    const wanted = [...decompose.matchAll(/^# - (.*)$/gm)].map(([, name]) => name ?? "");
    assert.deepEqual(tasksIn(folder), [...wanted, `[running]_${RESEARCH}_task.md`].sort());
    const list = shell(folder, `python ${SCRIPTS}/list_tasks.py --by-state`);
    assert.match(list.stdout, /^\[pending\] 3\n {2}semiconductor-research-data-gathering\n/);
    assert.match(
      readFileSync(join(folder.path, ".tasks", wanted[0] ?? ""), "utf8"),
      /\nAnalyze semiconductor industry AI chip market\n/,
    );
  });

  it("T3-17: output, errors and exit codes are those of the command", async () => {
    const folder = freshFolder();
    await folder.run("init", "--shims");
    await folder.run("task", "create", "a");
    const changed = shell(folder, `python ${SCRIPTS}/change_task_state.py a running`);
    assert.deepEqual([changed.status, changed.stderr], [0, ""]);
    assert.match(changed.stdout, /a {2}pending → running/);
    const wrong = shell(folder, `python ${SCRIPTS}/change_task_state.py a complete`);
    assert.deepEqual([wrong.status, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /E_USAGE .*\n {2}try: completed/);
    const unknown = shell(folder, `python ${SCRIPTS}/decompose_task.py 'no; such' --auto`);
    assert.equal(unknown.status, 10, unknown.stderr);
  });

  it("T3-20: the loops on the skill's page can be read by their interpreters", () => {
    const page = readFileSync(
      join(PLUGIN, "skills/task-creator/references/orchestration-pattern.md"),
      "utf8",
    );
    const [, bash = ""] = /```bash\n([\s\S]*?)```/.exec(page) ?? [];
    const [, python = ""] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
    const { status, stderr } = spawnSync("bash", ["-n"], { input: bash, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    const compiled = spawnSync("python3", ["-c", "import sys; compile(sys.stdin.read(), 'loop', 'exec')"], {
      input: python,
      encoding: "utf8",
    });
    assert.deepEqual([compiled.status, compiled.stderr], [0, ""]);
    assert.ok(bash.length > 100 && python.length > 100);
  });

  it("without decapod they say what is missing", async () => {
    const folder = freshFolder();
    await folder.run("init", "--shims");
    const script = `DECAPOD=/nowhere/decapod python ${SCRIPTS}/list_tasks.py`;
    const { status, stderr } = shell(folder, script, { hasProgram: false });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^\/nowhere\/decapod cannot be started \(No such file or directory\): put decapod into PATH/,
    );
  });
});

describe("tasks of loops under several at once", { concurrency: 2 }, () => {
  const FOUR = [1, 2, 3, 4];

  it("P11: of four who make one task at once one does", async () => {
    const folder = freshFolder();
    const all = await Promise.all(FOUR.map(() => folder.run("task", "create", "a")));
    assert.deepEqual(all.map(({ code }) => code).sort(), [0, 3, 3, 3]);
    assert.deepEqual(tasksIn(folder), ["[pending]_a_task.md"]);
  });

  it("P11: of four who begin one task at once one changes it, and its history has one line of that", async () => {
    const folder = freshFolder();
    await folder.run("task", "create", "a");
    const all = await Promise.all(FOUR.map(() => folder.run("task", "state", "a", "running", "--json")));
    const changed = all.filter(({ code, stdout }) => code === 0 && JSON.parse(stdout).task.changed);
    assert.equal(changed.length, 1);
    assert.deepEqual(tasksIn(folder), ["[running]_a_task.md"]);
    const text = readFileSync(join(folder.path, ".tasks/[running]_a_task.md"), "utf8");
    assert.equal(text.match(/pending → running/g)?.length, 1);
  });

  /** Kills it as soon as a name is in .tasks; it may have ended by then. */
  async function killedAt(folder: Folder, name: string, ...words: readonly string[]): Promise<void> {
    const place = join(folder.path, ".tasks");
    const { child, ended } = folder.start("task", ...words);
    const watcher = watch(place, () => existsSync(join(place, name)) && child.kill("SIGKILL"));
    await ended;
    watcher.close();
  }

  it("P11: who is killed while the state changes leaves one file in one of the two states, and it goes on", async () => {
    const folder = freshFolder();
    await folder.run("task", "create", "a");
    for (const next of ["running", "pending", "running", "blocked", "running", "completed"]) {
      await killedAt(folder, `[${next}]_a_task.md`, "state", "a", next);
      assert.deepEqual(tasksIn(folder), [`[${next}]_a_task.md`]);
    }
    const again = await folder.run("task", "state", "a", "pending", "--again");
    assert.equal(again.code, 0, again.stderr);
    const text = readFileSync(join(folder.path, ".tasks/[pending]_a_task.md"), "utf8");
    assert.match(text, /- \S+ completed → pending\n$/);
  });

  for (const part of ["data-gathering", "analysis", "synthesis"])
    it(`P11: a decomposition that is killed at ${part} is finished by the next`, async () => {
      const folder = freshFolder();
      await folder.run("task", "create", RESEARCH);
      await killedAt(folder, `${RESEARCH}-${part}`, "decompose", RESEARCH, "--auto");
      // As it is seen by whoever comes a while later.
      for (const half of readdirSync(join(folder.path, ".tasks")).filter((name) => name.endsWith(".new")))
        utimesSync(join(folder.path, ".tasks", half), 0, 0);
      const again = await folder.run("task", "decompose", RESEARCH, "--auto");
      assert.ok(again.code === 0 || /was decomposed with research/.test(again.stderr), again.stderr);
      assert.equal(tasksIn(folder).length, 4);
      assert.ok(tasksIn(folder).includes(`[running]_${RESEARCH}_task.md`));
    });

  it("P11: what a killed process left half made gives way, and what is just being made does not", async () => {
    const folder = freshFolder();
    const half = folder.write(".tasks/.[pending]_a_task.md.new", "");
    const said = await folder.run("task", "create", "a");
    assert.equal(said.code, 3);
    assert.match(said.stderr, /E_DUPLICATE_TASK somebody else is just making the task a/);
    utimesSync(half, 0, 0);
    assert.equal((await folder.run("task", "create", "a")).code, 0);
    assert.deepEqual(readdirSync(join(folder.path, ".tasks")), ["[pending]_a_task.md", "a"]);
  });

  it("P11: a .tasks that leads out of the project is neither read nor written", async () => {
    const folder = freshFolder();
    mkdirSync(join(folder.path, "../outside"));
    symlinkSync("../outside", join(folder.path, ".tasks"));
    for (const words of [
      ["create", "a"],
      ["state", "a", "running"],
      ["decompose", "a", "--auto"],
    ]) {
      const { code, stderr } = await folder.run("task", ...words);
      assert.equal(code, 4, stderr);
      assert.match(stderr, /E_OUTSIDE_ROOT/);
    }
    assert.deepEqual(readdirSync(join(folder.path, "../outside")), []);
  });
});
