import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { JsonMap } from "../../src/core/json.ts";
import type { RehearsalScript } from "../../src/driver/rehearsal.ts";
import { type Played, play } from "../support/played-run.ts";
import { goodWorkflow } from "../support/surroundings.ts";

const DATA = join(import.meta.dirname, "../data");

function rehearse(file: string, params: JsonMap, script: RehearsalScript = {}): Promise<Played> {
  return play(goodWorkflow(readFileSync(join(DATA, file), "utf8"), file), { params, script });
}

function skipped(played: Played, ...tasks: readonly string[]): void {
  for (const task of tasks) assert.equal(played.tasks.get(task)?.status, "skipped", `${task} is skipped`);
}

const RELEASE = {
  image: [{ output: { digest: "sha256:1" } }],
  before: [{ output: { version: "v1.0.0" } }],
} as const;

describe("founding templates, rehearsed", () => {
  it("T4-44: the full-stack feature runs its five tasks, api and ui side by side", async () => {
    const played = await rehearse("founding/full-stack-feature-template.yaml", { feature_name: "login" });
    assert.equal(played.status, "success");
    assert.deepEqual([...played.tasks.keys()], ["design", "api", "ui", "integrate", "test"]);
  });

  it("T4-45: the bug fix runs its chain of four", async () => {
    const played = await rehearse("founding/bug-fix-template.yaml", { bug_description: "it crashes" });
    assert.equal(played.status, "success");
    assert.equal(played.tasks.size, 4);
  });
});

describe("example workflows, rehearsed, end as their page says", () => {
  it("fix-until-green: exit codes 1, 1, 0 make three rounds, fix skipped in the first", async () => {
    const script = {
      test: [{ exit_code: 1 }, { exit_code: 1 }, { exit_code: 0 }],
      verify: [{ output: { ok: true } }],
    };
    const played = await rehearse("example-workflows/fix-until-green.yaml", { issue: "x" }, script);
    assert.equal(played.status, "success");
    const rounds = played.runs.filter((row) => row.workflow === "fix-until-green/rounds");
    assert.equal(rounds.length, 3);
    const fixes = played.all.filter((row) => row.task === "fix").map((row) => row.status);
    assert.deepEqual(fixes.sort(), ["skipped", "success", "success"]);
  });

  it("fix-until-green: five red rounds fail the run as criteria_failed, open_pr skipped", async () => {
    const script = { test: Array.from({ length: 5 }, () => ({ exit_code: 1 })) };
    const played = await rehearse("example-workflows/fix-until-green.yaml", { issue: "x" }, script);
    assert.equal(played.status, "failed");
    assert.equal(played.run.failureClass, "criteria_failed");
    skipped(played, "open_pr");
  });

  it("release-rollback: a rejected confirm ships nothing and rolls nothing back", async () => {
    const played = await rehearse(
      "example-workflows/release-rollback.yaml",
      { tag: "v1.2.3" },
      { ...RELEASE, confirm: [{ decision: "reject" }] },
    );
    assert.equal(played.status, "failed");
    assert.equal(played.run.failureClass, "rejected");
    skipped(played, "rollout", "rollback");
    assert.equal(played.all.filter((row) => row.task === "ship").length, 0);
  });

  it("release-rollback: bad numbers in the second stage stop the third, roll back, explain, and complete", async () => {
    const script = {
      ...RELEASE,
      confirm: [{ decision: "approve" }],
      numbers: [{ output: { error_rate: 0.001 } }, { output: { error_rate: 0.5 } }],
    };
    const played = await rehearse("example-workflows/release-rollback.yaml", { tag: "v1.2.3" }, script);
    assert.equal(played.status, "failed");
    assert.equal(played.all.filter((row) => row.task === "ship").length, 2);
    assert.equal(played.tasks.get("rollout[2]")?.skipReason ?? "stopped", "stopped");
    for (const task of ["rollback", "explain", "unlock"])
      assert.equal(played.tasks.get(task)?.status, "success", task);
  });

  it("pr-review: only documentation changed: the review is skipped, post runs with the fixed text", async () => {
    const played = await rehearse(
      "example-workflows/pr-review.yaml",
      { number: 7, head_branch: "docs" },
      { diff: [{ output: { docs_only: true } }] },
    );
    assert.equal(played.status, "success");
    skipped(played, "classify", "review", "verify", "write_up");
    assert.equal(played.tasks.get("post")?.status, "success");
  });

  it("incident-triage: low severity opens a ticket and pages nobody", async () => {
    const script = { triage: [{ output: { severity: "low", cause: "a disk", next: [] } }] };
    const played = await rehearse(
      "example-workflows/incident-triage.yaml",
      { alert: { id: "1", service: "web", title: "slow" } },
      script,
    );
    assert.equal(played.status, "success");
    skipped(played, "page", "ack", "escalate", "decide");
    assert.equal(played.tasks.get("write_up")?.status, "success");
  });

  it("nightly-upgrade: an empty list finishes the run with success", async () => {
    const played = await rehearse(
      "example-workflows/nightly-upgrade.yaml",
      {},
      { outdated: [{ output: [] }] },
    );
    assert.equal(played.status, "success");
    for (const task of ["upgrade", "pull_request"])
      assert.equal(played.tasks.get(task)?.skipReason, "finished", task);
  });

  it("data-pipeline: one of three sources may fail", async () => {
    const script = {
      extract: [{ fail: "config_error" }],
      quality: [{ output: { nulls: 0, duplicates: 0, rows: 9 } }],
    };
    const played = await rehearse("example-workflows/data-pipeline.yaml", { day: "2026-01-01" }, script);
    assert.equal(played.status, "success");
    assert.equal(played.tasks.get("extract")?.status, "success");
    assert.deepEqual(played.run.detail?.outputs, { rows: 9, left_out: ["orders"] });
  });

  it("data-pipeline: two that fail skip load and quarantine, and the hook tells", async () => {
    const script = { extract: [{ fail: "config_error" }, { fail: "config_error" }] };
    const played = await rehearse("example-workflows/data-pipeline.yaml", { day: "2026-01-01" }, script);
    assert.equal(played.status, "failed");
    assert.equal(played.tasks.get("extract")?.status, "failed");
    skipped(played, "load", "quarantine");
    assert.equal(played.tasks.get("tell")?.status, "success");
  });

  it("the other six run to their end", async () => {
    const site = {
      look: [{ decision: "approve" }],
      build: [{ output: { build_success: true, file_count: 214, errors: [] } }],
      staging: [
        {
          decision: "approve",
          output: { deployment_success: true, http_status: 200, uploaded_files: 3, invalidation_id: "I1" },
        },
      ],
      production: [{ decision: "approve", output: { deployment_success: true, http_status: 200 } }],
    };
    const post = { slug: "a", title: "A", publish_at: "2026-01-01T08:00:00Z" };
    const calendar = {
      due: [{ output: [post] }],
      edit: [{ output: { score: 5, notes: "longer" } }, { output: { score: 9, notes: "" } }],
      ok: [{ decision: "approve" }],
      build: [{ output: { build_success: true, errors: [] } }],
      publish: [{ decision: "approve" }],
    };
    const plan = { name: "inner", tasks: [{ id: "one", agent: "coder", parameters: { task: "do it" } }] };
    const runs: readonly (readonly [string, JsonMap, RehearsalScript])[] = [
      ["site-publish", { site_path: "site", topic: "autumn" }, site],
      ["content-calendar", {}, calendar],
      ["research-fan-out", { question: "why" }, {}],
      ["matrix-test", { full: true }, { plan: [{ output: ["a", "b"] }] }],
      [
        "plan-to-tasks",
        { goal: "g" },
        {
          plan: [{ output: plan }],
          agree: [{ decision: "approve" }],
          verify: [{ output: { reached: false, gaps: ["x"] } }],
        },
      ],
      [
        "migrate-files",
        { rule_file: "rules.md" },
        { files: [{ output: ["a.js", "b.js", "c.js"] }], go: [{ decision: "approve" }] },
      ],
    ];
    for (const [name, params, script] of runs) {
      const played = await rehearse(`example-workflows/${name}.yaml`, params, script);
      assert.equal(played.status, "success", `${name}: ${played.run.failureMessage}`);
    }
  });
});
