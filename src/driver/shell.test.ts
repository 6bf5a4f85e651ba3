import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { attempt, type DriverSetting, type DriverTask, driverSuite } from "../../test/suites/driver.suite.ts";
import { plainWork } from "../../test/support/plain-work.ts";
import { childProgram, idIn } from "../../test/support/processes.ts";
import { sharedRoom } from "../../test/support/shared-room.ts";
import type { Json, JsonMap } from "../core/json.ts";
import type { Work } from "./driver.ts";
import { shellDriver } from "./shell.ts";

const SECRET_TEXT = "hunter2-hunter2";

function setUp(
  t: TestContext,
): DriverSetting & { run(parameters: JsonMap, more?: Partial<Work>): Work; folder: string } {
  const room = sharedRoom(t);
  const workspace = join(room.folder, "workspace");
  const folder = join(room.folder, "attempt");
  for (const path of [workspace, folder]) mkdirSync(path, { mode: 0o700 });
  let number = 0;
  const run = (parameters: JsonMap, more: Partial<Work> = {}): Work => {
    number += 1;
    const name = idIn(room.folder, `task${number}`);
    const environment = {
      PATH: "/usr/bin:/bin",
      DECAPOD_ATTEMPT: name,
      DECAPOD_OUTPUT: join(folder, "output"),
      SECRET: SECRET_TEXT,
    };
    const work = { attempt: name, number, agent: "shell", parameters, environment, workspace, folder };
    return plainWork({ ...work, ...more });
  };
  return { driver: shellDriver(room.host), work: (task, more) => run(parametersOf(task), more), run, folder };
}

function parametersOf(task: DriverTask): JsonMap {
  switch (task.kind) {
    case "succeed":
      return { run: `echo ${task.output}` };
    case "fail":
      return { run: `echo trouble >&2; exit ${task.exitCode}` };
    case "hang":
      return { run: "trap '' TERM; echo ready; while true; do sleep 0.01; done" };
    case "flood":
      return { run: `head -c ${task.bytes} /dev/zero | tr '\\0' y; echo end` };
    case "orphan":
      return { command: [childProgram("orphan.sh"), task.path] };
    case "tell":
      return { run: 'echo "it is $SECRET"; echo "$SECRET" >&2' };
    default:
      return task satisfies never;
  }
}

driverSuite("shell", setUp);

async function outcomeOf(t: TestContext, parameters: JsonMap, more?: Partial<Work>) {
  const { driver, run } = setUp(t);
  return (await attempt(driver, run(parameters, more))).outcome;
}

describe("shell", () => {
  it("stops at the first command that fails, in a pipe too, and at unset names", async (t) => {
    for (const run of ["false; echo on", "false | cat; echo on", 'echo "$NOT_SET"; echo on'])
      assert.deepEqual((await outcomeOf(t, { run })).status, "failed", run);
  });

  it("tells a failure by its code and the last line of standard error, or of standard output", async (t) => {
    const plain = await outcomeOf(t, { run: "echo 'src/a.ts(3,5): error'; exit 2" });
    assert.equal(plain.failure?.message, "exit 2: src/a.ts(3,5): error");
    const outcome = await outcomeOf(t, { run: "echo first >&2; echo $'\\e[31mlast\\e[0m' >&2; exit 75" });
    assert.deepEqual(outcome.failure, { class: "unknown", message: "exit 75: last", action: "escalate" });
  });

  it("gives what failed a class where its program is known to print this, and leaves it unknown elsewhere", async (t) => {
    const classOf = async (run: string) => (await outcomeOf(t, { run })).failure;
    assert.deepEqual(await classOf("echo 'fatal error: Unable to locate credentials' >&2; exit 255"), {
      class: "aws_credentials",
      message: "exit 255: Unable to locate credentials",
      action: "escalate",
    });
    const conflict = "echo 'CONFLICT (content): Merge conflict in a b.md'; exit 1";
    assert.equal((await classOf(conflict))?.message, "exit 1: a b.md");
    assert.equal((await classOf("echo 'curl: (6) Could not resolve host: x'; exit 6"))?.class, "transient");
    // What tests quote of such errors says nothing of the surroundings.
    assert.deepEqual(await classOf("echo 'Unable to locate credentials'; echo 'not ok 1 - deploy'; exit 1"), {
      class: "unknown",
      message: "exit 1: not ok 1 - deploy",
      action: "escalate",
    });
    // It went on after it, so it failed of something else.
    assert.equal((await classOf("echo 'Unable to locate credentials'; seq 60; exit 1"))?.class, "unknown");
    assert.equal((await outcomeOf(t, { run: "echo 'Unable to locate credentials'" })).failure, null);
  });

  it("asks the project's own table first, whose words are told", async (t) => {
    const room = setUp(t);
    const errors = [
      {
        class: "desk",
        action: "escalate",
        lines: [{ pattern: "^E[0-9]+" }],
        message: "Please call the desk",
      },
    ] as const;
    const driver = shellDriver(sharedRoom(t).host, { errors });
    const run = "echo 'E17 Unable to locate credentials' >&2; exit 4";
    const { outcome } = await attempt(driver, room.run({ run }));
    assert.deepEqual(outcome.failure, {
      class: "desk",
      message: "Please call the desk (exit 4: E17 Unable to locate credentials)",
      action: "escalate",
      words: "Please call the desk",
    });
  });

  it("takes what the project's own table says as it is written, also that it is unknown", async (t) => {
    const room = setUp(t);
    const errors = [{ class: "unknown", action: "retry", lines: [{ parts: ["flaky: "] }] }] as const;
    const driver = shellDriver(sharedRoom(t).host, { errors });
    const run = "echo 'flaky: Could not resolve host: x' >&2; echo bye >&2; exit 4";
    const { outcome } = await attempt(driver, room.run({ run }));
    const message = "exit 4: flaky: Could not resolve host: x";
    assert.deepEqual(outcome.failure, { class: "unknown", message, action: "retry" });
  });

  it("tells a death by a signal", async (t) => {
    const outcome = await outcomeOf(t, { run: "kill -SEGV $$" });
    assert.deepEqual([outcome.exitCode, outcome.signal], [null, "SIGSEGV"]);
    assert.match(outcome.failure?.message ?? "", /ended by SIGSEGV/);
  });

  it("takes other codes for success when told so", async (t) => {
    const codes = { success_exit_codes: [0, 3] };
    assert.equal((await outcomeOf(t, { run: "exit 3", ...codes })).status, "success");
    assert.equal((await outcomeOf(t, { run: "exit 4", ...codes })).status, "failed");
  });

  it("O6: gives a command its arguments as they are, without a shell", async (t) => {
    const words = ["a b", "$HOME", "`id`", "--", "*", "", 12, null, [1]];
    const outcome = await outcomeOf(t, { command: ["printf", "[%s]", ...words] });
    assert.equal(outcome.output, "[a b][$HOME][`id`][--][*][][12][][[1]]");
  });

  it("has nothing to read and no PATH of the engine to find bash by", async (t) => {
    const outcome = await outcomeOf(t, { run: "cat; echo $0 $-" });
    assert.match(String(outcome.output), /^\/(usr\/)?bin\/bash .*e.*u/);
  });

  it("F28: standard output is repaired, trimmed and cut at 64 KiB", async (t) => {
    assert.equal((await outcomeOf(t, { run: "printf '\\n a\\377 \\n\\n'" })).output, "a\ufffd");
    const outcome = await outcomeOf(t, { run: "head -c 100000 /dev/zero | tr '\\0' y" });
    assert.equal(String(outcome.output).length, 65_536);
    assert.deepEqual(outcome.notes, [
      "standard output has 100000 bytes and is cut; standard output as an output may have 64 KiB",
    ]);
  });

  const OUTPUTS: readonly (readonly [string, Json])[] = [
    [
      "echo printed; echo 'count=120' >> $DECAPOD_OUTPUT; echo 'name=x y' >> $DECAPOD_OUTPUT",
      { count: 120, name: "x y" },
    ],
    ["echo '{\"a\": [1]}' > $DECAPOD_OUTPUT", { a: [1] }],
    ["echo printed; : > $DECAPOD_OUTPUT", "printed"],
    ["true", ""],
  ];
  for (const [run, expected] of OUTPUTS) {
    it(`has as its output ${JSON.stringify(expected)}`, async (t) => {
      assert.deepEqual((await outcomeOf(t, { run })).output, expected);
    });
  }

  it("fails when $DECAPOD_OUTPUT cannot be read, and says where", async (t) => {
    const outcome = await outcomeOf(t, { run: "printf 'a=1\\nnonsense\\n' > $DECAPOD_OUTPUT" });
    assert.deepEqual(
      [outcome.status, outcome.failure?.class, outcome.exitCode],
      ["failed", "output_missing", 0],
    );
    assert.match(outcome.failure?.message ?? "", /line 2 is: nonsense/);
  });

  it("works in cwd inside the workspace, and nowhere else", async (t) => {
    const { driver, run, folder } = setUp(t);
    const workspace = join(folder, "..", "workspace");
    mkdirSync(join(workspace, "sub"));
    symlinkSync("/", join(workspace, "out"));
    const inside = await attempt(driver, run({ run: "basename $PWD", cwd: "sub" }));
    assert.equal(inside.outcome.output, "sub");
    for (const cwd of ["..", "/tmp", "sub/../..", "out", "out/tmp"]) {
      const { outcome } = await attempt(driver, run({ run: "echo ran", cwd }));
      assert.deepEqual([outcome.failure?.class, outcome.output], ["config_error", null], cwd);
    }
    const { outcome } = await attempt(driver, run({ run: "echo ran", cwd: "missing" }));
    assert.match(outcome.failure?.message ?? "", /folder .*missing does not exist/);
  });

  it("F33: a missing program is a failure of its own class", async (t) => {
    const outcome = await outcomeOf(t, { command: ["no-such-tool"] });
    assert.deepEqual([outcome.failure?.class, outcome.exitCode], ["program_missing", null]);
  });

  it("finds problems in its parameters", () => {
    const { check } = shellDriver(null);
    const codes = (parameters: JsonMap) => check(parameters).map(({ code }) => code);
    assert.deepEqual(codes({ run: "true" }), []);
    assert.deepEqual(codes({ command: ["true"], cwd: "a/b", success_exit_codes: [0, 1] }), []);
    assert.deepEqual(codes({ command: ["true"], cwd: "${params.folder}" }), []);
    assert.deepEqual(codes({}), ["E_SCHEMA"]);
    assert.deepEqual(codes({ run: "true", command: ["true"] }), ["E_SCHEMA"]);
    assert.deepEqual(codes({ command: [] }), ["E_TYPE"]);
    for (const cwd of ["/etc", "..", "a/../../b", "a\0"])
      assert.deepEqual(codes({ run: "x", cwd }), ["E_OUTSIDE_ROOT"]);
  });

  it("goes on with an attempt that an earlier engine began", async (t) => {
    const { driver, run, folder } = setUp(t);
    const gate = join(folder, "gate");
    const first = run({ command: [childProgram("gated.sh"), gate, "0"] });
    const begun = driver.run(first, new AbortController().signal);
    await begun.next();
    const { outcome, progress } = await attempt(
      driver,
      { ...first, reattach: true },
      { onProgress: ({ kind }) => kind === "started" && writeFileSync(gate, "") },
    );
    assert.deepEqual([outcome.status, outcome.output], ["success", "before\nafter"]);
    assert.equal(progress[0]?.kind, "started");
    for (let step = await begun.next(); step.done !== true; ) step = await begun.next();
  });
});
