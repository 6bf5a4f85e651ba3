/** The templates that come with decapod, rehearsed to their ends: the story beside each, and what may go wrong. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import type { RehearsalScript } from "../../src/driver/rehearsal.ts";
import { readRehearsal } from "../../src/driver/rehearsal-file.ts";
import { realFiles } from "../../src/port/files.ts";
import { startProblems } from "../../src/spec/startable.ts";
import { type Played, play } from "../support/played-run.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const TEMPLATES = join(import.meta.dirname, "../../templates");
const FOUNDING = join(import.meta.dirname, "../data/founding");
const names = readdirSync(TEMPLATES)
  .filter((name) => name.endsWith(".yaml") && !name.includes(".rehearsal."))
  .map((name) => name.replace(/\.yaml$/, ""));
const isFounding = (name: string) => name.endsWith("-template");

/** The least that a person must say. */
const PARAMS: Readonly<Record<string, JsonMap>> = {
  "bug-fix-template": { bug_description: "the total is NaN" },
  "full-stack-feature-template": { feature_name: "orders" },
  "landing-page": {
    slug: "summer-auto-promo-2026",
    title: "Summer promotion",
    brief: "ten percent off in July",
    staging_url: "https://staging.example.com/",
  },
  release: { version: "1.4.0" },
  research: { question: "which queue?" },
  "update-page": {
    page: "content/prices.md",
    change: "the prices of 2027",
    staging_url: "https://staging.example.com/",
  },
};

const textOf = (name: string) => readFileSync(join(TEMPLATES, `${name}.yaml`), "utf8");

function story(name: string): RehearsalScript {
  const read = readRehearsal(realFiles, join(TEMPLATES, `${name}.yaml`), () => null);
  if (read.ok) return read.value;
  throw new Error(read.problems.map(({ message }) => message).join("\n"));
}

function rehearse(name: string, changes: RehearsalScript = {}, params: JsonMap = {}): Promise<Played> {
  const script = { ...story(name), ...changes };
  return play(goodWorkflow(textOf(name), `${name}.yaml`), { params: { ...PARAMS[name], ...params }, script });
}

const statusOf = (played: Played, task: string) => played.tasks.get(task)?.status;
const skippedAs = (played: Played, task: string) => played.tasks.get(task)?.skipReason;
/** How each pass of a task inside groups ended: the successful ones, then the skipped. */
const passesOf = (played: Played, task: string) =>
  played.all
    .filter((row) => row.task === task)
    .map(({ status }) => status)
    .sort((left, right) => (left < right ? 1 : -1));
const outputsOf = (played: Played) => played.run.detail?.outputs as JsonMap;

describe("every template", () => {
  it("is one of a known set, the founding two among them", () => {
    assert.deepEqual(names, [
      "bug-fix-template",
      "code-review",
      "fix-until-green",
      "full-stack-feature-template",
      "hello",
      "landing-page",
      "release",
      "research",
      "update-docs",
      "update-page",
      "upgrade-dependencies",
    ]);
  });

  for (const name of names) {
    it(`${name} is valid without a warning, bears the name of its file, and needs nothing of a later version`, () => {
      const { workflow, warnings } = goodWorkflow(textOf(name), `${name}.yaml`);
      assert.deepEqual(warnings, []);
      assert.equal(workflow.name, name);
      const machine = {
        refuses: () => [],
        hasSecret: () => true,
        pools: new Set(["default"]),
        labels: new Set<string>(),
        rehearse: false,
      };
      assert.deepEqual(startProblems(workflow, machine), []);
    });

    it(`${name} has a story that leads to success, and plays each task of it`, async () => {
      const played = await rehearse(name);
      assert.equal(played.status, "success", `${played.run.failedTask}: ${played.run.failureMessage}`);
      for (const task of Object.keys(story(name)))
        assert.ok(
          played.all.some((row) => row.task.replace(/\[.*/, "") === task && row.status === "success"),
          `${task} is played`,
        );
    });
  }

  for (const name of names.filter((name) => !isFounding(name))) {
    it(`${name} says on top what it does, what it needs, how to run and to adapt it`, () => {
      const head = textOf(name).split('version: "1.0"')[0] ?? "";
      assert.match(head, /^# [A-Z]/);
      for (const word of ["Needs:", "Run:", "Adapt:"]) assert.ok(head.includes(`# ${word}`), word);
      const written = JSON.parse(goodWorkflow(textOf(name)).definition) as JsonMap;
      assert.match(head, new RegExp(`decapod run ${name}\\b`));
      const named = [...head.matchAll(/-i '?([a-z_]+)=/g)].map(([, param = ""]) => param);
      const params = Object.keys((written.params ?? {}) as JsonMap);
      assert.deepEqual(
        named.filter((param) => !params.includes(param)),
        [],
      );
      assert.equal(typeof written.description, "string", "the list shows it");
    });
  }

  it("T4-44, T4-45: the founding templates are what the founding text says, byte for byte", () => {
    for (const name of ["bug-fix-template.yaml", "full-stack-feature-template.yaml"])
      assert.ok(readFileSync(join(TEMPLATES, name)).equals(readFileSync(join(FOUNDING, name))), name);
  });
});

describe("fix-until-green", () => {
  it("goes round while tests are red or the second agent objects", async () => {
    const played = await rehearse("fix-until-green");
    assert.deepEqual(passesOf(played, "fix"), ["success", "success", "success", "skipped"]);
    assert.deepEqual(passesOf(played, "verify"), ["success", "success", "skipped", "skipped"]);
    assert.equal(outputsOf(played).rounds, 4);
    assert.equal(skippedAs(played, "hand_over"), "condition");
  });

  it("asks no agent where the tests are green at once", async () => {
    const played = await rehearse("fix-until-green", { test: [{ output: { passed: true, log: "x" } }] });
    assert.equal(played.status, "success");
    assert.deepEqual([passesOf(played, "fix"), passesOf(played, "verify")], [["skipped"], ["skipped"]]);
  });

  it("hands over after five red rounds, and fails", async () => {
    const red = Array.from({ length: 5 }, () => ({ output: { passed: false, log: "x" } }));
    const played = await rehearse("fix-until-green", { test: red });
    assert.equal(played.status, "failed");
    assert.equal(passesOf(played, "test").length, 5);
    assert.equal(statusOf(played, "hand_over"), "success");
    assert.match(played.run.failureMessage ?? "", /not green after 5 rounds/);
  });

  it("stops at once when the coder is stuck", async () => {
    const red = { output: { passed: false, log: "x" } };
    const fix = [{ output: { stuck: true, what: "the test server is down" } }];
    const played = await rehearse("fix-until-green", { test: [red, red], fix });
    assert.equal(played.status, "failed");
    assert.equal(passesOf(played, "test").length, 2);
  });
});

describe("code-review", () => {
  it("lets a finding count only when the second agent cannot refute it", async () => {
    const played = await rehearse("code-review");
    assert.equal(outputsOf(played).findings, 2);
    assert.equal(played.all.filter(({ task }) => task.startsWith("verify[")).length, 4);
    assert.equal(statusOf(played, "verify[2]"), "failed", "one cannot be judged, which stops nothing");
    assert.equal(skippedAs(played, "post"), "condition");
  });

  it("ends failed for CI when findings hold and that was asked for", async () => {
    const played = await rehearse("code-review", {}, { fail_on_findings: true });
    assert.equal(played.status, "failed");
    assert.equal(played.run.failureMessage, "2 findings hold");
  });

  it("reviews nothing when nothing differs", async () => {
    const change = [{ output: { base: "main", files: 0, diff: "x" } }];
    const played = await rehearse("code-review", { change });
    assert.equal(played.status, "success");
    assert.equal(skippedAs(played, "report"), "finished");
  });

  it("asks before it posts, and posts nothing when that is rejected", async () => {
    const asked = await rehearse("code-review", {}, { pull_request: 17 });
    assert.equal(asked.status, null, "it waits for a person");
    const rejected = await rehearse(
      "code-review",
      { post: [{ decision: "reject" }] },
      { pull_request: 17, fail_on_findings: true },
    );
    assert.equal(rejected.run.failureClass, "rejected");
  });

  it("fails when no reviewer comes to an end", async () => {
    const played = await rehearse("code-review", {
      review: Array.from({ length: 3 }, () => ({ fail: "config_error" })),
    });
    assert.equal(played.status, "failed");
    assert.equal(skippedAs(played, "report"), "upstream_failed");
  });
});

describe("update-docs", () => {
  it("mends a broken link, and writes again what was sent back", async () => {
    const played = await rehearse("update-docs");
    assert.deepEqual(outputsOf(played).pages, ["README.md", "docs/options.md"]);
    assert.equal(statusOf(played, "save"), "success");
  });

  it("asks nobody when that was said and nobody objects", async () => {
    const review = [{ output: { ok: true, objections: [] } }];
    const played = await rehearse("update-docs", { review, accept: [] }, { ask: false });
    assert.equal(played.status, "success");
    const objected = { review: [{ output: { ok: false, objections: ["x"] } }], accept: [] };
    assert.equal((await rehearse("update-docs", objected, { ask: false })).status, null, "an objection asks");
  });

  it("commits nothing that was rejected, and nothing whose links stay broken", async () => {
    const rejected = await rehearse("update-docs", { accept: [{ decision: "reject" }] });
    assert.equal(rejected.run.failureClass, "rejected");
    assert.notEqual(statusOf(rejected, "save"), "success");
    const broken = Array.from({ length: 3 }, () => ({ output: { ok: false, log: "x" } }));
    const unproven = await rehearse("update-docs", { check: broken });
    assert.equal(unproven.run.failureClass, "criteria_failed");
    assert.equal(skippedAs(unproven, "accept"), "upstream_failed");
  });

  it("ends well when no code has changed, and when no page is wrong", async () => {
    const changes = [{ output: { from: "1", files: 0, diff: "x" } }];
    assert.equal(skippedAs(await rehearse("update-docs", { changes }), "plan"), "finished");
    const none = await rehearse("update-docs", { plan: [{ output: [] }] });
    assert.deepEqual([none.status, skippedAs(none, "write")], ["success", "finished"]);
  });
});

describe("upgrade-dependencies", () => {
  it("keeps what is green, adapts what is red, and takes back what stays red", async () => {
    const played = await rehearse("upgrade-dependencies");
    assert.deepEqual(outputsOf(played).upgraded, ["left-pad", "express"]);
    assert.deepEqual(outputsOf(played).taken_back, ["chalk"]);
    assert.deepEqual(passesOf(played, "take_back"), ["success", "skipped", "skipped"]);
    assert.deepEqual(passesOf(played, "keep_it"), ["success", "success", "skipped"]);
  });

  it("upgrades nothing when the tests are red before", async () => {
    const played = await rehearse("upgrade-dependencies", { before: [{ output: { passed: false } }] });
    assert.deepEqual([played.status, played.run.failureClass], ["failed", "criteria_failed"]);
    assert.equal(passesOf(played, "raise").length, 0);
  });

  it("leaves alone what shall stay, and takes back when the coder fails or the raise does", async () => {
    const kept = await rehearse("upgrade-dependencies", {}, { keep: ["chalk"], limit: 2 });
    assert.deepEqual(outputsOf(kept).upgraded, ["left-pad", "express"]);
    const failing = await rehearse("upgrade-dependencies", {
      adapt: [{ fail: "config_error" }, { fail: "config_error" }],
    });
    assert.deepEqual(passesOf(failing, "take_back"), ["success", "success", "skipped"]);
    const raise = [{ exit_code: 1 }, { exit_code: 1 }, { exit_code: 1 }];
    const none = await rehearse("upgrade-dependencies", { raise });
    assert.deepEqual(passesOf(none, "take_back"), ["success", "success", "success"]);
    assert.deepEqual(outputsOf(none).upgraded, []);
  });

  it("ends well when nothing is outdated", async () => {
    const played = await rehearse("upgrade-dependencies", { outdated: [{ output: [] }] });
    assert.deepEqual([played.status, skippedAs(played, "branch")], ["success", "finished"]);
  });
});

describe("release", () => {
  const ill = Array.from({ length: 10 }, () => ({ output: { well: false } }));

  it("ships after the second word, and asks for health until it is well", async () => {
    const played = await rehearse("release");
    assert.deepEqual([statusOf(played, "publish"), skippedAs(played, "explain")], ["success", "condition"]);
    assert.equal(outputsOf(played).rolled_back, false);
  });

  it("rolls back and explains when it does not get well, and ends failed", async () => {
    const played = await rehearse("release", { health: ill });
    assert.equal(played.status, "failed");
    for (const task of ["rollback", "explain"]) assert.equal(statusOf(played, task), "success", task);
    assert.equal(skippedAs(played, "publish"), "upstream_failed");
    assert.equal(outputsOf(played).rolled_back, true);
  });

  it("rolls back when the deploy fails, and tries a failing rollback again", async () => {
    const script = { deploy: [{ exit_code: 1 }], rollback: [{ exit_code: 1 }, { exit_code: 0 }] };
    const played = await rehearse("release", script);
    assert.deepEqual([statusOf(played, "rollback"), played.tasks.get("rollback")?.attempts], ["success", 2]);
    assert.equal(skippedAs(played, "health"), "upstream_failed");
  });

  it("explains also when the rollback fails for good", async () => {
    const rollback = Array.from({ length: 3 }, () => ({ exit_code: 1 }));
    const played = await rehearse("release", { health: ill, rollback });
    assert.deepEqual([statusOf(played, "rollback"), statusOf(played, "explain")], ["failed", "success"]);
  });

  it("deploys nothing and rolls nothing back when the tests fail or nobody agrees", async () => {
    for (const changes of [{ test: [{ exit_code: 1 }] }, { confirm: [{ decision: "reject" }] }]) {
      const played = await rehearse("release", changes);
      assert.equal(played.status, "failed");
      for (const task of ["tag", "deploy", "rollback", "explain"])
        assert.equal(statusOf(played, task), "skipped", task);
    }
  });
});

describe("research", () => {
  it("goes on without a part that fails, and sends the report round once", async () => {
    const played = await rehearse("research");
    assert.equal(outputsOf(played).parts_left_out, 1);
    assert.equal(outputsOf(played).good, true);
    assert.equal(passesOf(played, "critic").length, 2);
  });

  it("gives the third report even when the critic is never content", async () => {
    const critic = Array.from({ length: 3 }, () => ({ output: { good: false, objections: ["x"] } }));
    const played = await rehearse("research", { critic });
    assert.deepEqual([played.status, outputsOf(played).good], ["success", false]);
    assert.equal(passesOf(played, "synthesis").length, 3);
  });

  it("fails when no part can be researched", async () => {
    const gather = Array.from({ length: 3 }, () => ({ fail: "config_error" }));
    const played = await rehearse("research", { gather });
    assert.deepEqual([played.status, played.run.failedTask], ["failed", "gather"]);
  });
});

describe("the founding templates", () => {
  for (const name of names.filter(isFounding)) {
    it(`${name} fails where a task fails, and goes no further`, async () => {
      const [last = ""] = name === "bug-fix-template" ? ["fix"] : ["integrate"];
      const played = await rehearse(name, { [last]: [{ fail: "config_error" }] });
      assert.deepEqual([played.status, played.run.failedTask], ["failed", last]);
      assert.equal([...played.tasks.values()].at(-1)?.skipReason, "upstream_failed");
    });
  }
});
