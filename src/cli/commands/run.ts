/** decapod run: starts a run and stays with it to its end; where another process owns the project, it runs there. */

import { EXIT } from "../../core/problem.ts";
import { selectedTasks } from "../../server/select.ts";
import { startedEvent } from "../../server/started.ts";
import { shownPath } from "../../spec/project.ts";
import { Outputs } from "../../work/outputs.ts";
import type { OpenEngine } from "../application.ts";
import { type Context, flagOption, type Options, projectOf } from "../context.ts";
import { finish } from "../finish.ts";
import type { Follower, Stops } from "../following/follow.ts";
import { stay } from "../following/stay.ts";
import { readInputs } from "../inputs.ts";
import { nextSteps } from "../next-steps.ts";
import { printProblems } from "../problems.ts";
import { reach, reachBackground, TRIES_MAX } from "../reach.ts";
import { Refused, take } from "../refusal.ts";
import { checkRunFields } from "../run-document.ts";
import { earlierRun, readAsked, type Start } from "../start-asked.ts";
import { isClosed } from "../words.ts";

const NOTHING = "nothing was started";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  if (options.todo !== undefined) return runWithTodo(context, words, options);
  const project = projectOf(context);
  const { application, globals } = context;
  const asked = readAsked(project, options);
  const isDry = flagOption(options, "dryRun");
  if (!isDry && !asked.options.rehearse && !asked.detach) application.prepare();
  const checked = take(application.workflow(project, words[0] ?? ""), NOTHING);
  const inputs = readInputs(application, project, checked.workflow, options);
  if (!globals.json && !globals.quiet && checked.warnings.length > 0)
    printProblems(context.err, checked.warnings, checked.text);
  const selected = take(selectedTasks(checked.workflow, asked.options));
  if (isDry) {
    const { dryRun } = await import("../dry-run.ts");
    return dryRun(context, checked, inputs, { selected, rehearse: asked.options.rehearse, project });
  }
  return startAnywhere({ context, project, checked, inputs, asked });
}

/** The same, with a file beside it. */
async function runWithTodo(context: Context, words: readonly string[], options: Options): Promise<number> {
  const { checkTodo, withTodo } = await import("../todo-file.ts");
  const { todo: _taken, ...rest } = options;
  const kept = withTodo(context, options);
  checkTodo(kept, { isDetached: flagOption(options, "detach"), isOne: true });
  return action(kept, words, rest);
}

/** Here, or with whoever owns the project; with `detach` always there. */
export async function startAnywhere(start: Start): Promise<number> {
  const { context, project, asked } = start;
  const { application } = context;
  for (let tries = 1; ; tries += 1) {
    const reached = take(
      await (asked.detach
        ? reachBackground(application, project, asked)
        : reach(application, project, asked)),
      NOTHING,
    );
    if (reached.kind === "here") return startHere(start, reached.engine);
    const { handOver } = await import("../following/hand-over.ts");
    const handed = await handOver(start, reached.owner);
    if (handed.kind === "code") return handed.code;
    if (tries >= TRIES_MAX) throw new Refused(handed.problems, { consequence: NOTHING });
  }
}

async function startHere(start: Start, engine: OpenEngine): Promise<number> {
  const { context, project, checked, asked } = start;
  if (engine.notices.length > 0 && !context.globals.json) printProblems(context.err, engine.notices, null);
  if (!context.globals.json) engine.taskFiles.tell = (problem) => printProblems(context.err, [problem], null);
  const wait = asked.wait;
  const { stops, reader } = await stay({ context, project, engine, wait }, (follower) =>
    startAndFollow(start, engine, follower),
  );
  const code = finish({ context, reader, stops, isOne: true });
  if (code === EXIT.done) nextSteps(context, checked.workflow.name);
  return code;
}

async function startAndFollow(start: Start, engine: OpenEngine, follower: Follower): Promise<Stops> {
  const { context, project, checked, inputs, asked } = start;
  const { user, files } = context.application;
  const earlier = earlierRun(context, asked.run === null ? null : follower.reader, checked, asked);
  if (earlier !== null) {
    if (isClosed(earlier.status)) return new Map([[earlier.run, { kind: "ended", status: earlier.status }]]);
    follower.add(take(engine.resume(earlier.run, user)));
    return follower.end();
  }
  const problems = await engine.startProblems(checked, asked.options.rehearse);
  if (problems.length > 0) throw new Refused(problems, { text: checked.text, consequence: NOTHING });
  const started = startedEvent({
    workflow: checked.workflow,
    inputs,
    options: asked.options,
    earlier: () => follower.reader,
    outputs: new Outputs(files, project.stateFolder),
    file: shownPath(project.root, checked.file),
    limits: project.config.limits,
    seed: engine.seed(),
    by: user,
  });
  const id = asked.run ?? engine.newRunId();
  follower.expect(id);
  take(await engine.startRun(id, checked, take(started)), NOTHING);
  return follower.end();
}
