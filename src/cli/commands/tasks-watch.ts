/** decapod tasks watch: owns the project, and does what lies in tasks/pending until it is told to end. */
import { exitOfAll } from "../../core/codes.ts";
import { present } from "../../core/invariant.ts";
import { bad, EXIT, good, type Problem, type Result } from "../../core/problem.ts";
import type { AgentFiles } from "../../exchange/taskfile/agent-files.ts";
import { productionProblem } from "../../exchange/taskfile/production-asked.ts";
import { standingOf } from "../../exchange/taskfile/standing.ts";
import { readStartable } from "../../exchange/taskfile/startable-task.ts";
import { type FoundFile, idOf, type TaskFolders } from "../../exchange/taskfile/task-folders.ts";
import { recordedTask, TASK_LABEL, taskRunId, withParents } from "../../exchange/taskfile/task-run.ts";
import { type Starting, TaskWatch } from "../../exchange/taskfile/task-watch.ts";
import { Turns } from "../../port/in-turns.ts";
import { startedEvent } from "../../server/started.ts";
import type { Surroundings } from "../../spec/surroundings.ts";
import { Outputs } from "../../work/outputs.ts";
import type { OpenEngine, Project, Reader } from "../application.ts";
import { type Context, hint, type Options, projectOf, textOption } from "../context.ts";
import { linesOfAll } from "../following/lines-of-all.ts";
import type { Watcher } from "../following/watcher.ts";
import { numberOption } from "../globals.ts";
import { shortRun } from "../ids.ts";
import { readInputs } from "../inputs.ts";
import { printProblems } from "../problems.ts";
import { openWithin } from "../reach.ts";
import { Refused, take } from "../refusal.ts";
import { agentFilesOf, foldersOf } from "../taskfiles/here.ts";

const PATIENCE_MS = 2_000;
const SURROUNDINGS_MS = 1_000;
const EXIT_BY: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 };

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application } = context;
  const project = projectOf(context);
  const slots = numberOption(options, "slots", { least: 1, most: 1000 });
  const durability = textOption(options, "durability") === "fast" ? "fast" : null;
  application.prepare();
  const opened = take(await openWithin(application, project, { durability, slots, patienceMs: PATIENCE_MS }));
  const { engine, listen } = opened;
  const listening = await listen();
  if (!listening.ok) printProblems(context.err, listening.problems, null);
  const reader = present(take(application.read(project)), "an owner has a journal");
  const watching = new Watching(context, project, engine, reader);
  const code = await watching.untilEnd();
  await engine.close();
  reader.close();
  if (engine.fault === null) return code;
  printProblems(context.err, [engine.fault], null);
  return exitOfAll([engine.fault]);
}

class Watching {
  readonly #context: Context;
  readonly #project: Project;
  readonly #engine: OpenEngine;
  readonly #reader: Reader;
  readonly #folders: TaskFolders;
  readonly #agentFiles: AgentFiles;
  readonly #turns: Turns;
  #around: { readonly at: number; readonly value: Surroundings } | null = null;

  constructor(context: Context, project: Project, engine: OpenEngine, reader: Reader) {
    this.#context = context;
    this.#project = project;
    this.#engine = engine;
    this.#reader = reader;
    this.#folders = foldersOf(context, project);
    this.#agentFiles = agentFilesOf(context, project, reader);
    this.#turns = new Turns(context.application.clock);
  }

  async untilEnd(): Promise<number> {
    const { application, err } = this.#context;
    const engine = this.#engine;
    const tell = (problem: Problem) => printProblems(err, [problem], null);
    engine.taskFiles.tell = tell;
    const ending = new AbortController();
    const interrupts: Promise<void>[] = [];
    let code: number = EXIT.done;
    application.onSignal((signal) => {
      code = EXIT_BY[signal] ?? EXIT.done;
      interrupts.push(
        engine.interrupt(
          interrupts.length > 0,
          engine.openRuns().map(({ id }) => id),
        ),
      );
      ending.abort();
    });
    const watch = new TaskWatch({
      folders: this.#folders,
      keeper: await engine.taskFiles.keeper(),
      clock: application.clock,
      turns: this.#turns,
      isOver: () => engine.fault !== null,
      free: () => engine.settings.slots - this.#busy() - engine.taskFiles.behind,
      open: () => this.#open().flatMap((run) => recordedTask(run.start)?.id ?? []),
      standing: (id) => standingOf(this.#reader, this.#folders, id),
      agentFiles: this.#agentFiles,
      caughtUp: async () => {
        if (engine.openRuns().some(({ workflow }) => workflow.roles.size > 0)) await engine.told();
      },
      start: (file, number, parents) => this.#start(file, number, parents),
      tell,
    });
    engine.taskFiles.kept = () => watch.wake();
    const { watcher, end: stop } = linesOfAll(this.#context, engine, this.#reader);
    const unobserve = engine.observe((changes) => {
      this.#agentFiles.agents.see(changes);
      watch.wake();
    });
    this.#goOn(watcher, tell);
    await this.#agentFiles.lookBack(this.#folders, (run) => engine.run(run) !== null);
    hint(this.#context, `following tasks/pending; ctrl-C ends it`);
    await watch.run(ending.signal);
    await Promise.all(interrupts);
    await engine.told();
    unobserve();
    stop();
    return code;
  }

  #open() {
    return this.#engine
      .openRuns()
      .filter(({ start, phase }) => start.label === TASK_LABEL && phase !== "closed");
  }

  /** What only waits for people takes no place. */
  #busy(): number {
    const active = new Set(this.#engine.active());
    return this.#open().filter(({ id }) => active.has(id)).length;
  }

  /** Runs of task files that an owner before us left. */
  #goOn(watcher: Watcher, tell: (problem: Problem) => void): void {
    const { application } = this.#context;
    const left = this.#reader.runs({ label: TASK_LABEL, status: ["queued", "running"] });
    for (const { run } of left.filter(({ parent }) => parent === null)) {
      const taken = this.#engine.resume(run, application.user);
      if (taken.ok)
        watcher.begin({
          run: taken.value,
          name: shortRun(this.#reader, run),
          how: "resumed",
          below: this.#engine.below(run),
        });
      else for (const problem of taken.problems) tell(problem);
    }
  }

  /** The bytes that are read here are those that are checked, recorded and run. */
  async #start(file: FoundFile, number: number, parents: readonly string[]): Promise<Starting> {
    const id = idOf(file);
    const run = taskRunId(id, number);
    const takeBack = this.#agentFiles.quota.take(run, parents);
    const begun = await this.#begin(file, run, parents);
    const written = begun.ok ? begun.value.written : Promise.resolve(begun);
    const told = (result: Result<null>) => {
      if (result.ok) this.#agentFiles.letThrough.drop(id);
      else takeBack();
      return result;
    };
    return { written: written.then(told) };
  }

  async #begin(file: FoundFile, run: string, parents: readonly string[]): Promise<Result<Starting>> {
    const { application } = this.#context;
    const project = this.#project;
    const path = this.#folders.path(file);
    const checked = readStartable(path, project.root, application.files, this.#surroundings());
    if (!checked.ok) return checked;
    const forbidden = parents.length === 0 ? null : productionProblem(checked.value, this.#surroundings());
    if (forbidden !== null) return bad(forbidden);
    await this.#turns.pause();
    const { workflow } = checked.value;
    const trigger = withParents(checked.value.trigger, parents);
    const inputs = refusedAsValue(() => readInputs(application, project, workflow, {}, { trigger }));
    if (!inputs.ok) return inputs;
    const stops = await this.#engine.startProblems(checked.value, false);
    if (stops.length > 0) return bad(...stops);
    const started = startedEvent({
      workflow,
      inputs: inputs.value,
      options: {
        only: [],
        from: null,
        until: null,
        label: TASK_LABEL,
        rehearse: false,
        maxParallel: null,
        budget: null,
      },
      earlier: () => this.#reader,
      outputs: new Outputs(application.files, project.stateFolder),
      file: file.shown,
      limits: project.config.limits,
      seed: this.#engine.seed(),
      by: application.user,
    });
    if (!started.ok) return started;
    return good({ written: this.#engine.startRun(run, checked.value, started.value) });
  }

  /** Roles and workflows may change while this goes on; not between two files of one moment. */
  #surroundings(): Surroundings {
    const { clock, surroundings } = this.#context.application;
    const now = clock.monotonic();
    if (this.#around === null || now - this.#around.at > SURROUNDINGS_MS)
      this.#around = { at: now, value: surroundings(this.#project) };
    return this.#around.value;
  }
}

function refusedAsValue<T>(read: () => T): Result<T> {
  try {
    return good(read());
  } catch (thrown) {
    if (thrown instanceof Refused) return { ok: false, problems: thrown.problems };
    throw thrown;
  }
}
