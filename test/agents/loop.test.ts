// The finished example: the semiconductor research of the founding text, in five invocations of the real claude.
import assert from "node:assert/strict";
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PROGRAM } from "../support/program.ts";
import { agentProject, NO_CLAUDE } from "./rig.ts";
import type { Turn } from "./stub.ts";
import { textOf } from "./stub.ts";

const TASK = "semiconductor-research";
const FOCUS = "Focus on AI chip market segment";

/** One invocation: the step it must have been asked for, the commands it gives, and its last words. */
function invocation(asked: RegExp, commands: readonly string[], said: string): readonly Turn[] {
  const input = { command: commands.join(" && "), description: "the step" };
  return [{ tools: [{ name: "Bash", input }], when: { last: asked } }, { text: said }];
}

function execute(part: string, next: string, task: string): readonly Turn[] {
  const name = `${TASK}-${part}`;
  return invocation(
    new RegExp(`NEXT: Execute ${part} subtask\\nTASK: ${name} `),
    [
      `decapod task state ${name} running`,
      `echo 'what ${part} found' > .tasks/${name}/result.md`,
      `decapod task state ${name} completed --note 'wrote result.md'`,
      `decapod main-task update continue '${next}' --task ${task}`,
    ],
    `${part} is done.`,
  );
}

const RESEARCH = [
  ...invocation(
    new RegExp(`NEXT: Decompose ${TASK} task\\nTASK: ${TASK} .*\\nFOCUS: ${FOCUS}`),
    [
      `decapod task decompose ${TASK} --auto`,
      `decapod main-task update continue 'Execute data-gathering subtask' --task ${TASK}-data-gathering`,
    ],
    "It has three parts.",
  ),
  ...execute("data-gathering", "Execute analysis subtask", `${TASK}-analysis`),
  ...execute("analysis", "Execute synthesis subtask", `${TASK}-synthesis`),
  ...execute("synthesis", `Synthesize ${TASK} report`, TASK),
  ...invocation(
    new RegExp(`NEXT: Synthesize ${TASK} report`),
    [
      `cat .tasks/${TASK}-*/result.md > .tasks/${TASK}/report.md`,
      `decapod task state ${TASK} completed --note 'wrote report.md'`,
      "decapod main-task update completed 'All research completed'",
    ],
    "The report is written.",
  ),
];

describe("claude-code: the external loop", { skip: NO_CLAUDE }, () => {
  it("T3-38 does the semiconductor research in five invocations, each with a fresh context", async (t) => {
    const project = await agentProject(t, RESEARCH);
    const program = PROGRAM.map((word) => `'${word}'`).join(" ");
    project.write("../bin/decapod", `#!/bin/bash\nexec ${program} "$@"\n`);
    chmodSync(join(project.path, "../bin/decapod"), 0o755);
    const ran = async (...words: readonly string[]) => {
      const ended = await project.start(...words).ended;
      assert.equal(ended.code, 0, `${words.join(" ")}: ${ended.stderr}${ended.stdout}`);
      return ended.stdout;
    };
    await ran("task", "create", TASK, "--description", "Analyze semiconductor industry AI chip market");
    const first = ["continue", `Decompose ${TASK} task`, "--task", TASK, "--focus", FOCUS];
    await ran("main-task", "update", ...first);
    assert.match(await ran("loop"), /✅ Workflow completed! 5 invocations\n$/);

    assert.equal(project.read(".tasks/MAIN_TASK"), "STATUS: completed\nNEXT: All research completed\n");
    assert.deepEqual(
      readdirSync(join(project.path, ".tasks")).filter((name) => name.endsWith("_task.md")),
      ["-analysis", "-data-gathering", "-synthesis", ""].map((part) => `[completed]_${TASK}${part}_task.md`),
    );
    assert.equal(
      project.read(`.tasks/${TASK}/report.md`),
      "what analysis found\nwhat data-gathering found\nwhat synthesis found\n",
    );
    // Fresh each time: the first request of an invocation knows nothing but its brief and the role.
    const firsts = project.stub.requests.filter(({ turn }) => turn !== null && turn % 2 === 0);
    assert.equal(firsts.length, 5);
    for (const { body } of firsts) assert.ok(body.messages?.every(({ role }) => role !== "assistant"));
    assert.match(textOf(firsts[0]?.body.system), /You do one step of a longer work and stop/);

    const shown = JSON.parse(await ran("show", await lastRun(ran), "--json")).run;
    assert.deepEqual(
      shown.invocations.map(({ number, action, next }: Record<string, unknown>) => [number, action, next]),
      [
        [1, "decompose", `Decompose ${TASK} task`],
        [2, "execute", "Execute data-gathering subtask"],
        [3, "execute", "Execute analysis subtask"],
        [4, "execute", "Execute synthesis subtask"],
        [5, "synthesize", `Synthesize ${TASK} report`],
      ],
    );
    assert.ok(shown.invocations.every(({ tokens }: { tokens: number }) => tokens > 0));

    // T3-40: order, focus and outputs from the files alone.
    const { order, outputs } = JSON.parse(await ran("main-task", "replay", "--json"));
    const cursors = order.filter(({ kind }: { kind: string }) => kind === "cursor");
    assert.equal(cursors.length, 6);
    assert.equal(cursors[0].focus, FOCUS);
    const changes = order.filter(
      ({ kind, task }: Record<string, unknown>) => kind === "task" && task === TASK,
    );
    assert.deepEqual(
      changes.map(({ to }: { to: string }) => to),
      ["pending", "running", "completed"],
    );
    assert.equal(changes.at(-1).note, "wrote report.md");
    assert.deepEqual(
      outputs.map(({ files }: { files: readonly unknown[] }) => files.length),
      [1, 1, 1, 1],
    );
  });
});

async function lastRun(ran: (...words: readonly string[]) => Promise<string>): Promise<string> {
  return JSON.parse(await ran("runs", "--json")).runs[0].id;
}
