/**
 * What all drivers of agent programs share: one process an attempt, started through the spawn host with folders of its
 * own, read along by its stream file, ended when it has said all it will ever say, and judged by what it said.
 */
import type { JsonMap } from "../../core/json.ts";
import type { Usage } from "../../core/outcome.ts";
import type { Problem, Result } from "../../core/problem.ts";
import { type Clock, machineOffsetMs } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import type { AskedOfDriver, Driver, Outcome, Progress, Work } from "../driver.ts";
import { refusedOutcome } from "../empty-outcome.ts";
import { outcomeOfEnd } from "../process-outcome.ts";
import { type ProcessEnd, type ProcessStarter, runProcess } from "../process-run.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import { resetTold } from "./reset.ts";
import { type SessionText, sessionDetail, sessionNotes, settleSession } from "./session.ts";
import { followStream, type Learning, type Stream } from "./stream.ts";
import type { Ended, Verdict } from "./verdict.ts";

/** One agent program, as far as it differs from the others. */
export interface AgentKind<Facts> extends Learning<Facts> {
  readonly name: string;
  /** Finds out what takes time to find out and `refuse` needs to know. */
  readonly prepare: () => Promise<void>;
  /** Why such attempts cannot be made on this machine. */
  readonly refuse: (asked: AskedOfDriver) => readonly Problem[];
  readonly call: (work: Work) => Promise<Result<AgentCall>>;
  /** Of this attempt alone. */
  readonly usageOf: (facts: Facts, work: Work) => Usage | null;
  /** hopeless: it goes on, and nothing will come of it. */
  readonly stageOf: (facts: Facts, work: Work) => "working" | "finished" | "hopeless";
  readonly judge: (facts: Facts, ended: Ended, work: Work) => Verdict;
  /** What others can go on with, and takes it away where it lies; absent: of this agent nobody can. */
  readonly sessionOf?: (facts: Facts, call: AgentCall, work: Work) => SessionText | null;
  /** What the first request of this attempt held; null: the agent does not say. */
  readonly startTokensOf: (facts: Facts, call: AgentCall, work: Work) => number | null;
  /** What the attempt's result file tells beside the outcome. */
  readonly detailOf: (facts: Facts) => JsonMap;
}

export interface AgentCall {
  readonly request: ProcessRequest;
  /** A folder for what the program keeps for itself; gone when the attempt is over. */
  readonly own: string;
  /** Made before the start, with their parents; not for an attempt that runs already. */
  readonly folders: readonly string[];
  readonly files: readonly (readonly [path: string, text: string])[];
  /** What lies elsewhere and is used where it lies: path in `own` → target. */
  readonly links: readonly (readonly [path: string, target: string])[];
}

export interface AgentPorts {
  readonly starter: ProcessStarter;
  readonly files: Files;
  readonly clock: Clock;
  /** Between a result and the end of its process, when that does not come by itself. */
  readonly graceMs?: number;
}

const GRACE_MS = 10_000;

export function agentDriver<Facts>(kind: AgentKind<Facts>, ports: AgentPorts): Driver {
  return {
    name: kind.name,
    check: () => [],
    prepare: kind.prepare,
    refuse: kind.refuse,
    run: (work, signal) => runAgent(work, signal, { kind, ports }),
  };
}

interface Parts<Facts> {
  readonly kind: AgentKind<Facts>;
  readonly ports: AgentPorts;
}

async function* runAgent<Facts>(
  work: Work,
  signal: AbortSignal,
  parts: Parts<Facts>,
): AsyncGenerator<Progress, Outcome> {
  const { kind, ports } = parts;
  const call = await kind.call(work);
  if (!call.ok) return refusedOutcome(call.problems);
  const { request, own } = call.value;
  if (!work.reattach) layOut(call.value, ports.files);
  const stream = followStream(request.stdoutPath, kind, ports);
  try {
    const end = yield* follow({ work, request, stream, signal, ...parts });
    const facts = await stream.toEnd();
    const startTokens = kind.startTokensOf(facts, call.value, work);
    const outcome = outcomeOf(end, facts, { work, request, kind, startTokens, nowMs: ports.clock.wall() });
    const text = kind.sessionOf?.(facts, call.value, work) ?? null;
    return settleSession(ports.files, { work, outcome, driver: kind.name, text });
  } finally {
    // It holds copies of what the attempt saw, as it was, before anything was redacted.
    ports.files.removeTree(own);
  }
}

function layOut({ folders, files: written, links }: AgentCall, files: Files): void {
  for (const folder of folders) files.makeFolder(folder);
  for (const [path, text] of written) {
    files.remove(path);
    const file = files.open(path, "create");
    file.write(text);
    file.close();
  }
  for (const [path, target] of links) files.symbolicLink(target, path);
}

interface Following<Facts> extends Parts<Facts> {
  readonly work: Work;
  readonly request: ProcessRequest;
  readonly stream: Stream<Facts>;
  readonly signal: AbortSignal;
}

/** Runs it to its end; ends it when it has said all it will ever say. */
async function* follow<Facts>({
  work,
  request,
  stream,
  signal,
  kind,
  ports,
}: Following<Facts>): AsyncGenerator<Progress, ProcessEnd> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  let cancelGrace = () => {};
  // What it still prints after its result gives it no more time.
  let before: ReturnType<typeof kind.stageOf> = "working";
  const steps = runProcess(ports.starter, { ...request, reattach: work.reattach }, stopping.signal);
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      yield step.value;
      if (step.value.kind !== "output") continue;
      const usedBefore = kind.usageOf(stream.facts, work);
      const facts = stream.more();
      const usage = kind.usageOf(facts, work);
      if (usage !== null && usage.tokens !== usedBefore?.tokens) yield { kind: "usage", usage };
      const stage = kind.stageOf(facts, work);
      if (stage === "hopeless") stopping.abort("done");
      if (stage === "finished" && before !== stage)
        cancelGrace = ports.clock.after(ports.graceMs ?? GRACE_MS, () => stopping.abort("done"), {
          hold: true,
        });
      if (stage !== "finished") cancelGrace();
      before = stage;
    }
  } finally {
    cancelGrace();
    signal.removeEventListener("abort", stop);
    await steps.return({ kind: "lost", id: request.id, notes: [] });
  }
}

interface Judging<Facts> {
  readonly work: Work;
  readonly request: ProcessRequest;
  readonly kind: AgentKind<Facts>;
  readonly startTokens: number | null;
  readonly nowMs: number;
}

function outcomeOf<Facts>(end: ProcessEnd, facts: Facts, judging: Judging<Facts>): Outcome {
  const { work, request, kind, startTokens, nowMs } = judging;
  const known = outcomeOfEnd(end, { request, successCodes: [0] });
  const outcome = {
    ...known,
    notes: [...sessionNotes(work), ...known.notes],
    usage: kind.usageOf(facts, work),
    detail: {
      driver: kind.name,
      ...kind.detailOf(facts),
      ...(startTokens !== null && { startTokens }),
      ...sessionDetail(work),
    },
  };
  const isOwnEnd = end.kind === "exit" && (end.reason === null || end.reason === "done");
  if (!isOwnEnd) return outcome;
  const ended = {
    code: end.code,
    signal: end.signal,
    isDone: end.reason === "done",
    lastError: end.lastError,
  };
  const { limit, ...verdict } = kind.judge(facts, ended, work);
  const told =
    limit === undefined
      ? {}
      : { resetAt: resetTold(limit, { nowMs, zone: work.environment.TZ, machineOffsetMs }) };
  return { ...outcome, ...verdict, ...told, notes: [...outcome.notes, ...verdict.notes] };
}
