/** A run begins: here, or with whoever owns the project, and is followed to its end. */
import { EXIT } from "../core/problem.ts";
import { startedEvent } from "../server/started.ts";
import { shownPath } from "../spec/project.ts";
import { Outputs } from "../work/outputs.ts";
import type { OpenEngine } from "./application.ts";
import { finish } from "./finish.ts";
import type { Follower, Stops } from "./following/follow.ts";
import { stay } from "./following/stay.ts";
import { nextSteps } from "./next-steps.ts";
import { printProblems } from "./problems.ts";
import { reach, reachBackground, TRIES_MAX } from "./reach.ts";
import { Refused, take } from "./refusal.ts";
import { earlierRun, type Start } from "./start-asked.ts";
import { isClosed } from "./words.ts";

const NOTHING = "nothing was started";

/** With `detach` always with the owner. */
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
    const { handOver } = await import("./following/hand-over.ts");
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
  const code = await finish({ context, reader, stops, isOne: true });
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
