/** decapod cancel: ends a run that no living process owns, for good; its on_complete hooks run. */
import { EXIT } from "../../core/problem.ts";
import type { RunRow } from "../../host/host.ts";
import type { OpenEngine, Project } from "../application.ts";
import { type Context, type Options, projectOf, readerOf, textOption } from "../context.ts";
import { finish } from "../finish.ts";
import { type Follower, type Stops, stay } from "../follow.ts";
import { findRun, shortRun } from "../ids.ts";
import { checkRunFields } from "../json.ts";
import { Refused, take } from "../refusal.ts";
import { openFor, openRow } from "../take-up.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  checkRunFields(context.globals.fields);
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  const engine = await openAsOwner(context, project, openRow(context, reader, id), shortRun(reader, id));
  const reason = textOption(options, "reason");
  const { stops, reader: after } = await stay({ context, project, engine, wait: true }, (follower) =>
    cancel(context, engine, follower, { id, reason }),
  );
  const code = finish({ context, reader: after, stops, isOne: true });
  return after.run(id)?.status === "cancelled" ? EXIT.done : code;
}

async function cancel(
  { application }: Context,
  engine: OpenEngine,
  follower: Follower,
  { id, reason }: { readonly id: string; readonly reason: string | null },
): Promise<Stops> {
  const by = application.user;
  follower.add(take(engine.resume(id, null)));
  take(await engine.host.apply(id, null, { type: "run.cancelled", by, reason: reason ?? "decapod cancel" }));
  return follower.end();
}

/** While another process runs it, this version can only be told there. */
async function openAsOwner(
  context: Context,
  project: Project,
  row: RunRow,
  name: string,
): Promise<OpenEngine> {
  const opened = await openFor(context, project, row, null);
  if (opened.ok) return opened.value;
  const { calledAs } = context.application;
  const hint = `press ctrl-C where run ${name} runs, then ${calledAs} cancel ${name}`;
  throw new Refused(
    opened.problems.map((problem) => (problem.code === "E_LOCKED" ? { ...problem, hint } : problem)),
  );
}
