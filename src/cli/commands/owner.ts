/**
 * An owner without a terminal: `run --detach` starts one, and so does a terminal that leaves while runs of others go on.
 * It is called by decapod alone. It ends when its runs have ended, or only wait for people and nobody watches.
 */

import { exitOfAll } from "../../core/codes.ts";
import { EXIT, type Problem } from "../../core/problem.ts";
import type { OpenEngine, Project } from "../application.ts";
import { type Context, type Options, projectOf, textOption } from "../context.ts";
import { linesOfAll } from "../following/lines-of-all.ts";
import { numberOption } from "../globals.ts";
import { shortRun } from "../ids.ts";
import { printProblems } from "../problems.ts";
import { openWithin } from "../reach.ts";

const LOOK_MS = 1000;
/** So long it waits for its first run. */
const FIRST_LOOKS_MAX = 15;
/** So long it waits for the owner whose runs it takes over to close. */
const PATIENCE_MS = 30_000;
const EXIT_TERMINATED = 143;

export async function action(context: Context, runs: readonly string[], options: Options): Promise<number> {
  const { application, err } = context;
  const project = projectOf(context);
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const durability = textOption(options, "durability") === "fast" ? "fast" : "durable";
  const isHeir = runs.length > 0;
  // The owner before us closes once we stand by.
  if (isHeir) application.tellStarter(null);
  const owning = await openWithin(application, project, {
    durability,
    slots,
    patienceMs: isHeir ? PATIENCE_MS : 0,
  });
  if (!owning.ok) return notOwner(context, project, runs, owning.problems);
  const { engine, listen } = owning.value;
  const ending = endOnSignal(context, engine);
  log(context, project, engine, runs);
  const listening = await listen();
  if (!listening.ok) printProblems(err, listening.problems, null);
  application.tellStarter(listening.ok ? null : listening.problems);
  await untilIdle(context, engine, ending);
  await Promise.all(ending.interrupts);
  await engine.close();
  if (engine.fault !== null) printProblems(err, [engine.fault], null);
  if (ending.interrupts.length > 0) return EXIT_TERMINATED;
  return engine.fault === null ? EXIT.done : exitOfAll([engine.fault]);
}

/** Somebody else was quicker: they are asked to go on with what was to be gone on with here. */
async function notOwner(
  { application, err }: Context,
  project: Project,
  runs: readonly string[],
  problems: readonly Problem[],
): Promise<number> {
  const owner = await application.connect(project);
  const reached = owner.ok ? owner.value : null;
  application.tellStarter(reached === null ? problems : null);
  if (reached === null) {
    printProblems(err, problems, null);
    return exitOfAll(problems);
  }
  for (const run of runs) {
    const resumed = await reached.client.call("runs.resume", { run });
    if (!resumed.ok) printProblems(err, resumed.problems, null);
  }
  return EXIT.done;
}

interface Ending {
  readonly interrupts: Promise<void>[];
  /** Called when there is one. */
  wake: () => void;
}

/** Once: what runs is ended and kept. Twice: killed. */
function endOnSignal({ application }: Context, engine: OpenEngine): Ending {
  const ending: Ending = { interrupts: [], wake: () => {} };
  application.onSignal(() => {
    const runs = engine.openRuns().map(({ id }) => id);
    ending.interrupts.push(engine.interrupt(ending.interrupts.length > 0, runs));
    ending.wake();
  });
  return ending;
}

/** What happens, as lines into the log that our output goes to; then the runs to go on with are taken up. */
function log(context: Context, project: Project, engine: OpenEngine, runs: readonly string[]): void {
  const { application, err } = context;
  const read = application.read(project);
  const reader = read.ok ? read.value : null;
  const { watcher } = linesOfAll(context, engine, reader);
  for (const run of runs) {
    const taken = engine.resume(run, null);
    if (taken.ok)
      watcher.begin({
        run: taken.value,
        name: shortRun(reader, run),
        how: "resumed",
        below: engine.below(run),
      });
    else printProblems(err, taken.problems, null);
  }
}

async function untilIdle({ application }: Context, engine: OpenEngine, ending: Ending): Promise<void> {
  let hasWorked = false;
  for (let looks = 0; ; looks += 1) {
    hasWorked ||= engine.openRuns().length > 0;
    const isOver = ending.interrupts.length > 0 || engine.fault !== null;
    if (isOver || (isIdle(engine) && (hasWorked || looks >= FIRST_LOOKS_MAX))) return;
    await new Promise<void>((resolve) => {
      const cancel = application.clock.after(LOOK_MS, resolve, { hold: true });
      ending.wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** Its runs have ended, or all of them wait for people and nobody sees it. */
function isIdle(engine: OpenEngine): boolean {
  return (engine.followers > 0 ? engine.openRuns() : engine.active()).length === 0;
}
