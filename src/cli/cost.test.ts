import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Play } from "../../test/support/decider.ts";
import { type Kept, KeptProject } from "../../test/support/kept-project.ts";
import { NO_OUTPUT, type Usage } from "../core/outcome.ts";

const WORK = `name: work
tasks:
  - { id: plan, agent: planner, parameters: { task: plan } }
  - { id: code, agent: coder, parameters: { task: code }, retry: { max_attempts: 2, delay: 0 } }
`;
const DAY_MS = 86_400_000;

function end(
  play: Play,
  task: string,
  usage: Usage | null,
  status: "success" | "failed" = "success",
  durationMs = 5,
): void {
  play.start(task);
  const outcome = { status, exitCode: 0, output: NO_OUTPUT, failure: null, durationMs, usage };
  play.send({ type: "attempt.ended", ...play.ref(task), outcome });
}

describe("what agents used up", () => {
  const project = new KeptProject();
  let run: Kept;

  before(async () => {
    run = await project.keep(WORK, (play) => {
      end(play, "plan", { costUsd: 0.5, tokens: 1000 });
      play.pass(DAY_MS);
      end(play, "code", { costUsd: 1.25, tokens: 20_000 }, "failed");
      play.pass(1000);
      end(play, "code", { costUsd: null, tokens: 3000 });
    });
    await project.keep(WORK, (play) => end(play, "plan", null, "success", 0));
    await project.keep(WORK, (play) => end(play, "plan", { costUsd: 9, tokens: 9 }), {
      started: { rehearse: true },
    });
  });
  after(() => project.remove());

  it("is shown by day, on the day the attempt ended, and what nobody told is no 0", async () => {
    const { stdout, code } = await project.saysAt(80, "cost");
    assert.equal(code, 0);
    assert.deepEqual(stdout.trimEnd().split("\n"), [
      "DAY         ATTEMPTS  TOKENS  COST",
      "2026-01-06  2         23,000  $1.25 + 1 unknown",
      "2026-01-05  1         1,000   $0.50",
      "total       3         24,000  $1.75 + 1 unknown",
    ]);
  });

  it("is shown by agent, workflow, run and task, the dearest first", async () => {
    for (const [way, keys] of [
      ["agent", ["coder", "planner"]],
      ["workflow", ["work"]],
      ["run", [run.id]],
      ["task", ["code", "plan"]],
    ] as const) {
      const { stdout } = await project.says("cost", "--by", way, "--json");
      const { rows, total } = JSON.parse(stdout);
      assert.deepEqual(
        rows.map(({ key }: { readonly key: string }) => key),
        keys,
        way,
      );
      assert.deepEqual(total, {
        attempts: 3,
        costUsd: 1.75,
        costUnknown: 1,
        tokens: 24_000,
        tokensUnknown: 0,
      });
    }
    const { stdout } = await project.says("cost", "--by", "run");
    assert.match(stdout, new RegExp(`^${run.name}\t3\t`));
  });

  it("of one run goes by task, and of a time ends before it", async () => {
    assert.match(
      (await project.says("cost", run.name)).stdout,
      /^code\t2\t23,000\t\$1\.25 \+ 1 unknown\nplan\t/,
    );
    const late = await project.says("cost", "--since", "2026-01-06", "--by", "task");
    assert.match(late.stdout, /^code\t2\t[^\n]*\n$/);
  });

  it("says when there is nothing, and refuses what it does not know", async () => {
    const none = await project.saysAt(80, "cost", "--since", "1h");
    assert.match(
      none.stderr + none.stdout,
      /no agent has told what it used in this time; --since 90d looks further back/,
    );
    const wrong = await project.says("cost", "--by", "month");
    assert.deepEqual([wrong.code, /--by day\|agent/.test(wrong.stderr)], [2, true]);
    assert.equal((await project.says("cost", "r-0000")).code, 10);
  });
});
