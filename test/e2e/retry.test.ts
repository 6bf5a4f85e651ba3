/** retry: what failed is done again in the same run, or a new run begins with other params. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Ended, type Folder, freshFolder } from "./decapod.ts";
import { TERMINAL, terminal } from "./terminal.ts";

const BUILD = `name: build
params: { place: { type: string, enum: [here, there], default: here }, note: { type: string, required: false } }
tasks:
  - { id: fetch, agent: shell, parameters: { run: echo x >> fetch.txt } }
  - id: make
    agent: shell
    dependencies: [fetch]
    env: { PLACE: "\${place}" }
    parameters: { run: 'echo "$PLACE" >> make.txt; test -e good' }
  - { id: ship, agent: shell, dependencies: [make], parameters: { run: echo x >> ship.txt } }
hooks:
  on_failure: [{ id: sorry, agent: shell, parameters: { run: echo x >> sorry.txt } }]
  on_success: [{ id: glad, agent: shell, parameters: { run: echo x >> glad.txt } }]
`;
const PARTS = `name: parts
settings: { on_failure: continue }
tasks:
  - { id: each, agent: shell, foreach: { items: [a, b], key: "\${item}" }, env: { I: "\${item}" }, parameters: { run: test $I = a } }
  - { id: group, agent: group, parameters: { tasks: [{ id: inner, agent: shell, parameters: { run: echo broken; false } }] } }
`;
const GATE = `name: gate
tasks: [{ id: hold, agent: shell, parameters: { run: 'echo x > held; until test -e go; do sleep 0.1; done' } }]
`;

const lines = (folder: Folder, name: string) =>
  existsSync(join(folder.path, name))
    ? readFileSync(join(folder.path, name), "utf8").trim().split("\n").length
    : 0;

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly retryOf: string | null;
  readonly retriedAs: string | null;
  readonly tasks: readonly { readonly id: string; readonly attempts: number }[];
}

const runIn = ({ stdout }: Ended): Shown => JSON.parse(stdout).run;
const codeIn = ({ stdout }: Ended): string => JSON.parse(stdout).error.code;

async function failed(folder: Folder): Promise<Shown> {
  const run = await folder.run("run", "build", "--json");
  assert.equal(run.code, 1, run.stderr);
  return runIn(run);
}

describe("retry of a run that failed", { concurrency: 2 }, () => {
  it("does again what failed and what was skipped for it, keeps the rest, and comes to its hooks again", async () => {
    const folder = freshFolder({ build: BUILD });
    const { id } = await failed(folder);
    folder.write("good", "");
    // The definition is the one it began with.
    folder.write(".claude/workflows/build.yaml", "name: build\ntasks: []\n");
    const again = await folder.run("retry", id, "-v");
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /run retried workflow=build .*\n.*make queued\n.*make running\n/);
    assert.match(again.stdout, /^✓ success {2}build r-\w+ {2}4 success/);
    const count = (name: string) => lines(folder, `${name}.txt`);
    assert.deepEqual(["fetch", "make", "ship", "sorry", "glad"].map(count), [1, 2, 1, 1, 1]);
    const shown = runIn(await folder.run("show", id, "--json"));
    assert.deepEqual(
      shown.tasks.map(({ id: task, attempts }) => `${task} ${attempts}`),
      ["fetch 1", "make 2", "ship 1", "glad 1"],
    );
    assert.equal((await folder.run("db", "check")).code, 0);
  });

  it("is named after the failure, by the summary and in the list of runs", async () => {
    const folder = freshFolder({ build: BUILD });
    const run = await folder.run("run", "build");
    assert.match(run.stderr, /next: decapod logs (r-\w+) make, then decapod retry \1\n/);
    assert.match((await folder.run("runs")).stdout, /\tdecapod retry r-\w+\n/);
  });

  it("goes on from a task that succeeded, or with a task by its name, and names what it cannot do", async () => {
    const folder = freshFolder({ build: BUILD });
    const { id } = await failed(folder);
    assert.equal((await folder.run("retry", id, "--from", "fetch", "-q")).code, 1);
    assert.deepEqual([lines(folder, "fetch.txt"), lines(folder, "make.txt")], [2, 2]);
    const wrong: readonly (readonly [string, number, ...string[]])[] = [
      ["E_NOTHING_TO_DO", 5, id, "fetch"],
      ["E_UNKNOWN_TASK", 3, id, "nobody"],
      ["E_UNKNOWN_TASK", 3, id, "--from", "sorry"],
      ["E_OPTIONS", 2, id, "make", "--from", "make"],
      ["E_OPTIONS", 2, id, "make", "-i", "place=there"],
      ["E_NOT_FOUND", 10, "r-zzzz"],
      ["E_NEEDS_TERMINAL", 2, id, "--edit-input"],
      ["E_PARAM_CHOICE", 3, id, "-i", "place=nowhere"],
      ["E_NOTHING_TO_DO", 5, id, "-i", "place=here"],
    ];
    for (const [code, exit, ...words] of wrong) {
      const refused = await folder.run("retry", ...words, "--json");
      assert.deepEqual([refused.code, codeIn(refused)], [exit, code], words.join(" "));
    }
    for (const command of ["retry", "verify", "show"]) {
      const { stderr } = await folder.run(command, id, "mkae");
      assert.match(stderr, /run r-\w+ has no task "mkae"\n {2}try: make\n/);
    }
    folder.write("good", "");
    assert.equal((await folder.run("retry", id, "make", "-q")).code, 0);
    assert.equal(lines(folder, "ship.txt"), 1);
    const over = await folder.run("retry", id);
    assert.deepEqual([over.code, /E_NOTHING_TO_DO no task/.test(over.stderr)], [5, true]);
  });

  it("of an item or of a task inside a group names the task that is done again; show shows either by the name it was told under", async () => {
    const folder = freshFolder({ parts: PARTS });
    assert.equal((await folder.run("run", "parts")).code, 1);
    const [{ id = "" } = {}] = JSON.parse((await folder.run("runs", "--json=id")).stdout).runs;
    for (const [named, whole] of [
      ["each[b]", "each"],
      ["group/inner", "group"],
    ] as const) {
      const refused = await folder.run("retry", id, named);
      assert.equal(refused.code, 3);
      assert.match(
        refused.stderr,
        new RegExp(`E_UNKNOWN_TASK .*\\n {2}try: decapod retry r-\\w+ ${whole}\\n`),
      );
      const shown = await folder.run("show", id, named, "--json");
      assert.deepEqual([shown.code, JSON.parse(shown.stdout).task.status], [0, "failed"], shown.stdout);
    }
    const { stderr } = await folder.run("show", id, "group/inner");
    const next = /next: decapod (.+)\n$/.exec(stderr)?.[1] ?? "";
    assert.match((await folder.run(...next.split(" "))).stdout, /broken/);
  });

  it("is refused while the run lives, also one that is interrupted", async () => {
    const folder = freshFolder({ gate: GATE });
    const running = folder.start("run", "gate");
    await folder.has("held");
    const [{ id }] = JSON.parse((await folder.run("runs", "--json")).stdout).runs;
    const alive = await folder.run("retry", id);
    assert.deepEqual(
      [alive.code, /E_RUN_ALIVE run r-\w+ still lives: running/.test(alive.stderr)],
      [5, true],
    );
    running.child.kill("SIGKILL");
    await running.ended;
    const lost = await folder.run("retry", id);
    assert.match(lost.stderr, /E_RUN_ALIVE .* lives: interrupted\n.*decapod resume r-/);
    folder.write("go", "");
    assert.equal((await folder.run("resume", id)).code, 0);
  });

  it("goes on at the owner there is, with the same lines, and in the background with --detach", async () => {
    const folder = freshFolder({ build: BUILD, gate: GATE });
    const { id } = await failed(folder);
    const owner = folder.start("run", "gate");
    await folder.has("held");
    const again = await folder.run("retry", id, "-v");
    assert.equal(again.code, 1, again.stderr);
    assert.match(again.stderr, /run retried [\s\S]*make running[\s\S]*make failed[\s\S]*sorry success/);
    assert.match(again.stdout, /^✗ failed {2}build/);
    folder.write("good", "");
    const detached = await folder.run("retry", id, "--detach", "--json");
    assert.deepEqual([detached.code, runIn(detached).id], [0, id], detached.stderr);
    const watched = await folder.run("watch", id);
    assert.equal(watched.code, 0, watched.stderr);
    const other = await folder.run("retry", id, "-i", "place=there", "--json");
    assert.equal(other.code, 0, other.stderr);
    assert.deepEqual([runIn(other).params.place, runIn(other).retryOf], ["there", id]);
    folder.write("go", "");
    assert.equal((await owner.ended).code, 0);
    assert.deepEqual([lines(folder, "make.txt"), lines(folder, "glad.txt")], [4, 2]);
  });

  it("starts a new run of the same definition with -i, and both are named by each other", async () => {
    const folder = freshFolder({ build: BUILD });
    const { id } = await failed(folder);
    folder.write(".claude/workflows/build.yaml", "name: build\ntasks: []\n");
    folder.write("good", "");
    const again = await folder.run("retry", id, "-i", "place=there", "--json");
    assert.equal(again.code, 0, again.stderr);
    const made = runIn(again);
    assert.notEqual(made.id, id);
    assert.deepEqual([made.retryOf, made.params], [id, { place: "there", note: null }]);
    assert.deepEqual(readFileSync(join(folder.path, "make.txt"), "utf8"), "here\nthere\n");
    const first = runIn(await folder.run("show", id, "--json"));
    assert.deepEqual([first.status, first.retriedAs], ["failed", made.id]);
    const [short, other] = [id.slice(-4), made.id.slice(-4)];
    assert.match((await folder.run("show", id)).stdout, new RegExp(`retried as\tr-${other}\n`));
    const runs = (await folder.run("runs")).stdout;
    assert.match(runs, new RegExp(`\tretry of r-${short}\n[\\s\\S]*\tretried as r-${other}\n`));
  });
});

const hasTerminal = spawnSync(TERMINAL, ["--version"]).error === undefined;

describe("retry --edit-input", { skip: hasTerminal ? false : "needs script (bsdutils)" }, () => {
  const kept = (folder: Folder) =>
    readdirSync(join(folder.path, ".claude/workflow-state")).filter((name) => name.startsWith("params-of-"));

  /** An editor that does what the file `edit` says. */
  function editing(folder: Folder, id: string, script: string, ...more: readonly string[]) {
    chmodSync(folder.write("editor", `#!/bin/sh\n${script}\n`), 0o700);
    return terminal(folder, ["retry", id, "--edit-input", ...more], [], {
      EDITOR: join(folder.path, "editor"),
    });
  }

  it("starts a new run with what was written, and keeps what cannot be taken", async () => {
    const folder = freshFolder({ build: BUILD });
    const { id } = await failed(folder);
    folder.write("good", "");
    const wrong = await editing(folder, id, `sed -i 's/here/nowhere/' "$1"`);
    assert.equal(wrong.code, 3, wrong.screen);
    assert.match(wrong.screen, /what you wrote is kept: .*params-of-[\s\S]*E_PARAM_CHOICE/);
    const broken = await editing(folder, id, `echo 'a: [' >> "$1"`);
    assert.match(broken.screen, /what you wrote before: [\s\S]*E_YAML_SYNTAX[\s\S]*params-of-\w+\.yaml:5/);
    assert.deepEqual(kept(folder), [`params-of-${id}.yaml`]);
    const given = await editing(folder, id, 'cat "$1"', "-i", "place=there");
    assert.equal(given.code, 2, given.screen);
    assert.match(given.screen, /E_OPTIONS.*params-of-\w+\.yaml[\s\S]*retry r-\w+ --edit-input/);
    assert.deepEqual(kept(folder), [`params-of-${id}.yaml`]);
    const right = await editing(folder, id, `sed -i -e 's/nowhere/there/' -e '/\\[/d' "$1"`);
    assert.equal(right.code, 0, right.screen);
    assert.deepEqual(kept(folder), []);
    assert.equal(readFileSync(join(folder.path, "make.txt"), "utf8"), "here\nthere\n");
  });

  it("starts nothing when nothing was changed, or the editor failed", async () => {
    const folder = freshFolder({ build: BUILD });
    const { id } = await failed(folder);
    const none = { EDITOR: "no-such-editor" };
    const missing = await terminal(folder, ["retry", id, "--edit-input"], [], none);
    assert.equal(missing.code, 10, missing.screen);
    assert.match(missing.screen, /no-such-editor cannot be started \(ENOENT\)[\s\S]*set VISUAL or EDITOR/);
    const same = await editing(folder, id, 'cat "$1"');
    assert.equal(same.code, 5, same.screen);
    assert.match(same.screen, /place: here[\s\S]*E_NOTHING_TO_DO\S* no param has another value/);
    const left = await editing(folder, id, "exit 1");
    assert.equal(left.code, 5, left.screen);
    assert.match(left.screen, /editor ended with 1, so nothing was started/);
    assert.deepEqual(kept(folder), []);
    assert.equal(JSON.parse((await folder.run("runs", "--json")).stdout).runs.length, 1);
  });
});

describe("an attempt that ended well and did not give what was asked for", () => {
  it("is told as failed, with the reason, also where the next one succeeded", async () => {
    const found = `name: found
tasks:
  - id: count
    agent: shell
    foreach: { items: [2] }
    retry: { max_attempts: 2 }
    success_criteria: ["n >= 2"]
    parameters: { run: 'echo x >> lines; echo "n=$(wc -l < lines)" > "$DECAPOD_OUTPUT"' }
`;
    const folder = freshFolder({ found });
    const { code, stdout, stderr } = await folder.run("run", "found", "--json");
    assert.equal(code, 0, stdout + stderr);
    const shown = await folder.run("show", JSON.parse(stdout).run.id, "count[0]", "--json");
    const tried = JSON.parse(shown.stdout).task.history.map(
      ({ status, error }: { status: string; error: { message: string } | null }) => [status, error?.message],
    );
    assert.deepEqual(tried, [
      ["failed", "not met: n >= 2 (was 1)"],
      ["success", undefined],
    ]);
  });
});
