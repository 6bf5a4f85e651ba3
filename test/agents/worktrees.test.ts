// The founding template for a feature, each builder in a worktree of its own, by real agents.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { CODEX, GEMINI } from "../../src/driver/agent/product.ts";
import { git, makeRepository } from "../support/repository.ts";
import { NOT_WITH_EVERY_COMMIT } from "../support/scale.ts";
import { type OtherTurn, startOtherStub } from "./other-stub.ts";
import { CODEX_PROGRAM, GEMINI_PROGRAM, meeting, missing, programOf } from "./real-agent.ts";
import { agentProject, NO_CLAUDE, type Project, projectOn } from "./rig.ts";

const FOUNDING = readFileSync(
  join(import.meta.dirname, "../data/founding/full-stack-feature-template.yaml"),
  "utf8",
);
const ROLES = ["planner", "backend", "frontend", "coder", "checker"];

/** What the model says to a task, or has done by a command. */
interface Said {
  readonly asked: RegExp;
  readonly text?: string;
  readonly command?: string;
  readonly until?: () => Promise<unknown>;
}

/** Each of the two waits until the other was asked as well: they work at the same time. */
function feature(): readonly Said[] {
  const both = meeting(2);
  return [
    { asked: /Design login feature/, text: "One route, one page." },
    { asked: /Implement API for login/, command: "echo route > api.js", until: both },
    { asked: /Build UI for login/, command: "echo page > ui.js", until: both },
    { asked: /Integrate frontend and backend/, command: "cat api.js ui.js > app.js" },
    { asked: /Test login feature/, command: "grep -c . app.js > /dev/null && echo whole" },
  ];
}

interface Setting {
  readonly name: string;
  readonly skip: string | false;
  readonly project: (t: TestContext, said: readonly Said[]) => Promise<Project>;
  /** Of the five attempts: those whose price nobody says. */
  readonly costUnknown: number;
}

/** On the stand-in of the two other APIs: a command is a call of the tool that runs one. */
function otherTurns(
  said: readonly Said[],
  run: (command: string) => OtherTurn["tool"],
): readonly OtherTurn[] {
  const turns = said.map(({ asked, command, text, until }): OtherTurn => {
    const tool = command === undefined ? undefined : run(command);
    return {
      when: asked,
      ...(text !== undefined && { text }),
      ...(tool !== undefined && { tool }),
      ...(until !== undefined && { until }),
    };
  });
  return [...turns, { text: "Done." }];
}

const drivenBy = (driver: string) => `agents: {${ROLES.map((role) => ` ${role}: ${driver}`).join(",")} }\n`;

const CLAUDE: Setting = {
  name: "claude-code",
  skip: NO_CLAUDE,
  costUnknown: 0,
  project: (t, said) => {
    const bash = (command: string) => [{ name: "Bash", input: { command, description: "x" } }];
    const turns = said.map(({ asked, command, text, until }) => ({
      when: { last: asked },
      ...(text !== undefined && { text }),
      ...(command !== undefined && { tools: bash(command) }),
      ...(until !== undefined && { until }),
    }));
    return agentProject(t, [...turns, { text: "Done.", times: -1 }]);
  },
};

const REAL_CODEX = { product: CODEX, program: CODEX_PROGRAM };
const CODEX_CLI: Setting = {
  name: "codex",
  skip: missing(REAL_CODEX),
  costUnknown: 5,
  project: async (t, said) => {
    const stub = await startOtherStub(otherTurns(said, (cmd) => ({ name: "exec_command", input: { cmd } })));
    const environment = { OPENAI_BASE_URL: `${stub.url}/v1`, OPENAI_API_KEY: "sk-stub-key-0123456789" };
    const made = projectOn(t, stub, { programs: { codex: programOf(REAL_CODEX) }, environment });
    made.write("decapod.yaml", drivenBy("{ driver: codex }"));
    return made;
  },
};

const REAL_GEMINI = { product: GEMINI, program: GEMINI_PROGRAM };
const GEMINI_ACP: Setting = {
  name: "gemini over ACP",
  skip: missing(REAL_GEMINI) || NOT_WITH_EVERY_COMMIT,
  costUnknown: 5,
  project: async (t, said) => {
    const stub = await startOtherStub(
      otherTurns(said, (command) => ({ name: "run_shell_command", input: { command } })),
    );
    const environment = { GOOGLE_GEMINI_BASE_URL: stub.url, GEMINI_API_KEY: "stub-key-0123456789" };
    const made = projectOn(t, stub, { programs: {}, environment });
    const args = `[${programOf(REAL_GEMINI)}, --acp, -m, gemini-2.5-pro]`;
    made.write("decapod.yaml", drivenBy(`{ driver: acp, command: ${process.execPath}, args: ${args} }`));
    const auth = { selectedType: "gemini-api-key" };
    made.write(
      "../home/.gemini/settings.json",
      JSON.stringify({ security: { auth, folderTrust: { enabled: false } } }),
    );
    made.write(
      "../home/.config/decapod/config.yaml",
      "agents: { acp: { pass: [GEMINI_API_KEY, GOOGLE_GEMINI_BASE_URL] } }\n",
    );
    return made;
  },
};

for (const setting of [CLAUDE, CODEX_CLI, GEMINI_ACP])
  describe(`${setting.name}: full-stack-feature-template, as it was founded`, { skip: setting.skip }, () => {
    it("builds api and ui at the same time in two worktrees, merges both, integrates on top, and shows cost, diff and timeline", async (t) => {
      const made = await setting.project(t, feature());
      makeRepository(made.path, { "README.md": "a site\n" });
      made.write(".claude/workflows/full-stack-feature-template.yaml", FOUNDING);
      const argv = ["full-stack-feature-template", "--var", "feature_name=login", "--json"];
      const run = await made.start("run", ...argv).ended;
      assert.equal(run.code, 0, run.stderr + run.stdout);
      const { id } = JSON.parse(run.stdout).run;
      // The person's own files stay as they were.
      assert.equal(existsSync(join(made.path, "api.js")), false);
      assert.equal(git(made.path, "status", "--porcelain", "--untracked-files=no"), "");
      const branch = `decapod/${id.slice(-8)}`;
      const files = git(made.path, "ls-tree", "--name-only", branch).split("\n");
      assert.deepEqual(
        files.filter((name) => name.endsWith(".js")),
        ["api.js", "app.js", "ui.js"],
      );
      assert.equal(git(made.path, "show", `${branch}:app.js`), "route\npage");
      const [last, ...before] = git(
        made.path,
        "log",
        "--format=%(trailers:key=Decapod-Task,valueonly,separator=%x2c)",
        `main..${branch}`,
      ).split("\n");
      assert.deepEqual([last, before.sort()], ["integrate", ["api", "ui"]]);
      assert.equal(git(made.path, "worktree", "list").split("\n").length, 1);
      const cost = JSON.parse((await made.start("cost", id, "--json").ended).stdout);
      assert.deepEqual([cost.total.attempts, cost.total.costUnknown], [5, setting.costUnknown]);
      assert.equal(cost.total.costUsd > 0, setting.costUnknown === 0);
      assert.match(
        (await made.start("diff", id, "--stat").ended).stdout,
        /api\.js +\+1 −0[\s\S]*3 files, \+4 −0/,
      );
      const { timeline } = JSON.parse((await made.start("timeline", id, "--format", "json").ended).stdout);
      const ran = (task: string) =>
        timeline.rows
          .find((row: { readonly id: string }) => row.id === task)
          .stretches.find((stretch: { readonly kind: string }) => stretch.kind === "running");
      assert.ok(ran("api").startedAt < ran("ui").endedAt && ran("ui").startedAt < ran("api").endedAt);
    });
  });
