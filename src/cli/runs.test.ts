import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Kept, KeptProject } from "../../test/support/kept-project.ts";

const SITE = `name: site
params: { region: { type: string, default: eu } }
tasks:
  - { id: build, agent: shell, parameters: { run: b } }
  - { id: pages, agent: shell, foreach: { items: [a, b, c], key: "\${item}" }, dependencies: [build], parameters: { run: b } }
  - { id: ask, agent: approval, dependencies: [build], parameters: { message: "Go?" } }
  - { id: deploy, agent: shell, effect: once, dependencies: [ask], parameters: { run: b } }
outputs: { pages: "\${pages.output}" }
`;
const AUDIT = `name: nightly-audit\ntasks:\n  - { id: look, agent: shell, parameters: { run: b } }\n`;
/** When the clock of these tests stands (test/support/command-line.ts). */
const NOW = Date.UTC(2026, 0, 18, 14, 30);

describe("lists of runs", () => {
  const project = new KeptProject();
  const kept: Record<"old" | "audit" | "running" | "asking" | "stale", Kept> = {
    old: { id: "", name: "" },
    audit: { id: "", name: "" },
    running: { id: "", name: "" },
    asking: { id: "", name: "" },
    stale: { id: "", name: "" },
  };

  before(async () => {
    kept.stale = await project.keep(AUDIT, (play) => play.fail("look", "config_error"), {
      row: { startedAt: NOW - 90_000_000, endedAt: NOW - 90_000_000 },
    });
    kept.old = await project.keep(SITE, (play) => play.fail("build", "config_error", "no such folder"), {
      row: { startedAt: NOW - 7_200_000, endedAt: NOW - 7_100_000 },
      started: { params: { region: "eu-west" } },
    });
    kept.audit = await project.keep(AUDIT, (play) => play.fail("look", "config_error", "Disk FULL"), {
      row: { startedAt: NOW - 3_600_000, endedAt: NOW - 3_420_000, costUsd: 0.31 },
    });
    kept.running = await project.keep(
      SITE,
      (play) => {
        play.ok("build").decide("ask", "approve").start("pages:0", "pages:1", "deploy");
      },
      { row: { startedAt: NOW - 1_320_000, costUsd: 1.92, label: "night" } },
    );
    kept.asking = await project.keep(SITE, (play) => play.ok("build").ok("pages:0", "pages:1", "pages:2"), {
      row: { startedAt: NOW - 362_000, costUsd: 0.08 },
    });
  });
  after(() => project.remove());

  it("status: what needs somebody, what runs, what failed lately, with what comes next", async () => {
    const { stdout, stderr } = await project.saysAt(110, "status");
    const [head = "", ...lines] = stdout.trimEnd().split("\n");
    assert.match(head, /^RUN {5}WORKFLOW {7}STATE {12}DONE {2}ELAPSED {2}COST {3}NEXT$/);
    assert.deepEqual(
      lines.map((line) => line.replace(/\s{2,}/g, "  ")),
      [
        `${kept.asking.name}  site  ◐ needs you (1)  2/4  6m02s  $0.08  approval ask, expires 2026-01-06 09:00`,
        `${kept.running.name}  site  ◌ interrupted  2/4  22m00s  $1.92  decapod resume ${kept.running.name}`,
        `${kept.audit.name}  nightly-audit  ✗ failed  1/1  3m00s  $0.31  decapod retry ${kept.audit.name}`,
      ],
    );
    assert.match(stderr, /^1 decision waits for you: /);
  });

  it("runs: what began today shows its time, and what comes next is whole at 80 columns", async () => {
    const { stdout } = await project.saysAt(80, "runs", "--workflow", "site", "--state", "failed");
    const next = `decapod retry ${kept.old.name}`;
    assert.match(
      stdout,
      new RegExp(`^RUN .* STARTED +NEXT\\n${kept.old.name} .* \\d\\d:\\d\\d +${next}\\n$`),
    );
    const wide = await project.saysAt(80, "runs", "--state", "failed", "--wide");
    assert.match(wide.stdout, / 2026-01-18 \d\d:\d\d +decapod retry /);
    const older = await project.saysAt(80, "runs", "--before", kept.old.name);
    assert.match(older.stdout, / 2026-01-17 +decapod retry /);
  });

  it("runs and show: what a run that did not succeed never gave is not shown as null", async () => {
    const { stdout } = await project.says("show", kept.old.name);
    assert.doesNotMatch(stdout, /^output/m);
  });

  it("status: counts what runs while somebody works on it", async () => {
    const reader = project.reader();
    Object.defineProperty(reader, "owned", { value: true });
    const { decapod } = await import("../../test/support/command-line.ts");
    const terminal = { columns: 110, rows: 24 };
    const environment = { NO_COLOR: "1" };
    const { stdout } = await decapod({ folder: project.folder, reader, terminal, environment }, "status");
    assert.match(stdout, /● running \(3\) .*pages\[a\], pages\[b\], deploy$/m);
  });

  it("status and runs have the same documents", async () => {
    const { runs } = JSON.parse((await project.says("status", "--json")).stdout);
    assert.deepEqual(
      runs.map(({ id }: { id: string }) => id),
      [kept.asking.id, kept.running.id, kept.audit.id],
    );
    assert.equal(runs[0].waitingFor.length, 1);
    const all = JSON.parse((await project.says("runs", "--json")).stdout);
    assert.deepEqual([all.schemaVersion, all.older, all.runs.length], [1, null, 5]);
    assert.deepEqual(Object.keys(all.runs[0]), Object.keys(runs[0]));
  });

  it("finds text in workflow, label, params and failure, whatever the case", async () => {
    const found = async (...words: readonly string[]) =>
      (await project.says("runs", ...words)).stdout.split("\n").flatMap((line) => line.split("\t")[0] || []);
    assert.deepEqual(await found("AUDIT"), [kept.audit.name, kept.stale.name]);
    assert.deepEqual(await found("night"), [kept.running.name, kept.audit.name, kept.stale.name]);
    assert.deepEqual(await found("eu-west"), [kept.old.name]);
    assert.deepEqual(await found("disk full"), [kept.audit.name]);
    assert.deepEqual(await found("such folder", "--state", "failed"), [kept.old.name]);
    assert.deepEqual(await found("%"), []);
    assert.deepEqual(await found("site", "--state", "needs-you"), [kept.asking.name]);
    assert.equal((await project.says("runs", "nowhere")).stderr, "no run is like that\n");
  });

  it("goes through the history in pages, and says how to get the next one", async () => {
    const seen: string[] = [];
    let words: readonly string[] = ["runs", "i", "--limit", "2"];
    for (let page = 0; page < 5; page++) {
      const { stdout, stderr } = await project.says(...words);
      seen.push(...stdout.split("\n").flatMap((line) => line.split("\t")[0] || []));
      const next = /^older: decapod (.*)$/m.exec(stderr)?.[1];
      if (next === undefined) break;
      words = next.split(" ");
      assert.deepEqual(words.slice(0, 4), ["runs", "i", "--limit", "2"]);
    }
    assert.deepEqual(
      seen,
      [kept.asking, kept.running, kept.audit, kept.old, kept.stale].map(({ name }) => name),
    );
    const first = JSON.parse((await project.says("runs", "--limit", "3", "--json")).stdout);
    assert.equal(first.older, kept.audit.id);
    const second = JSON.parse((await project.says("runs", "--before", first.older, "--json")).stdout);
    assert.deepEqual(
      second.runs.map(({ id }: { id: string }) => id),
      [kept.old.id, kept.stale.id],
    );
    assert.equal((await project.says("runs", "--before", "r-zzzz")).code, 10);
  });

  it("writes the next page so that a shell takes it as it was meant", async () => {
    const { stderr } = await project.says("runs", "", "--limit", "1", "--since", "2026-01-01");
    assert.match(stderr, /^older: decapod runs '' --since 2026-01-01 --limit 1 --before r-\w+$/m);
    const quoted = await project.says("runs", "it's; rm -rf", "--limit", "1");
    assert.equal(quoted.stderr, "no run is like that\n");
  });
});

describe("show", () => {
  const project = new KeptProject();
  let run: Kept = { id: "", name: "" };

  before(async () => {
    run = await project.keep(
      `name: site
params: { region: { type: string, default: eu } }
tasks:
  - { id: build, agent: shell, retry: { max_attempts: 2, delay: 10, jitter: false }, parameters: { run: b } }
  - { id: deploy, agent: shell, effect: once, dependencies: [build], parameters: { run: b } }
outputs: { files: "\${build.output.files}" }
`,
      (play) => {
        play
          .start("build")
          .pass(1500)
          .end("build", {
            status: "failed",
            exitCode: 2,
            failure: { class: "transient", message: "no luck", action: "retry" },
            usage: { costUsd: 0.05, tokens: 900 },
            durationMs: 1500,
          });
        play.wait("unit:build").start("build").pass(2500);
        play.end("build", {
          output: { value: { files: 3 } },
          usage: { costUsd: 0.03, tokens: 100 },
          durationMs: 2500,
        });
        play.ok("deploy");
      },
      { started: { params: { region: "eu" }, label: "night", by: "kim" } },
    );
  });
  after(() => project.remove());

  it("has inputs, outputs, cost, who started it, where the logs lie, and what it did outside", async () => {
    const { stdout } = await project.says("show", run.name);
    for (const line of [
      `run\t${run.name}  ${run.id}`,
      "by\tkim (manual)",
      "cost\t$0.08, 1,000 tokens",
      "label\tnight",
      "param\tregion=eu",
      "output\tfiles=3",
      `logs\t${project.stateFolder}/runs/${run.id}`,
      "once\tdeploy\tsuccess\t",
    ])
      assert.ok(stdout.split("\n").includes(line), `${line}\n${stdout}`);
  });

  it("has each attempt of a task, with its end, its cost and its log", async () => {
    for (const attempt of [1, 2]) project.log(run.id, { task: "build", attempt }, "built\n");
    const { stdout } = await project.says("show", run.name, "build");
    const folder = `${project.stateFolder}/runs/${run.id}/build`;
    assert.ok(stdout.includes("cost\t$0.08\n"), stdout);
    assert.match(
      stdout,
      new RegExp(
        `^1\\t✗ failed\\t\\S+\\t1\\.5s\\t2\\t\\$0\\.05\\ttransient: no luck\\t${folder}/1/output.log$`,
        "m",
      ),
    );
    assert.match(
      stdout,
      new RegExp(`^2\\t✓ success\\t\\S+\\t2\\.5s\\t0\\t\\$0\\.03\\t\\t${folder}/2/output.log$`, "m"),
    );
  });

  it("has all of it as data", async () => {
    const { run: shown } = JSON.parse((await project.says("show", run.name, "--json")).stdout);
    assert.deepEqual(
      [shown.label, shown.by, shown.retryOf, shown.failure, shown.folder],
      ["night", "kim", null, null, `${project.stateFolder}/runs/${run.id}`],
    );
    assert.deepEqual(shown.effects, [{ kind: "once", task: "deploy", status: "success", at: null }]);
    const { task } = JSON.parse((await project.says("show", run.name, "build", "--json")).stdout);
    assert.deepEqual(
      task.history.map(({ attempt, status, exitCode, costUsd, tokens }: Record<string, unknown>) => [
        attempt,
        status,
        exitCode,
        costUsd,
        tokens,
      ]),
      [
        [1, "failed", 2, 0.05, 900],
        [2, "success", 0, 0.03, 100],
      ],
    );
  });
});
