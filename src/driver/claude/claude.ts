/** The driver `claude-code`: one `claude -p` an attempt, judged by what its stream says. */
import { join } from "node:path";
import type { JsonMap } from "../../core/json.ts";
import { LIMITS, most } from "../../core/limits.ts";
import { failure } from "../../core/outcome.ts";
import { good, type Problem, type Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import type { AskedOfDriver, Driver, Outcome, Progress, Work } from "../driver.ts";
import { EMPTY_OUTCOME } from "../empty-outcome.ts";
import { outcomeOfEnd } from "../process-outcome.ts";
import { type ProcessEnd, type ProcessStarter, runProcess } from "../process-run.ts";
import type { ProcessRequest } from "../spawn-host-frames.ts";
import { askedSchema, callFiles, instructionsOf, requestOf } from "./command.ts";
import { type Facts, usageOf } from "./facts.ts";
import { type Environment, forbiddenForClaude, type LoginSetting, loginOf } from "./login.ts";
import type { Program } from "./program.ts";
import { claudeSettings, DEFAULT_PERMISSION } from "./settings.ts";
import { followStream, type Stream } from "./stream.ts";
import { judge, REFUSALS_MAX } from "./verdict.ts";

export interface ClaudeOptions {
  readonly starter: ProcessStarter;
  readonly files: Files;
  readonly clock: Clock;
  readonly program: Program;
  /** The person's own, in which credentials are looked for. */
  readonly environment: Environment;
  readonly login: LoginSetting;
  /** The widest permission mode; null: the default. */
  readonly permission: string | null;
  readonly isMac: boolean;
  /** Between a result and the end of its process, when that does not come by itself. */
  readonly graceMs?: number;
}

const GRACE_MS = 10_000;

export function claudeDriver(options: ClaudeOptions): Driver {
  return {
    name: "claude-code",
    check: () => [],
    prepare: async () => void (await options.program.ready()),
    refuse: (asked) => refuse(asked, options),
    run: (work, signal) => runClaude(work, signal, options),
  };
}

function refuse(asked: AskedOfDriver, options: ClaudeOptions): readonly Problem[] {
  const missing = options.program.problem();
  const login = loginProblems(options);
  const settings = settingsOf(asked, options);
  const names = asked.environmentNames.filter(forbiddenForClaude).map((name) => ({
    code: "E_ENV_NAME",
    message: `env sets ${name}, which no task may do for claude: it could send its credentials elsewhere or load code into it`,
    hint: "set it in your own environment, where it counts for all",
  }));
  return [...(missing === null ? login : [missing]), ...(settings.ok ? [] : settings.problems), ...names];
}

function loginProblems({ environment, login, files, isMac }: ClaudeOptions): readonly Problem[] {
  const found = loginOf(environment, login, files, isMac);
  return found.ok ? [] : found.problems;
}

function settingsOf(
  { options, agentRole }: Pick<AskedOfDriver, "options" | "agentRole">,
  { permission }: ClaudeOptions,
) {
  return claudeSettings({ options, role: agentRole, permission: permission ?? DEFAULT_PERMISSION });
}

async function* runClaude(
  work: Work,
  signal: AbortSignal,
  options: ClaudeOptions,
): AsyncGenerator<Progress, Outcome> {
  const { files } = options;
  const request = await makeRequest(work, options);
  if (!request.ok) return refused(request.problems);
  const own = callFiles(work.folder);
  if (!work.reattach) {
    for (const name of ["config", "tmp"]) files.makeFolder(join(own.own, name));
    write(files, own.instructions, instructionsOf(work));
  }
  const stream = followStream(own.stream, files, options.clock);
  try {
    const end = yield* follow({ work, request: request.value, stream, signal, options });
    const facts = await stream.toEnd();
    return outcomeOf(end, facts, work, request.value);
  } finally {
    // It holds copies of what the attempt saw, as it was, before anything was redacted.
    files.removeTree(own.own);
  }
}

async function makeRequest(work: Work, options: ClaudeOptions): Promise<Result<ProcessRequest>> {
  const { environment, login: setting, files, isMac, program } = options;
  const settings = settingsOf(work, options);
  if (!settings.ok) return settings;
  const login = loginOf(environment, setting, files, isMac);
  if (!login.ok) return login;
  // One that runs already needs no program any more.
  const found = work.reattach ? good("claude") : await program.ready();
  if (!found.ok) return found;
  const request = requestOf(work, { program: found.value, settings: settings.value, login: login.value });
  return good(request);
}

function refused(problems: readonly Problem[]): Outcome {
  const told = problems.map(
    ({ code, message, hint }) => `${code} ${message}${hint === undefined ? "" : ` (${hint})`}`,
  );
  return { ...EMPTY_OUTCOME, status: "failed", failure: failure("config_error", told.join("; ")) };
}

function write(files: Files, path: string, text: string): void {
  files.remove(path);
  const file = files.open(path, "create");
  file.write(text);
  file.close();
}

interface Following {
  readonly work: Work;
  readonly request: ProcessRequest;
  readonly stream: Stream;
  readonly signal: AbortSignal;
  readonly options: ClaudeOptions;
}

/** Runs it to its end; ends it when it has said all it will ever say. */
async function* follow({
  work,
  request,
  stream,
  signal,
  options,
}: Following): AsyncGenerator<Progress, ProcessEnd> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  let cancelGrace = () => {};
  const steps = runProcess(options.starter, { ...request, reattach: work.reattach }, stopping.signal);
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      yield step.value;
      if (step.value.kind !== "output") continue;
      const before = usageOf(stream.facts);
      const facts = stream.more();
      const usage = usageOf(facts);
      if (usage !== null && usage.tokens !== before?.tokens) yield { kind: "usage", usage };
      cancelGrace();
      if (facts.refusals >= REFUSALS_MAX) stopping.abort("done");
      else if (facts.result !== null && !facts.isBusy)
        cancelGrace = options.clock.after(options.graceMs ?? GRACE_MS, () => stopping.abort("done"), {
          hold: true,
        });
    }
  } finally {
    cancelGrace();
    signal.removeEventListener("abort", stop);
    await steps.return({ kind: "lost", id: request.id, notes: [] });
  }
}

function outcomeOf(end: ProcessEnd, facts: Facts, work: Work, request: ProcessRequest): Outcome {
  const outcome = {
    ...outcomeOfEnd(end, { request, successCodes: [0] }),
    usage: usageOf(facts),
    detail: detailOf(facts),
  };
  const isOwnEnd = end.kind === "exit" && (end.reason === null || end.reason === "done");
  if (!isOwnEnd) return outcome;
  const verdict = judge(facts, {
    code: end.code,
    signal: end.signal,
    isDone: end.reason === "done",
    lastError: end.lastError,
    textBytesMax: most(LIMITS.stdoutBytes, work.limits),
    schema: askedSchema(work.outputSchema).how,
  });
  return { ...outcome, ...verdict, notes: [...outcome.notes, ...verdict.notes] };
}

function detailOf({ session, version, model }: Facts): JsonMap {
  return { driver: "claude-code", session, version, model };
}
