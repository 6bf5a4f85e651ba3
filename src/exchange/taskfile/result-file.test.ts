// Result files (formats.md 3): written by us, read back by a YAML reader that is not ours alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import type { JsonMap } from "../../core/json.ts";
import { dayOf, timestampOf } from "./local-day.ts";
import { readResult, resultAction, resultText, type TaskResult } from "./result-file.ts";
import { readTaskFile } from "./task-file.ts";
import { briefOf, fillTemplate } from "./template.ts";

const good: TaskResult = {
  taskId: "2026-01-19-1430-hugo-build-staging",
  taskType: "hugo-build",
  status: "success",
  outputs: { build_success: true, file_count: 342, errors: [] },
  errors: [],
  startedAt: 1_768_833_000_000,
  completedAt: 1_768_833_012_000,
  durationSeconds: 12,
  attempts: 1,
  runId: "01kf00000000000000000000ab",
  worker: "hugo-build",
  criteria: [{ check: "file_count > 100", passed: true, actual: 342 }],
  error: null,
  retryOf: null,
  costUsd: null,
  log: { tail: "Total in 812 ms\n", file: ".claude/workflow-state/runs/x/task/1/output.log" },
};

const failed: TaskResult = {
  ...good,
  status: "failed",
  outputs: { build_success: false, file_count: null, errors: ["no template"] },
  errors: ["no template"],
  attempts: 2,
  criteria: [{ check: "build_success: true", passed: false, actual: false }],
  error: {
    class: "template_not_found",
    action: "auto_fix",
    message: 'template for shortcode "promo" not found',
    whatWasTried: ["attempt 1: exit code 1", "attempt 2: exit code 1"],
  },
};

/** The block between the two lines, by hand and by the library's own parser with its defaults. */
function frontOf(text: string): JsonMap {
  const [, front] = /^---\n([\s\S]*?)\n---\n/.exec(text) ?? [];
  return parse(front ?? "") as JsonMap;
}

describe("a result file", () => {
  it("T0-17, T0-18, T1-18, T1-19: says the status and every expected output as a key of its own", () => {
    const front = frontOf(resultText(good));
    assert.deepEqual(Object.keys(front), [
      "task_id",
      "task_type",
      "status",
      "build_success",
      "file_count",
      "errors",
      "started_at",
      "completed_at",
      "duration_seconds",
      "attempts",
      "run_id",
      "worker",
      "criteria",
    ]);
    assert.equal(front.status, "success");
    assert.equal(front.file_count, 342);
    assert.equal(front.completed_at, "2026-01-19T14:30:12.000Z");
    assert.deepEqual(front.criteria, [{ check: "file_count > 100", passed: true, actual: 342 }]);
  });

  it("tells in plain words what happened, with metrics, the end of the log and where all of it lies", () => {
    const text = resultText(good);
    assert.match(
      text,
      /The hugo-build task succeeded after 12 seconds\. 3 of 3 expected outputs are there, and 1 of 1 checks passed\./,
    );
    assert.match(text, /- file_count: 342/);
    assert.match(text, /```text\nTotal in 812 ms\n```/);
    assert.match(text, /The full log: `\.claude\/workflow-state/);
  });

  it("T1-23: a failure has its class, what to do, and what was tried", () => {
    const text = resultText(failed);
    const front = frontOf(text);
    assert.deepEqual(front.error, {
      class: "template_not_found",
      action: "auto_fix",
      message: 'template for shortcode "promo" not found',
      what_was_tried: ["attempt 1: exit code 1", "attempt 2: exit code 1"],
    });
    assert.match(text, /not met: `build_success: true`, it was false/);
    assert.match(text, /at attempt 2/);
  });

  it("what was never started says so", () => {
    const text = resultText({ ...failed, startedAt: null, runId: null, log: null, criteria: [] });
    assert.match(text, /failed before anything was started/);
    assert.doesNotMatch(text, /## Metrics|## Log/);
  });

  it("P10: an output cannot take the place of what decapod says of the task", () => {
    const front = frontOf(
      resultText({ ...failed, outputs: { status: "success", run_id: "x", task_id: "y", ok: 1 } }),
    );
    assert.equal(front.status, "failed");
    assert.equal(front.run_id, good.runId);
    assert.equal(front.task_id, good.taskId);
    assert.equal(front.ok, 1);
  });

  it("a failure that waits for a quota can be tried again by the time its result is read", () => {
    assert.deepEqual((["wait", "retry", "auto_fix", "escalate"] as const).map(resultAction), [
      "retry",
      "retry",
      "auto_fix",
      "escalate",
    ]);
  });

  it("X-13: days and timestamps in names are those of the place", () => {
    const late = 1_768_863_600_000;
    assert.equal(
      timestampOf(late, () => 0),
      "2026-01-19-2300",
    );
    assert.equal(
      dayOf(late, () => 3_600_000),
      "2026-01-20",
    );
    assert.equal(
      timestampOf(late, () => -9_000_000),
      "2026-01-19-2030",
    );
  });

  it("a log that holds fences stays inside its own", () => {
    const text = resultText({ ...good, log: { tail: "```\n````js\n---\n", file: "x.log" } });
    assert.match(text, /\n`````text\n```\n````js\n---\n`````\n/);
  });

  it("reads back whatever was put in", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.array(fc.string()),
        fc.string(),
        (outputs, errors, log) => {
          fc.pre(
            !Object.keys(outputs).some((key) =>
              ["__proto__", "constructor", "prototype", "<<"].includes(key),
            ),
          );
          // A merge key is refused wherever it stands.
          fc.pre(!JSON.stringify(outputs).includes('"<<"'));
          const text = resultText({
            ...failed,
            outputs: outputs as JsonMap,
            errors,
            log: { tail: log, file: "x" },
          });
          const front = readResult("a.result.md", text);
          assert.ok(front.ok, JSON.stringify(front));
          const plain = JSON.parse(JSON.stringify(front.value)) as JsonMap;
          assert.deepEqual(plain, JSON.parse(JSON.stringify(frontOf(text))));
          assert.deepEqual(plain.errors, errors);
          const fixed = Object.keys(frontOf(resultText({ ...failed, outputs: {} })));
          for (const [key, value] of Object.entries(outputs))
            if (!fixed.includes(key)) assert.deepEqual(plain[key], JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});

describe("templates", () => {
  const TEMPLATE =
    '---\ntask_id: {timestamp}-x-{environment}\ntask_type: x\nparams:\n  site_path: {site_path}\n  note: "say {description}"\n---\n\n## Task Description\n{description}\n{other}\n';

  it("T1-12: fills placeholders, and names those that are left", () => {
    const values = new Map([
      ["timestamp", "2026-01-19-1430"],
      ["environment", "staging"],
      ["site_path", "/srv/my site: new"],
      ["description", 'Build "it": now'],
    ]);
    const { text, missing } = fillTemplate(TEMPLATE, values);
    assert.deepEqual(missing, ["other"]);
    const read = readTaskFile("2026-01-19-1430-x-staging.md", Buffer.from(text));
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(
      { ...read.value.params },
      { site_path: "/srv/my site: new", note: 'say Build "it": now' },
    );
    assert.match(read.value.body, /\nBuild "it": now\n/);
  });

  it("never lets a value become another key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const values = new Map([
          ["timestamp", "t"],
          ["environment", "e"],
          ["site_path", value],
          ["description", "d"],
        ]);
        const read = readTaskFile("t-x-e.md", Buffer.from(fillTemplate(TEMPLATE, values).text));
        if (read.ok) assert.equal(read.value.params.site_path, value);
        else
          assert.deepEqual(
            read.problems.map(({ code }) => code).filter((code) => code !== "E_ENCODING"),
            [],
          );
      }),
    );
  });

  it("T1-41: in a text over several lines a value is put in as it is, and keeps the depth", () => {
    const template =
      "---\napproval:\n  message: |\n    Changes:\n    - {description}\n\n    At {url}\n---\n{description}\n";
    const values = new Map([
      ["description", "one: 1\ntwo"],
      ["url", "https://x.example"],
    ]);
    const { text } = fillTemplate(template, values);
    assert.match(text, /\n {4}- one: 1\n {4}two\n\n {4}At https:\/\/x\.example\n---/);
  });

  it("T1-13: a brief of a description can stand in a file's name", () => {
    assert.equal(
      briefOf("Build Hugo site for the staging environment, please."),
      "build-hugo-site-for-the-staging",
    );
    assert.equal(briefOf("  Füße & Ärger!  "), "fuße-arger");
    assert.equal(briefOf("???"), "");
  });
});
