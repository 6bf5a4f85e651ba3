/**
 * Every limit that a project can make smaller, at the limit and one past it. What the table itself says is tried where
 * the thing is tested that has the limit.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { checkEffect, secretFrom } from "../src/arm/short-tools.ts";
import type { Assignment, RunStarted } from "../src/core/event.ts";
import { beyond, LIMITS, type Limit, type Limits, most, shown } from "../src/core/limits.ts";
import { failure } from "../src/core/outcome.ts";
import { takeSession } from "../src/driver/claude/session.ts";
import { parseOutput, readOutputFile } from "../src/driver/output-file.ts";
import { openOutputLog } from "../src/driver/output-log.ts";
import { reasonAgainst } from "../src/git/content.ts";
import { realFiles } from "../src/port/files.ts";
import { readParams } from "../src/spec/params.ts";
import { readProjectFile } from "../src/spec/project-file.ts";
import { linkDefinition } from "../src/spec/workflow-file.ts";
import { briefOf } from "../src/work/brief.ts";
import { WorkCache } from "../src/work/cache.ts";
import { keepCarried } from "../src/work/carried.ts";
import { MEMORY_FILE, memoryOf } from "../src/work/memory.ts";
import { Outputs } from "../src/work/outputs.ts";
import { secretForms } from "../src/work/redact.ts";
import { decapod } from "./support/command-line.ts";
import { CONTENT_PROOFS } from "./support/content-edited.ts";
import { flow, Play } from "./support/decider.ts";
import { goodWorkflow, problemsOf, surroundings } from "./support/surroundings.ts";
import { TASK_FILE_PROOFS } from "./support/task-file-limits.ts";
import { voidedOften } from "./support/voided.ts";

const root = mkdtempSync(join(tmpdir(), "decapod-limits-"));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function freshFolder(): string {
  folders += 1;
  const folder = join(root, String(folders));
  mkdirSync(folder);
  return folder;
}

type Name = keyof typeof LIMITS;
/** What is said, or null when all is well. */
type Said = string | null | Promise<string | null>;

interface Proof {
  /** What the project says. */
  readonly most: number;
  readonly say: (amount: number, limits: Limits) => Said;
  /** Without a message of its own: something else shows that the limit held. */
  readonly isSilent?: true;
}

const A = "{ id: a, agent: shell, parameters: { run: ls } }";
const file = (tasks: string, top = "") => `name: x\n${top}\ntasks: [${tasks}]\n`;
const shell = (more: string) => file(`{ id: a, agent: shell, parameters: { run: ls }, ${more} }`);

function reading(text: (amount: number) => string, name = "wf.yaml"): Proof["say"] {
  return (amount, limits) => problemsOf(text(amount), name, { limits })[0]?.message ?? null;
}

function deciding(lines: (amount: number) => string): Proof["say"] {
  return (amount, limits) => {
    const play = new Play(flow(lines(amount)), { limits } as Partial<RunStarted>);
    return play.run.failure?.message ?? null;
  };
}

const list = (count: number) => Array.from({ length: count }, (_, index) => index).join(", ");
const nested = (depth: number): string =>
  depth === 0 ? A : `{ id: g${depth}, agent: group, parameters: { tasks: [${nested(depth - 1)}] } }`;

const PROOFS: Readonly<Partial<Record<Name, Proof>>> = {
  yamlBytes: { most: 200, say: reading((bytes) => `${file(A)}#`.padEnd(bytes, "x")) },
  jsonBytes: {
    most: 200,
    say: reading(
      (bytes) =>
        `{"name":"x","tasks":[{"id":"a","agent":"shell","parameters":{"run":"ls"}}]}`.padEnd(bytes, " "),
      "wf.json",
    ),
  },
  inputBytes: { most: 100, say: givenFile },
  paramBytes: {
    most: 50,
    say: (bytes, limits) => {
      const { workflow } = goodWorkflow(file(A, "params: { p: {}, q: { type: array, default: [] } }"));
      const readFile = () => assert.fail("no file is read");
      const text = readParams(workflow, { pairs: [`p=${"x".repeat(bytes)}`], values: {}, readFile, limits });
      const values = { p: "", q: ["x".repeat(bytes - 4)] };
      const value = readParams(workflow, { pairs: [], values, readFile, limits });
      assert.equal(text.ok, value.ok);
      return text.ok ? null : (text.problems[0]?.message ?? "");
    },
  },
  tasks: {
    most: 3,
    say: reading((count) =>
      file(Array.from({ length: count }, (_, at) => A.replace("id: a", `id: a${at}`)).join(", ")),
    ),
  },
  nodes: {
    most: 40,
    // name, tasks, the task, its id, agent, parameters, run; the file, metadata and its list.
    say: reading((count) => file(A, `metadata: { tags: [${list(count - 10)}] }`)),
  },
  mapKeys: {
    most: 20,
    say: reading((count) => file(A, `metadata: { ${list(count).replaceAll(/\d+/g, "k$&: 1")} }`)),
  },
  depth: {
    most: 12,
    say: reading((depth) => file(A, `metadata: ${"{ a: ".repeat(depth)}1${" }".repeat(depth)}`)),
  },
  attempts: { most: 4, say: reading((count) => shell(`retry: { max_attempts: ${count} }`)) },
  iterations: { most: 4, say: reading((count) => shell(`repeat: { until: false, max: ${count} }`)) },
  ...TASK_FILE_PROOFS,
  problemsShown: {
    most: 3,
    isSilent: true,
    say: (count, limits) => {
      const wrong = Array.from({ length: count }, (_, at) => `wrong${at}: 1`).join(", ");
      const problems = problemsOf(shell(wrong), "wf.yaml", { limits });
      return problems.length === count ? null : `${problems.length} are shown`;
    },
  },
  items: { most: 3, say: deciding((count) => `a : foreach: { items: [${list(count)}] }`) },
  instances: {
    most: 5,
    say: deciding((count) => `a : foreach: { items: [1, 2] }\nb : foreach: { items: [${list(count - 2)}] }`),
  },
  itemKeyLength: {
    most: 4,
    say: deciding((length) => `a : foreach: { items: [1], key: ${"k".repeat(length)} }`),
  },
  keptEvents: {
    most: 3,
    isSilent: true,
    say: (count, limits) => {
      const play = new Play(flow("a\nw <- a : agent: wait, parameters: { event: go }"), { limits });
      for (let index = 0; index < count; index += 1)
        play.send({ type: "event.received", name: "go", key: String(index), data: index });
      return play.run.inbox[0]?.key === "0" ? null : "the oldest is gone";
    },
  },
  questions: {
    most: 2,
    isSilent: true,
    say: (count, limits) => {
      const asks = { kind: "question", message: "?", offers: [], wants: [] } as const;
      const play = new Play("a", { limits });
      for (let index = 0; index < count; index += 1) {
        play.end("a", { status: "failed", failure: failure("unknown", "it asked"), asks });
        if (play.run.openDecisions > 0) play.decide("a", "answer", { comment: "yes" });
      }
      return play.run.failure?.message ?? null;
    },
  },
  misfits: {
    most: 1,
    isSilent: true,
    say: (count, limits) => {
      const play = new Play("a", { limits });
      const misfit = { failure: failure("output_missing", "no fit"), misfit: true } as const;
      for (let index = 0; index < count; index += 1) play.end("a", { status: "failed", ...misfit });
      return play.run.failure?.message ?? null;
    },
  },
  lostAttempts: {
    most: 2,
    isSilent: true,
    say: (count, limits) => {
      const play = new Play("a", { limits });
      for (let index = 0; index < count; index += 1) play.lose("a");
      return play.run.failure?.message ?? null;
    },
  },
  groupDepth: { most: 2, say: reading((depth) => file(nested(depth))) },
  parallel: { most: 4, say: parallel },
  durationSeconds: { most: 3600, say: durations },
  approvalSeconds: { most: 3600, say: reading((seconds) => shell(`approval: { expires: ${seconds} }`)) },
  inlineTasks: {
    most: 7,
    isSilent: true,
    say: (count, limits) => {
      const plan = "a : agent: workflow, parameters: { inline: { tasks: [] } }";
      const [effect] = new Play(flow(plan), { limits }).done("start_child");
      assert.ok(effect?.do === "start_child" && effect.child.source.kind === "inline");
      return effect.child.source.maxTasks >= count ? null : "fewer tasks are allowed";
    },
  },
  logBytes: { most: 100, isSilent: true, say: logged },
  stdoutBytes: { most: 100, isSilent: true, say: (bytes, limits) => printed(bytes, limits) },
  outputBytes: {
    most: 100,
    say: (bytes, limits) => {
      const path = join(freshFolder(), "output");
      writeFileSync(path, JSON.stringify("x".repeat(bytes - 2)));
      const read = readOutputFile(path, secretForms({}), realFiles, limits);
      return read.ok ? null : read.message;
    },
  },
  outputDepth: {
    most: 5,
    say: (depth, limits) => {
      const read = parseOutput("[".repeat(depth) + "]".repeat(depth), limits);
      return read.ok ? null : read.message;
    },
  },
  briefBytes: { most: 50, isSilent: true, say: briefed },
  memoryLines: { most: 5, isSilent: true, say: (lines, limits) => remembered("x\n".repeat(lines), limits) },
  memoryBytes: { most: 50, isSilent: true, say: (bytes, limits) => remembered("x".repeat(bytes), limits) },
  artifactBytes: { most: 50, say: carried },
  cacheBytes: { most: 10, isSilent: true, say: cached },
  secretSeconds: { most: 9, isSilent: true, say: secretWithin },
  secretBytes: {
    most: 20,
    isSilent: true,
    say: async (bytes, limits) => {
      const secret = await secretFrom(["head", "-c", String(bytes), "/dev/zero"], placeWith(limits));
      return secret.ok ? null : (secret.problems[0]?.message ?? "");
    },
  },
  checkSeconds: {
    most: 59,
    isSilent: true,
    say: async (seconds, limits) => {
      const inTime = seconds === limits.check_seconds;
      const found = inTime
        ? await checkEffect(["true"], placeWith(limits))
        : await checkEffect(["sleep", "600"], placeWith({ check_seconds: 1 }));
      return found === "happened" ? null : found;
    },
  },
  voidApprovals: { most: 2, say: voidedOften },
  sessionBytes: { most: 1_000, isSilent: true, say: sessionTaken },
  ...CONTENT_PROOFS,
  savedFileBytes: {
    most: 1_000,
    isSilent: true,
    say: (size, limits) =>
      reasonAgainst("a.bin", { kind: "file", size }, true, {
        fileBytesMax: most(LIMITS.savedFileBytes, limits),
        free: Number.POSITIVE_INFINITY,
      }),
  },
};

describe("limits that a project makes smaller", () => {
  for (const [key, limit] of Object.entries<Limit>(LIMITS)) {
    if (limit.asked === "language") continue;
    it(`${limit.name}: holds at the limit, and one past it`, async () => {
      const proof = PROOFS[key as Name] ?? assert.fail(`${limit.name} is not tried`);
      const limits = { [limit.name]: proof.most };
      assert.equal(await proof.say(proof.most, limits), null);
      const said = await proof.say(proof.most + 1, limits);
      assert.ok(said !== null, `${proof.most + 1} must be too much`);
      if (proof.isSilent !== true) {
        assert.ok(said.includes(beyond(limit, limits)), `${said}\n${beyond(limit, limits)}`);
        assert.ok(said.includes(`(limits.${limit.name})`), said);
      }
      if (proof.most + 1 < limit.default) assert.equal(await proof.say(proof.most + 1, {}), null);
    });
  }

  it("a run goes on under the limits it began with, whatever the project says by then", () => {
    const { definition } = goodWorkflow(shell("retry: { max_attempts: 9 }, timeout: 7d"));
    const workflow = linkDefinition(
      definition,
      surroundings({ limits: { attempts: 1, duration_seconds: 1 } }),
    );
    assert.equal(workflow.tasks[0]?.retry?.maxAttempts, 9);
  });

  it("what is not written has no more than the limit either: slots, time, patience", () => {
    const limits = { parallel: 2, duration_seconds: 60, approval_seconds: 30 };
    const play = new Play(flow("a\nb : approval: { mode: ask }"), { limits });
    const [request] = play.done("request");
    assert.ok(request?.do === "request");
    assert.deepEqual(request.claim.lanes, [{ name: "run:RUN", limit: 2 }]);
    assert.equal(play.run.clock.remainingMs, 60_000);
    assert.equal(play.asked("b").expiresAt, play.at + 30_000);
  });
});

describe("limits in decapod.yaml", () => {
  const read = (text: string) => readProjectFile("decapod.yaml", `limits: { ${text} }\n`);
  const problem = (text: string) => {
    const result = read(text);
    assert.ok(!result.ok, text);
    const [first] = result.problems;
    return { code: first?.code, message: first?.message ?? "", hint: first?.hint, line: first?.at?.line };
  };

  it("takes every name of the table, up to what is built in, and durations as they are written elsewhere", () => {
    for (const { name, default: built } of Object.values<Limit>(LIMITS)) {
      const same = read(`${name}: ${built}`);
      assert.deepEqual(same.ok && same.value.limits, { [name]: built }, name);
    }
    const hours = read("duration_seconds: 2h, approval_seconds: 90s");
    assert.deepEqual(hours.ok && hours.value.limits, { duration_seconds: 7200, approval_seconds: 90 });
  });

  it("refuses what is larger, with the range", () => {
    for (const { name, default: built, unit } of Object.values<Limit>(LIMITS)) {
      const refused = problem(`${name}: ${built + 1}`);
      assert.deepEqual([refused.code, refused.line], ["E_RANGE", 1], name);
      if (unit !== "seconds") assert.match(refused.message, /a whole number from [\d,]+ to [\d,]+/, name);
    }
    assert.match(problem("duration_seconds: 366d").message, /only be made smaller: a duration may be 365d$/);
    assert.equal(problem("tasks: 0").code, "E_RANGE");
    assert.equal(problem("tasks: many").code, "E_TYPE");
  });

  it("leaves the language's own limits as they are", () => {
    for (const { name, default: built, asked } of Object.values<Limit>(LIMITS)) {
      if (asked !== "language") continue;
      const refused = problem(`${name}: ${built - 1}`);
      assert.equal(refused.code, "E_RANGE");
      assert.match(refused.message, /as it belongs to the language/);
    }
  });

  it("refuses names that are not in the table, with the nearest", () => {
    assert.deepEqual(problem("item: 5"), {
      code: "E_UNKNOWN_KEY",
      message: 'unknown key "item"',
      hint: "items",
      line: 1,
    });
    assert.equal(problem("constructor: 5").code, "E_RESERVED_NAME");
  });

  it("are all in the manual, with what they are", () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/workflow-file.md"), "utf8");
    const manual = page.slice(page.indexOf("\n## Limits\n"));
    for (const limit of Object.values<Limit>(LIMITS)) {
      const row = manual.split("\n").find((line) => line.startsWith(`| \`${limit.name}\` |`));
      assert.ok(row !== undefined, `${limit.name} is not in docs/workflow-file.md`);
      const value = shown(limit, limit.default);
      assert.ok(row.includes(`| ${value} |`), `${row} should say ${value}`);
    }
  });
});

async function givenFile(bytes: number, limits: Limits): Promise<string | null> {
  const folder = freshFolder();
  writeFileSync(join(folder, "wf.yaml"), file(A, "params: { p: {} }"));
  writeFileSync(join(folder, "in.json"), `{"p": "x"}`.padEnd(bytes, " "));
  if (limits.input_bytes !== undefined)
    writeFileSync(join(folder, "decapod.yaml"), `limits: { input_bytes: ${limits.input_bytes} }\n`);
  const said = await decapod({ folder }, "run", "wf.yaml", "--inputs", "in.json", "--dry-run");
  return said.code === 0 ? null : said.stderr;
}

/** Every place where a file says how many at once. */
function parallel(count: number, limits: Limits): string | null {
  const texts = [
    shell(`foreach: { items: [1], max_parallel: ${count} }`),
    shell(`matrix: { a: [1], max_parallel: ${count} }`),
    shell(`concurrency: { group: db, limit: ${count} }`),
    file(A, `settings: { max_parallel: ${count} }`),
    file(A, `settings: { concurrency: { group: db, limit: ${count} } }`),
    file(`{ id: g, agent: group, parameters: { tasks: [${A}], settings: { max_parallel: ${count} } } }`),
  ];
  const said = texts.map((text) =>
    problemsOf(text, "wf.yaml", { limits })
      .map(({ message }) => message)
      .join(),
  );
  assert.equal(new Set(said.map((text) => text === "")).size, 1, said.join("\n"));
  // A matrix has words of its own.
  return said[0] === "" ? null : (said[0] ?? null);
}

/** Every place where a file says how long. */
function durations(seconds: number, limits: Limits): string | null {
  const texts = [`${seconds}`, `${seconds}s`].flatMap((time) => [
    shell(`timeout: ${time}`),
    shell(`idle_timeout: ${time}`),
    shell(`retry: { delay: ${time} }`),
    shell(`retry: { max_delay: ${time} }`),
    shell(`repeat: { until: true, max: 2, delay: ${time} }`),
    file(A, `settings: { timeout: ${time} }`),
    file(`{ id: w, agent: wait, parameters: { for: ${time} } }`),
    file(`{ id: w, agent: wait, parameters: { event: e, timeout: ${time} } }`),
  ]);
  const said = texts.map((text) => problemsOf(text, "wf.yaml", { limits })[0]?.message ?? "");
  assert.equal(new Set(said.map((text) => text === "")).size, 1, said.join("\n"));
  return said[0] === "" ? null : (said[0] ?? null);
}

function logged(bytes: number, limits: Limits): string | null {
  const folder = freshFolder();
  const log = openOutputLog(
    {
      logPath: join(folder, "log"),
      ...(limits.log_bytes !== undefined && { logBytesMax: limits.log_bytes }),
      stdoutPath: join(folder, "stdout"),
      stdoutBytesMax: 0,
      view: null,
      forms: secretForms({}),
    },
    realFiles,
  );
  log.write(2, Buffer.from("x".repeat(bytes)));
  log.end();
  const kept = readFileSync(join(folder, "log"), "utf8");
  return kept === "x".repeat(bytes) ? null : kept;
}

function printed(bytes: number, limits: Limits): string | null {
  const folder = freshFolder();
  const log = openOutputLog(
    {
      logPath: join(folder, "log"),
      stdoutPath: join(folder, "stdout"),
      stdoutBytesMax: limits.stdout_bytes ?? LIMITS.stdoutBytes.default,
      view: null,
      forms: secretForms({}),
    },
    realFiles,
  );
  log.write(1, Buffer.from("x".repeat(bytes)));
  const { stdout } = log.end();
  return stdout?.length === bytes ? null : "it is cut";
}

function briefed(bytes: number, limits: Limits): string | null {
  const outputs = new Outputs(realFiles, freshFolder());
  const dependencies = [{ id: "d", status: "success", output: { value: "x".repeat(bytes) } }];
  const nothing = { parameters: {}, feedback: null, answers: [], outputSchema: null };
  const assignment = { task: "a", dependencies, ...nothing };
  const brief = briefOf(assignment as unknown as Assignment, { workspace: root, outputs, limits });
  return brief.includes("x".repeat(bytes)) ? null : brief;
}

function carried(bytes: number, limits: Limits): string | null {
  const [workspace, folder] = [freshFolder(), freshFolder()];
  writeFileSync(join(workspace, "a"), "x".repeat(bytes));
  return keepCarried(realFiles, { workspace, globs: ["*"], folder, limits });
}

function remembered(text: string, limits: Limits): string | null {
  const folder = freshFolder();
  writeFileSync(join(folder, MEMORY_FILE), text);
  return memoryOf(realFiles, folder, limits)?.text === text ? null : "it is only named";
}

function sessionTaken(bytes: number, limits: Limits): string | null {
  const folder = freshFolder();
  const id = "0b1c2d3e-0000-4000-8000-0123456789ab";
  mkdirSync(join(folder, "projects/p"), { recursive: true });
  writeFileSync(join(folder, "projects/p", `${id}.jsonl`), "x".repeat(bytes));
  const taken = takeSession(id, { files: realFiles, configFolders: [folder], secrets: {}, limits });
  return taken?.transcript.length === bytes ? null : "it is not kept";
}

function cached(bytes: number, limits: Limits): string | null {
  const folder = freshFolder();
  const workspace = join(folder, "work");
  mkdirSync(join(workspace, "public"), { recursive: true });
  writeFileSync(join(workspace, "public/a"), "x".repeat(bytes));
  const cache = new WorkCache(realFiles, folder, workspace, limits);
  const [scope, asker] = [
    { scope: "a", files: [], paths: ["public/"] },
    { run: "r", task: "a" },
  ];
  cache.find(scope, asker);
  cache.keep(scope, asker, [{ value: 1 }]);
  return readdirSync(join(folder, "cache")).length === 1 ? null : "nothing was kept";
}

function placeWith(limits: Limits) {
  return { folder: root, environment: { PATH: process.env.PATH }, limits };
}

/** A program that does not answer is ended after the project's time. */
async function secretWithin(seconds: number, limits: Limits): Promise<string | null> {
  const inTime = seconds === limits.secret_seconds;
  const secret = inTime
    ? await secretFrom(["echo", "a-secret-of-some-length"], placeWith(limits))
    : await secretFrom(["sleep", "600"], placeWith({ secret_seconds: 1 }));
  return secret.ok ? null : (secret.problems[0]?.message ?? "");
}
