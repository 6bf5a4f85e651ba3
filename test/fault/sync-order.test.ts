/**
 * What a power cut leaves rests on calls of the system being made in an order: they are looked at as the kernel saw them.
 * That the disk then keeps its word no test can show.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { environmentWith, freshFolder, has, startIn } from "../e2e/decapod.ts";
import { PROGRAM } from "../support/program.ts";

const TASKS = ["first", "second", "third", "fourth"] as const;
const CHAIN = `name: chain
tasks:
${TASKS.map((id, at) => {
  const after = at === 0 ? "" : `, dependencies: [${TASKS[at - 1]}]`;
  return `  - { id: ${id}, agent: shell, parameters: { run: 'echo task-${id}' }${after} }`;
}).join("\n")}
`;

/** One call of the system; its places in the trace say which came before which. */
interface Call {
  readonly name: string;
  readonly text: string;
  readonly begun: number;
  /** Where it was back; never: it was under way when the process ended. */
  ended: number;
}

const TRACE = ["-f", "-y", "-s", "2048", "-e", "trace=pwrite64,fsync,fdatasync,write,writev,sendmsg,execve"];

/** Of a line `PID name(…` that may be told in two parts: `PID name(… <unfinished ...>`, `PID <... name resumed>…`. */
function callsIn(trace: string): readonly Call[] {
  const calls: Call[] = [];
  const underWay = new Map<string, Call>();
  for (const [at, line] of trace.split("\n").entries()) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.startsWith("<... ")) {
      const call = underWay.get(pid);
      if (call !== undefined) call.ended = at;
      continue;
    }
    const [, name] = /^(\w+)\(/.exec(rest) ?? [];
    if (name === undefined) continue;
    const isWhole = !rest.endsWith("<unfinished ...>");
    const call = { name, text: rest, begun: at, ended: isWhole ? at : Number.POSITIVE_INFINITY };
    if (!isWhole) underWay.set(pid, call);
    calls.push(call);
  }
  return calls;
}

const isOn = (file: string) => (call: Call) => call.text.includes(`${file}>`);
const isLog = isOn("decapod.db-wal");
const isMark = isOn("decapod.mark");
const isSync = ({ name }: Call) => name === "fsync" || name === "fdatasync";
const isPut = ({ name }: Call) => name === "pwrite64";
const says =
  (...words: readonly string[]) =>
  ({ text }: Call) =>
    words.every((word) => text.includes(word));
/** As strace writes the text of an event. */
const told = (type: string, task: string) => says(`\\"type\\":\\"${type}\\"`, `\\"task\\":\\"${task}\\"`);

/** The first such call that began when another was back. */
function next(calls: readonly Call[], after: Call | undefined, ...are: readonly ((call: Call) => boolean)[]) {
  if (after === undefined) return undefined;
  return calls.find((call) => call.begun > after.ended && are.every((is) => is(call)));
}

async function traced(t: TestContext, ...words: readonly string[]) {
  const folder = freshFolder({ chain: CHAIN });
  const trace = join(folder.path, "../trace.txt");
  const argv = ["strace", ...TRACE, "-o", trace, ...PROGRAM, "run", "chain", "--jsonl", ...words];
  const { code, stderr } = await startIn(folder.path, environmentWith(join(folder.path, "../home")), argv)
    .ended;
  assert.equal(code, 0, stderr);
  const calls = callsIn(readFileSync(trace, "utf8"));
  t.diagnostic(`${calls.length} calls, ${calls.filter(isSync).length} of them syncs`);
  const written = (type: string, task: string) =>
    calls.find((call) => isPut(call) && isLog(call) && told(type, task)(call));
  const started = (task: string) =>
    calls.find((call) => call.name === "execve" && says(`task-${task}`)(call));
  const shown = (task: string) =>
    calls.find(
      (call) => /^(?:write|writev|sendmsg)\(1</.test(call.text) && told("attempt.ended", task)(call),
    );
  return { calls, written, started, shown };
}

/** Tasks whose process was started before the journal held on the disk why. */
function startedTooSoon({ calls, written, started }: Awaited<ReturnType<typeof traced>>): readonly string[] {
  return TASKS.filter((task, at) => {
    const before = TASKS[at - 1];
    const reasons = [written("attempt.started", task), ...(before ? [written("attempt.ended", before)] : [])];
    const start = started(task);
    assert.ok(start !== undefined && reasons.every((reason) => reason !== undefined), task);
    return reasons.some((reason) => {
      const synced = next(calls, reason, isSync, isLog);
      return synced === undefined || synced.ended > start.begun;
    });
  });
}

/** What was shown before its log, and after it the mark that speaks of it, were on the disk. */
function shownTooSoon({ calls, written, shown }: Awaited<ReturnType<typeof traced>>): readonly string[] {
  return TASKS.filter((task) => {
    const show = shown(task);
    assert.ok(show !== undefined, task);
    const logged = next(calls, written("attempt.ended", task), isSync, isLog);
    const marked = next(calls, next(calls, logged, isPut, isMark), isSync, isMark);
    return marked === undefined || marked.ended > show.begun;
  });
}

const cannot =
  !has("strace", "-f", "-o", "/dev/null", "true") &&
  "strace is not installed or may not trace: apt-get install strace";

describe("the order of what is written, synced and done", { skip: cannot }, () => {
  it("durable: no task starts, and nothing is shown, before the journal that says why is on the disk", async (t) => {
    const run = await traced(t);
    assert.deepEqual([startedTooSoon(run), shownTooSoon(run)], [[], []]);
    // A trace in which these syncs are missing is seen through.
    const without = (is: (call: Call) => boolean) => ({
      ...run,
      calls: run.calls.filter((call) => !isSync(call) || !is(call)),
    });
    assert.deepEqual([startedTooSoon(without(isLog)), shownTooSoon(without(isLog))], [TASKS, TASKS]);
    assert.deepEqual(shownTooSoon(without(isMark)), TASKS);
  });

  it("fast: nothing is shown before the journal that says so is on the disk", async (t) => {
    assert.deepEqual(shownTooSoon(await traced(t, "--durability", "fast")), []);
  });
});
