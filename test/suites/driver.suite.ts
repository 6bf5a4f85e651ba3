// What every driver must do, whatever does its attempts. Each implementation's test calls this with a way to make it
// succeed, fail, hang, flood its output and leave an orphan.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Driver, Outcome, Progress, Work } from "../../src/driver/driver.ts";
import { goneProcess, numberIn } from "../support/processes.ts";

export type DriverTask =
  | { readonly kind: "succeed"; readonly output: string }
  | { readonly kind: "fail"; readonly exitCode: number }
  /** Says "ready" and stays for ever, ignoring TERM. */
  | { readonly kind: "hang" }
  /** Prints `bytes` and more, and then succeeds. */
  | { readonly kind: "flood"; readonly bytes: number }
  /** Leaves a process in another session, whose number it writes to `path`, and succeeds. */
  | { readonly kind: "orphan"; readonly path: string }
  /** Prints the secret that the work gives it as SECRET, and has it as its output. */
  | { readonly kind: "tell" };

export interface DriverSetting {
  readonly driver: Driver;
  work(task: DriverTask, more?: Partial<Work>): Work;
  /** The code with which a failure really ends, for a program that chooses it itself. */
  readonly failureCode?: number;
}

export interface Attempted {
  readonly outcome: Outcome;
  readonly progress: readonly Progress[];
}

export async function attempt(
  driver: Driver,
  work: Work,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void } = {},
): Promise<Attempted> {
  const steps = driver.run(work, options.signal ?? new AbortController().signal);
  const progress: Progress[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { outcome: step.value, progress };
    progress.push(step.value);
    options.onProgress?.(step.value);
  }
}

/** `skip`: why it is not tried here. */
export function driverSuite(
  name: string,
  setUp: (t: TestContext) => DriverSetting,
  skip: string | false = false,
): void {
  describe(`${name}: what every driver does`, { skip }, () => {
    it("its own parameters have no problems", (t) => {
      const { driver, work } = setUp(t);
      assert.deepEqual(driver.check(work({ kind: "hang" }).parameters), []);
    });

    it("succeeds with an output, a start and no failure", async (t) => {
      const { driver, work } = setUp(t);
      const { outcome, progress } = await attempt(driver, work({ kind: "succeed", output: "the answer" }));
      assert.deepEqual([outcome.status, outcome.output, outcome.failure], ["success", "the answer", null]);
      assert.equal(progress[0]?.kind, "started");
      assert.ok(outcome.durationMs >= 0 && outcome.outputBytes > 0);
    });

    it("fails with a class, a message and an action", async (t) => {
      const { driver, work, failureCode = 3 } = setUp(t);
      const { outcome } = await attempt(driver, work({ kind: "fail", exitCode: failureCode }));
      assert.deepEqual([outcome.status, outcome.exitCode], ["failed", failureCode]);
      assert.ok(outcome.failure !== null && outcome.failure.message !== "");
    });

    for (const [reason, status, failureClass] of [
      ["cancelled", "cancelled", undefined],
      ["timeout", "failed", "timeout"],
      ["budget", "failed", "budget"],
      ["shutdown", "cancelled", undefined],
    ] as const) {
      it(`ends what hangs when it is told to: ${reason}`, async (t) => {
        const { driver, work } = setUp(t);
        const controller = new AbortController();
        const { outcome, progress } = await attempt(driver, work({ kind: "hang" }), {
          signal: controller.signal,
          onProgress: ({ kind }) => kind === "output" && controller.abort(reason),
        });
        assert.deepEqual([outcome.status, outcome.failure?.class], [status, failureClass]);
        const started = progress.find(({ kind }) => kind === "started");
        assert.ok(started?.kind === "started");
        await goneProcess(started.pid);
      });
    }

    it("does not begin when it was told to end before", async (t) => {
      const { driver, work } = setUp(t);
      const { outcome } = await attempt(driver, work({ kind: "hang" }), {
        signal: AbortSignal.abort("cancelled"),
      });
      assert.equal(outcome.status, "cancelled");
    });

    it("ends what hangs at its own timeout", async (t) => {
      const { driver, work } = setUp(t);
      const { outcome } = await attempt(driver, work({ kind: "hang" }, { timeoutMs: 50 }));
      assert.deepEqual([outcome.status, outcome.failure?.class], ["failed", "timeout"]);
    });

    it("ends what hangs when nobody listens any more", async (t) => {
      const { driver, work } = setUp(t);
      const steps = driver.run(work({ kind: "hang" }), new AbortController().signal);
      const first = await steps.next();
      assert.ok(first.done !== true && first.value.kind === "started");
      await steps.return({} as Outcome);
      await goneProcess(first.value.pid);
    });

    it("takes a flood without growing, keeps both ends of it, and counts it", async (t) => {
      const { driver, work } = setUp(t);
      const bytes = 12 * 1024 * 1024;
      const task = work({ kind: "flood", bytes });
      const { outcome } = await attempt(driver, task);
      assert.equal(outcome.status, "success", outcome.failure?.message);
      assert.ok(outcome.outputBytes >= bytes);
      assert.ok(statSync(join(task.folder, "output.log")).size < 10.1 * 1024 * 1024);
      assert.ok(JSON.stringify(outcome.output).length <= 70_000);
    });

    it("leaves no orphan", async (t) => {
      const { driver, work } = setUp(t);
      const task = work({ kind: "orphan", path: "" });
      const path = join(task.folder, "orphan");
      const { outcome } = await attempt(driver, work({ kind: "orphan", path }));
      assert.equal(outcome.status, "success");
      await goneProcess(await numberIn(path));
    });

    it("O4: keeps no secret that is printed", async (t) => {
      const { driver, work } = setUp(t);
      const value = "hunter2-hunter2";
      const task = work({ kind: "tell" }, { secrets: { SECRET: value } });
      const seen = await attempt(driver, task);
      assert.ok(JSON.stringify(seen.outcome.output).includes("***"));
      for (const text of [JSON.stringify(seen), readFileSync(join(task.folder, "output.log"), "utf8")])
        assert.ok(!text.includes(value));
    });
  });
}
