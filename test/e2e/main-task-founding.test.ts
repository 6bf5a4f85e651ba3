// The founding loop as it was written: its scripts, its two outer loops, and the worked example in five invocations.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { environmentWith, type Folder, freshFolder, has } from "./decapod.ts";

const SCRIPTS = ".claude/skills/task-creator/scripts";
const RESEARCH = "semiconductor-research";
const founding = (name: string) => readFileSync(join(import.meta.dirname, "../data/founding", name), "utf8");
const missing = ["python3", "jq", "bash"].find((program) => !has(program, "--version"));

/**
 * One invocation, by whoever reads the files anew: the one action that NEXT asks for, with the founding scripts. Its
 * first word is the kind, TASK the task.
 */
const AGENT = `#!/bin/bash
set -e
S=${SCRIPTS}
echo x >> ../invocations
NEXT=$(python $S/read_main_task.py --json | jq -r .next)
TASK=$(python $S/read_main_task.py --json | jq -r .task)
work() {
  python $S/change_task_state.py "$1" running
  echo "what $1 found" > ".tasks/$1/$2"
  python $S/change_task_state.py "$1" completed --note "$2 is there"
}
case "$NEXT" in
Decompose*)
  python $S/decompose_task.py "$TASK" --auto
  python $S/update_main_task.py continue "Execute data-gathering subtask" --task $TASK-data-gathering --focus "Focus on Q4 2024 data" ;;
"Execute data-gathering"*)
  work "$TASK" findings.md
  python $S/update_main_task.py continue "Execute analysis subtask" --task ${RESEARCH}-analysis ;;
"Execute analysis"*)
  work "$TASK" analysis.md
  python $S/update_main_task.py continue "Execute synthesis subtask" --task ${RESEARCH}-synthesis ;;
"Execute synthesis"*)
  cat .tasks/*/findings.md .tasks/*/analysis.md > /dev/null
  work "$TASK" report.md
  python $S/update_main_task.py continue "Check status of ${RESEARCH}" --task ${RESEARCH} ;;
Check*)
  python $S/list_tasks.py --by-state
  python $S/change_task_state.py "$TASK" completed --note "three parts are done"
  python $S/update_main_task.py completed "All research completed" ;;
esac
`;

/** A project with the shims, in which \`python\`, \`decapod\` and \`agent\` can be called. */
async function project() {
  const folder = freshFolder();
  const { code, stderr } = await folder.run("init", "--shims");
  assert.equal(code, 0, stderr);
  const bin = join(folder.path, "../bin");
  mkdirSync(bin);
  const program = (name: string, text: string) => writeFileSync(join(bin, name), text, { mode: 0o755 });
  program("python", '#!/bin/sh\nexec python3 "$@"\n');
  program("decapod", `#!/bin/sh\nexec ${PROGRAM.map((word) => `'${word}'`).join(" ")} "$@"\n`);
  program("agent", AGENT);
  const environment = environmentWith(join(folder.path, "../home"));
  const path = [bin, environment.PATH].join(delimiter);
  const call = (file: string, ...words: readonly string[]) => {
    const said = spawnSync(file, words, {
      cwd: folder.path,
      env: { ...environment, PATH: path },
      encoding: "utf8",
    });
    assert.equal(said.status, 0, said.stderr);
    return said.stdout;
  };
  const bash = (script: string) => call("bash", "-ec", script);
  bash(founding("main-task-setup.sh"));
  return { folder, call, bash };
}

/** What the founding text shows below a command of its own. */
function shown(name: string): { readonly command: string; readonly output: readonly string[] } {
  const [command = "", , , ...lines] = founding(name).trimEnd().split("\n");
  return { command, output: lines.map((line) => line.slice("# ".length)) };
}

function finished({ path }: Folder): void {
  const names = readdirSync(join(path, ".tasks")).filter((name) => name.startsWith("["));
  assert.deepEqual(names.sort(), [
    `[completed]_${RESEARCH}-analysis_task.md`,
    `[completed]_${RESEARCH}-data-gathering_task.md`,
    `[completed]_${RESEARCH}-synthesis_task.md`,
    `[completed]_${RESEARCH}_task.md`,
  ]);
  assert.equal(
    readFileSync(join(path, ".tasks/MAIN_TASK"), "utf8"),
    "STATUS: completed\nNEXT: All research completed\n",
  );
  assert.equal(readFileSync(join(path, "../invocations"), "utf8"), "x\n".repeat(5));
  const report = readFileSync(join(path, `.tasks/${RESEARCH}-synthesis/report.md`), "utf8");
  assert.equal(report, `what ${RESEARCH}-synthesis found\n`);
  const history = readFileSync(join(path, ".tasks", names[2] ?? ""), "utf8").split("## History")[1] ?? "";
  assert.match(history, /pending: made\n.*pending → running\n.*running → completed: report\.md is there\n$/);
}

describe("the founding loop", {
  concurrency: 2,
  skip: missing === undefined ? false : `no ${missing} here`,
}, () => {
  it("T3-13, T3-14, T3-19, T3-34: by hand, what is read looks as it was shown, and it comes to its end", async () => {
    const { folder, bash } = await project();
    const first = shown("main-task-read-output-1.txt");
    assert.deepEqual(bash(first.command).trimEnd().split("\n"), first.output);
    const { status, next } = JSON.parse(bash(`python ${SCRIPTS}/read_main_task.py --json`));
    assert.deepEqual({ status, next }, { status: "continue", next: "Decompose semiconductor-research task" });
    bash("agent");
    const second = shown("main-task-read-output-2.txt");
    assert.deepEqual(
      bash(second.command.replace("read_main_task", `${SCRIPTS}/read_main_task`))
        .trimEnd()
        .split("\n"),
      second.output,
    );
    for (const _ of [2, 3, 4, 5]) bash("agent");
    finished(folder);
  });

  it("T3-12, T3-20, T3-35: the loop in bash runs to its end, with an agent put where it says so", async () => {
    const { folder, bash } = await project();
    const loop = founding("main-task-loop.sh")
      .replace("# (you provide the mechanism)", "agent")
      .replace("sleep 5", "sleep 0");
    const said = bash(loop);
    assert.match(
      said,
      /▶️ {2}STATUS: CONTINUE\n📋 NEXT: Execute analysis subtask\n🎯 CURRENT TASK: semiconductor-research-analysis\n/,
    );
    assert.match(said, /✅ Workflow completed!\n$/);
    finished(folder);
  });

  it("T3-20, T3-36: the loop in Python runs to its end, with an agent put where it says so", async () => {
    const { folder, call } = await project();
    const loop = founding("main-task-loop.py")
      .replace(/^ {4}pass$/m, '    subprocess.run(["agent"], check=True)')
      .replace("time.sleep(10)", "time.sleep(0)");
    folder.write("loop.py", loop);
    assert.match(call("python", "loop.py"), /✅ Completed!\n$/);
    finished(folder);
  });
});
