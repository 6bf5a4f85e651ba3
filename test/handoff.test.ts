/** What one agent gives is what the next one gets, byte for byte and at any size (nothing is lost between hand-offs). */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { canonical, type Json, type JsonMap } from "../src/core/json.ts";
import type { Driver, Outcome, Work } from "../src/driver/driver.ts";
import { RealArm } from "./support/real-arm.ts";
import { WORDLESS } from "./support/wordless.ts";

const KIB = 1024;
const DONE: Omit<Outcome, "output"> = {
  status: "success",
  exitCode: 0,
  signal: null,
  failure: null,
  durationMs: 1,
  usage: null,
  outputBytes: 0,
  notes: [],
};

/** Nobody's language: quotes, line ends, an unpaired half, what JSON escapes and what it does not. */
const AWKWARD = 'ä €😀 "quoted" \\ back\tslash\r\n\u0000\u2028 ${not.read} $${nor.this} </script>';

function textOf(bytes: number): string {
  return `${AWKWARD}${"x".repeat(Math.max(0, bytes - Buffer.byteLength(JSON.stringify(AWKWARD))))}`;
}

const SIZES = [
  0,
  1,
  8 * KIB - 1,
  8 * KIB,
  8 * KIB + 1,
  16 * KIB - 1,
  16 * KIB,
  16 * KIB + 1,
  64 * KIB,
  900 * KIB,
];
const SHAPES: readonly ((bytes: number) => Json)[] = [
  (bytes) => textOf(bytes),
  (bytes) => ({ text: textOf(bytes), list: [1, 1.5, -0.25, 1e21, true, null], nested: { "a key": "" } }),
  (bytes) => [textOf(bytes / 2), { again: textOf(bytes / 2) }],
];

describe("hand-offs", () => {
  for (const [place, shape] of SHAPES.entries()) {
    test(`an output reaches its reader as it was, shape ${place + 1}`, async () => {
      const seen = new Map<string, Work>();
      const arm = new RealArm({ driver: giving(seen, (task) => outputFor(task, shape)), rehearse: false });
      const { status } = await arm.run(pairs());
      assert.equal(status, "success");
      for (const [index, bytes] of SIZES.entries()) {
        const reader = seen.get(`read${index}`) ?? assert.fail(`the reader of ${bytes} bytes ran`);
        const sent = shape(bytes);
        assert.equal(
          digestOf(reader.parameters.whole ?? null),
          digestOf(sent),
          `${bytes} bytes by expression`,
        );
        assert.equal(
          digestOf(inBrief(seen.get(`show${index}`)?.brief ?? "", sent)),
          digestOf(sent),
          `${bytes} bytes in the brief`,
        );
      }
      await arm.close();
    });
  }

  test("an output above what expressions may read is named by path and digest", async () => {
    const seen = new Map<string, Work>();
    const sent = textOf(2 * KIB * KIB);
    const arm = new RealArm({
      driver: giving(seen, (task) => (task === "give" ? sent : null)),
      rehearse: false,
    });
    const { status, entries } = await arm.run(
      JSON.stringify({
        name: "large",
        tasks: [
          { id: "give", agent: "coder", parameters: { task: "Give." } },
          { id: "read", agent: "coder", dependencies: ["give"], parameters: { task: "Read." } },
        ],
      }),
    );
    assert.equal(status, "success");
    assert.ok(
      entries.every((entry) => JSON.stringify(entry).length < 20 * KIB),
      "it is not in the journal",
    );
    assert.equal(digestOf(inBrief(seen.get("read")?.brief ?? "", sent)), digestOf(sent));
    await arm.close();
  });

  test("twelve agents work, five of them at once, and each gets what all before it gave", async () => {
    const seen = new Map<string, Work>();
    let [now, most] = [0, 0];
    let allFive = () => {};
    const five = new Promise<void>((resolve) => {
      allFive = resolve;
    });
    const together = async (task: string) => {
      now += 1;
      most = Math.max(most, now);
      if (now === 5) allFive();
      // The five in the middle wait for each other: they are only let go when all of them run.
      if (task.startsWith("middle")) await five;
      now -= 1;
    };
    const arm = new RealArm({
      driver: giving(seen, (task) => ({ from: task, text: AWKWARD }), together),
      rehearse: false,
    });
    const { status, entries } = await arm.run(twelve());
    assert.equal(status, "success");
    assert.equal(seen.size, 12);
    assert.equal(most, 5);
    assert.equal(entries.filter(({ event }) => event.type === "attempt.ended").length, 12);
    const last = seen.get("last")?.parameters.whole as JsonMap;
    for (const [task, given] of Object.entries(last))
      assert.equal(digestOf(given), digestOf({ from: task, text: AWKWARD }));
    await arm.close();
  });
});

/** An agent that gives something and remembers what it was given. */
function giving(
  seen: Map<string, Work>,
  outputOf: (task: string) => Json,
  during: (task: string) => Promise<void> = async () => {},
): Driver {
  return {
    name: "giving",
    check: () => [],
    run: async function* (work) {
      yield* WORDLESS;
      seen.set(work.task, work);
      await during(work.task);
      return { ...DONE, output: outputOf(work.task) };
    },
  };
}

function outputFor(task: string, shape: (bytes: number) => Json): Json {
  return task.startsWith("give") ? shape(SIZES[Number(task.slice(4))] ?? 0) : null;
}

/** Each output is read by a worker as a parameter and by an agent in its brief. */
function pairs(): string {
  const tasks = SIZES.flatMap((_, index) => [
    { id: `give${index}`, agent: "coder", parameters: { task: "Give it." } },
    reader(`read${index}`, [`give${index}`], `\${give${index}.output}`),
    { id: `show${index}`, agent: "coder", dependencies: [`give${index}`], parameters: { task: "Read it." } },
  ]);
  return JSON.stringify({ name: "pairs", settings: { max_parallel: 5 }, tasks });
}

function reader(id: string, dependencies: readonly string[], whole: Json) {
  return { id, agent: "content-edit", dependencies, parameters: { whole } };
}

/** One plans, five research at once, then they build on each other: twelve agents in all. */
function twelve(): string {
  const middle = Array.from({ length: 5 }, (_, index) => ({
    id: `middle${index}`,
    agent: "research",
    dependencies: ["plan"],
    parameters: { task: "Find out." },
  }));
  const names = middle.map(({ id }) => id);
  const later = Array.from({ length: 5 }, (_, index) => ({
    id: `later${index}`,
    agent: "coder",
    dependencies: index === 0 ? names : [`later${index - 1}`],
    parameters: { task: "Go on." },
  }));
  const all = ["plan", ...names, ...later.map(({ id }) => id)];
  const whole = Object.fromEntries(all.map((id) => [id, `\${${id}.output}`]));
  const last = reader("last", ["later4"], whole);
  return JSON.stringify({
    name: "twelve",
    settings: { max_parallel: 5 },
    tasks: [{ id: "plan", agent: "planner", parameters: { task: "Plan." } }, ...middle, ...later, last],
  });
}

function digestOf(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** What the brief shows of its only dependency, or the file that it names. */
function inBrief(brief: string, sent: Json): Json {
  const named = /(\d+) bytes of JSON in (\S+) \(sha256 ([0-9a-f]{64})\)/u.exec(brief);
  if (named !== null) {
    const text = readFileSync(named[2] ?? "", "utf8");
    assert.equal(Buffer.byteLength(text), Number(named[1]));
    assert.equal(createHash("sha256").update(text).digest("hex"), named[3]);
    return JSON.parse(text) as Json;
  }
  const shown = typeof sent === "string" ? sent : JSON.stringify(sent, null, 2);
  assert.ok(brief.includes(shown), "it is shown whole");
  return sent;
}
