// The founding template for a feature, each builder in a worktree of its own, by the real claude.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { git, makeRepository } from "../support/repository.ts";
import { type AgentProject, agentProject, NO_CLAUDE } from "./rig.ts";
import type { Turn } from "./stub.ts";

const FOUNDING = readFileSync(
  join(import.meta.dirname, "../data/founding/full-stack-feature-template.yaml"),
  "utf8",
);
const IN_WORKTREES = FOUNDING.replaceAll(
  /^( +)agent: (backend|frontend|coder)$/gm,
  "$&\n$1workspace: worktree",
);

const write = (file_path: string, content: string) => [{ name: "Write", input: { file_path, content } }];

/** Each of the two waits until the other was asked as well: they work at the same time. */
function feature(both: Promise<unknown>): readonly Turn[] {
  return [
    { text: "One route, one page.", when: { last: /Design login feature/ } },
    { tools: write("api.js", "route;\n"), until: both, when: { last: /Implement API for login/ } },
    { tools: write("ui.js", "page;\n"), until: both, when: { last: /Build UI for login/ } },
    { tools: write("app.js", "route; page;\n"), when: { last: /Integrate frontend and backend/ } },
    { text: "PASS", when: { last: /Test login feature/ } },
    { text: "Done.", times: -1 },
  ];
}

async function project(t: Parameters<typeof agentProject>[0]): Promise<AgentProject> {
  const both = Promise.withResolvers<void>();
  const made = await agentProject(t, feature(both.promise));
  void made.stub.reached(3).then(() => both.resolve());
  makeRepository(made.path, { "README.md": "a site\n" });
  made.write(".claude/workflows/full-stack-feature-template.yaml", IN_WORKTREES);
  return made;
}

describe("claude-code: full-stack-feature-template in worktrees", { skip: NO_CLAUDE }, () => {
  it("builds api and ui at the same time, merges both, integrates on top, and shows cost, diff and timeline", async (t) => {
    const made = await project(t);
    const run = await made.start(
      "run",
      "full-stack-feature-template",
      "--var",
      "feature_name=login",
      "--json",
    ).ended;
    assert.equal(run.code, 0, run.stderr + run.stdout);
    const { id } = JSON.parse(run.stdout).run;
    // The person's own files stay as they were.
    assert.equal(existsSync(join(made.path, "api.js")), false);
    assert.equal(git(made.path, "status", "--porcelain", "--untracked-files=no"), "");
    const branch = `decapod/${id.slice(-8)}`;
    const files = git(made.path, "ls-tree", "--name-only", branch).split("\n");
    assert.deepEqual(files, ["README.md", "api.js", "app.js", "ui.js"]);
    assert.match(
      git(made.path, "log", "--format=%(trailers:key=Decapod-Task,valueonly)", branch),
      /integrate/,
    );
    assert.equal(git(made.path, "worktree", "list").split("\n").length, 1);
    const cost = JSON.parse((await made.start("cost", id, "--json").ended).stdout);
    assert.deepEqual([cost.total.attempts, cost.total.costUnknown], [5, 0]);
    assert.ok(cost.total.costUsd > 0);
    assert.match(
      (await made.start("diff", id, "--stat").ended).stdout,
      /api\.js +\+1 −0[\s\S]*3 files, \+3 −0/,
    );
    const { timeline } = JSON.parse((await made.start("timeline", id, "--format", "json").ended).stdout);
    const ran = (task: string) =>
      timeline.rows
        .find((row: { readonly id: string }) => row.id === task)
        .stretches.find((stretch: { readonly kind: string }) => stretch.kind === "running");
    assert.ok(ran("api").startedAt < ran("ui").endedAt && ran("ui").startedAt < ran("api").endedAt);
  });
});
