/** decapod cancel: ends a run that no living process owns, for good; its on_complete hooks run. */
import { EXIT } from "../../core/problem.ts";
import type { Project, Reader } from "../application.ts";
import { type Context, type Options, projectOf, readerOf, textOption } from "../context.ts";
import { finish } from "../finish.ts";
import { Follower, watcherFor } from "../follow.ts";
import { findRun, shortRun } from "../ids.ts";
import { Refused, take } from "../refusal.ts";
import { isClosed } from "../words.ts";

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const project = projectOf(context);
  const reader = readerOf(context, project);
  const id = take(findRun(reader, words[0] ?? ""));
  refuseEnded(context, reader, id);
  const engine = take(await openAsOwner(context, project, shortRun(reader, id)));
  const follower = new Follower({ context, project, engine, watcher: await watcherFor(context), wait: true });
  try {
    const { environment } = context.application;
    const by = environment.USER ?? environment.LOGNAME ?? "somebody";
    follower.add(take(engine.resume(id)));
    const reason = textOption(options, "reason") ?? "decapod cancel";
    take(await engine.host.apply(id, null, { type: "run.cancelled", by, reason }));
    const stops = await follower.end();
    await engine.close();
    const code = finish({ context, reader: follower.reader, stops, isOne: true });
    const status = follower.reader.run(id)?.status;
    return status === "cancelled" ? EXIT.done : code;
  } finally {
    follower.close();
    await engine.close();
  }
}

function refuseEnded({ application }: Context, reader: Reader, id: string): void {
  const row = reader.run(id);
  if (row === null || !isClosed(row.status)) return;
  const name = shortRun(reader, id);
  const message = `run ${name} has ended: ${row.status}`;
  throw new Refused([{ code: "E_RUN_CLOSED", message, hint: `${application.calledAs} show ${name}` }]);
}

async function openAsOwner({ application }: Context, project: Project, name: string) {
  const opened = await application.open(project, { durability: null, slots: null, rehearse: null });
  if (opened.ok) return opened;
  const problems = opened.problems.map((problem) => {
    if (problem.code !== "E_LOCKED") return problem;
    return {
      ...problem,
      hint: `press ctrl-C where run ${name} runs, then ${application.calledAs} cancel ${name}`,
    };
  });
  return { ok: false as const, problems };
}
