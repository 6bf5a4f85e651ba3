/** decapod loop: one invocation after another, each with a fresh agent and one action, until MAIN_TASK says it is over. */
import { join } from "node:path";
import { bad, EXIT, type Result } from "../../core/problem.ts";
import { openProblems } from "../../exchange/maintask/cursor-tasks.ts";
import { HISTORY_FILE } from "../../exchange/maintask/history-file.ts";
import { listTasks } from "../../exchange/maintask/loop-tasks.ts";
import {
  INVOCATIONS_MAX,
  LOOP_LABEL,
  type LoopOptions,
  loopDefinition,
} from "../../exchange/maintask/loop-workflow.ts";
import { NO_COURSE } from "../../exchange/maintask/progress.ts";
import { CURSOR_FILE, type Stream } from "../../exchange/maintask/stream.ts";
import type { RunRow } from "../../host/host.ts";
import { sha256Text } from "../../port/hash.ts";
import type { Project } from "../application.ts";
import { type Context, hint, type Options, projectOf, textOption } from "../context.ts";
import { numberOption } from "../globals.ts";
import { shortRun } from "../ids.ts";
import { readInputs } from "../inputs.ts";
import { notInsideAttempt } from "../inside-attempt.ts";
import { cursorHere } from "../maintask/cursor-here.ts";
import { courseLeft, type LoopEnd, loopEnd, openLoop } from "../maintask/loop-end.ts";
import { NO_END, report, reportOver } from "../maintask/loop-report.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { Printer } from "../print.ts";
import { Refused, refused, take } from "../refusal.ts";
import { startAnywhere } from "../start-anywhere.ts";
import { type Asked, readAsked } from "../start-asked.ts";

const AGENT = "task-executor";
const MAX = 100;
/** Never more than two starts a second. */
const SLEEP_LEAST = 0.5;
const PATIENCE = 3;
const TIMEOUT = "1h";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const project = projectOf(context);
  const stream = streamHere(context, project, options);
  const asked = readAsked(project, { ...options, label: LOOP_LABEL });
  const max = numberOption(options, "max", { least: 1, most: 10_000 }) ?? MAX;
  if (asked.detach && max > INVOCATIONS_MAX)
    throw refused(
      "E_OPTIONS",
      `a loop in the background has at most ${INVOCATIONS_MAX} invocations`,
      "--max 100",
    );
  const told = toldOf(context);
  const isRehearsal = asked.options.rehearse;
  if (!isRehearsal) notInsideAttempt(context, project);
  const settings = settingsOf(options, stream);
  // What was begun is real: a rehearsal beside it plays from where MAIN_TASK stands.
  const going = isRehearsal ? null : openLoop(context, project, stream);
  if (going === null && isOver(context, stream)) return reportOver(context, stream);
  if (going !== null && asked.detach && isWorkedOn(context, project, going)) return EXIT.done;
  const left = going === null && !isRehearsal ? courseLeft(context, project, stream) : NO_COURSE;
  let { budget } = asked.options;
  let end = going === null ? null : await goOn(told, project, going);
  while (end === null || (end.stopped === "limit" && end.code === EXIT.done && end.invocations < max)) {
    const before = end?.invocations ?? 0;
    const count = Math.min(INVOCATIONS_MAX, max - before);
    const course = end?.course ?? left;
    budget = leftOf(budget, end?.row ?? null);
    const run = context.application.newRunId();
    const now = { ...asked, run, options: { ...asked.options, budget } };
    const code = await oneRun(told, project, now, {
      ...settings,
      max: count,
      course,
      before,
      isRehearsal,
    });
    if (asked.detach) return code;
    end = ended(context, project, run, code);
  }
  return report(context, stream, end);
}

type Budget = Asked["options"]["budget"];

/** What a run of the loop has left for the next one. */
function leftOf(budget: Budget, row: RunRow | null): Budget {
  if (budget === null || row === null) return budget;
  const less = (all: number | null, used: number | null) =>
    all === null ? null : Math.max(0, all - (used ?? 0));
  return { usd: less(budget.usd, row.costUsd), tokens: less(budget.tokens, row.tokens) };
}

/** With --json one document at the end, instead of one for each run. */
function toldOf(context: Context): Context {
  const { globals, application } = context;
  if (!globals.json) return context;
  const out = new Printer({ ...application.stdout, isTerminal: false, write: () => {} }, false);
  return { ...context, out, globals: { ...globals, json: false, quiet: true } };
}

/** What the run's end says wins over how it was followed, unless it goes on. */
function ended(context: Context, project: Project, run: string, code: number): LoopEnd {
  const end = loopEnd(context, project, run);
  const isTold = end !== null && end.stopped !== "open" && end.stopped !== "failed";
  return isTold ? end : { ...(end ?? NO_END), code };
}

/** Whether somebody does it already; then it is said who. */
function isWorkedOn(context: Context, project: Project, { run }: RunRow): boolean {
  const reader = take(context.application.read(project));
  const name = reader?.owned === true ? shortRun(reader, run) : null;
  reader?.close();
  if (name !== null) hint(context, `the loop goes on already: ${context.application.calledAs} watch ${name}`);
  return name !== null;
}

async function goOn(context: Context, project: Project, { run }: RunRow): Promise<LoopEnd> {
  const reader = take(context.application.read(project));
  const short = reader === null ? run : shortRun(reader, run);
  reader?.close();
  hint(context, `a loop was begun and has not ended, so it goes on where it is, as it was begun: ${short}`);
  const { action: resume } = await import("./resume.ts");
  try {
    return ended(context, project, run, await resume(context, [run], {}));
  } catch (thrown) {
    // It ended while we were about to go on with it.
    const isOver = thrown instanceof Refused && thrown.problems[0]?.code === "E_RUN_CLOSED";
    if (!isOver) throw thrown;
    return loopEnd(context, project, run) ?? NO_END;
  }
}

/** Whether there is nothing left to do. A cursor that nobody ever wrote is refused; what became of others the loop says. */
function isOver(context: Context, stream: Stream): boolean {
  const isKnown = context.application.files.exists(join(stream.folder, HISTORY_FILE));
  if (isKnown && !context.application.files.exists(join(stream.folder, CURSOR_FILE))) return false;
  const { status } = cursorHere(context, stream);
  const open = status === "completed" ? openProblems(listTasks(context.application.files, stream)) : [];
  if (open.length > 0) throw new Refused(open);
  return status !== "continue";
}

function settingsOf(
  options: Options,
  { name }: Stream,
): Omit<LoopOptions, "max" | "course" | "before" | "isRehearsal"> {
  const sleep = numberOption(options, "sleep", { least: 0, most: 86_400 }) ?? SLEEP_LEAST;
  return {
    stream: name,
    agent: textOption(options, "agent") ?? AGENT,
    sleepSeconds: Math.max(SLEEP_LEAST, sleep),
    patience: numberOption(options, "patience", { least: 1, most: 100 }) ?? PATIENCE,
    timeout: textOption(options, "timeout") ?? TIMEOUT,
  };
}

async function oneRun(
  context: Context,
  project: Project,
  asked: Asked,
  options: LoopOptions,
): Promise<number> {
  const { application } = context;
  if (!asked.options.rehearse && !asked.detach) application.prepare();
  const file = keptFile(context, project, JSON.stringify(loopDefinition(options), null, 2));
  const checked = take(unplaced(application.workflow(project, file)), "nothing was started");
  const inputs = readInputs(application, project, checked.workflow, {});
  return startAnywhere({ context, project, checked, inputs, asked });
}

/** What is wrong was said in options; that the loop is written into a file is of no use to anybody. */
function unplaced<T>(checked: Result<T>): Result<T> {
  return checked.ok ? checked : bad(...checked.problems.map(({ at: _at, ...problem }) => problem));
}

/** Beside the journal, by what it says: the run can be looked at and done again like that of any other workflow. */
function keptFile({ application }: Context, { stateFolder }: Project, text: string): string {
  const folder = join(stateFolder, "loops");
  const path = join(folder, `${sha256Text(text).slice(0, 16)}.json`);
  if (application.files.exists(path)) return path;
  application.files.makeFolder(folder);
  application.files.writeAtomic(path, text);
  return path;
}
