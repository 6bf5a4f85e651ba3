/** F3: the engine is killed by its own child, right after it was begun and right before it ends. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Ended, type Folder, freshFolder } from "../e2e/decapod.ts";

/** Of the task's shell: who started it is the spawn host, and whoever started that is the engine. */
const ENGINE = "read -r _ _ _ engine _ < /proc/$PPID/stat";
const DIES = `${ENGINE}; kill -9 "$engine"`;
const BOTH_DIE = `${ENGINE}; kill -9 "$engine" $PPID; exec sleep 3600`;
const MADE = 'echo "$DECAPOD_ATTEMPT" >> made.txt';

const script = (id: string, lines: readonly string[], more: object = {}) => ({
  id,
  agent: "shell",
  parameters: { run: lines.join("\n") },
  ...more,
});

const ENDS = {
  name: "ends",
  tasks: [
    script("begun", [MADE, DIES, "echo said"]),
    script("given", [MADE, 'echo \'{"a": [1, "x"]}\' > "$DECAPOD_OUTPUT"', DIES], {
      dependencies: ["begun"],
    }),
    script("large", [MADE, 'printf \'"%020000d"\' 7 > "$DECAPOD_OUTPUT"', DIES], { dependencies: ["given"] }),
    script("failed", [MADE, `if [ ! -e again ]; then touch again; ${DIES}; exit 75; fi`, "echo mended"], {
      dependencies: ["large"],
      retry: { max_attempts: 2, delay: 0, on: ["exit:75"] },
    }),
    script("once", [MADE, DIES, "echo sent"], { dependencies: ["failed"], effect: "once" }),
  ],
  outputs: {
    begun: "${begun.output}",
    given: "${given.output}",
    large: "${fn:length(large.output)}",
    failed: "${failed.output}",
    once: "${once.output}",
  },
};

/** Starts it again until it ends by itself; how often it was killed. */
async function untilEnd(
  folder: Folder,
  name: string,
): Promise<{ readonly end: Ended; readonly deaths: number }> {
  let end = await folder.run("run", name, "--json");
  let deaths = 0;
  for (; end.signal === "SIGKILL"; deaths++) {
    assert.ok(deaths < 10, "it goes on dying");
    end = await folder.run("resume", "--json");
  }
  return { end, deaths };
}

const made = (folder: Folder) =>
  readFileSync(join(folder.path, "made.txt"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(line.indexOf("/") + 1));

describe("F3: killed at the side effects of a child", () => {
  it("F3 knows each exit and output as it was, also of what was once or failed, and makes no attempt again", async () => {
    const folder = freshFolder({ ends: JSON.stringify(ENDS) });
    const { end, deaths } = await untilEnd(folder, "ends");
    assert.equal(end.code, 0, end.stderr);
    assert.equal(deaths, 5);
    assert.deepEqual(made(folder), ["begun/1", "given/1", "large/1", "failed/1", "failed/2", "once/1"]);
    const { runs } = JSON.parse((await folder.run("runs", "--json")).stdout);
    const { run } = JSON.parse((await folder.run("show", runs[0].id, "--json")).stdout);
    assert.deepEqual(run.outputs, {
      begun: "said",
      given: { a: [1, "x"] },
      large: 20_000,
      failed: "mended",
      once: "sent",
    });
    const { task } = JSON.parse((await folder.run("show", runs[0].id, "failed", "--json")).stdout);
    assert.deepEqual(
      task.history.map(({ status, exitCode }: { status: string; exitCode: number }) => [status, exitCode]),
      [
        ["failed", 75],
        ["success", 0],
      ],
    );
  });

  it("F3 of what must happen once and nobody saw end: exit 8, and never again without a person", async () => {
    const folder = freshFolder({
      sent: JSON.stringify({ name: "sent", tasks: [script("send", [MADE, BOTH_DIE], { effect: "once" })] }),
    });
    const { end, deaths } = await untilEnd(folder, "sent");
    assert.deepEqual([end.code, deaths], [8, 1], end.stderr);
    assert.equal((await folder.run("resume")).code, 8);
    assert.match((await folder.run("inbox")).stdout, /Task send may have done its work or not/);
    assert.deepEqual(made(folder), ["send/1"]);
  });
});
