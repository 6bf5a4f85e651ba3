/** The end of a command whose process owned the project: runs that others handed over go on without it. */
import type { OpenEngine, Project } from "../application.ts";
import type { Context } from "../context.ts";
import { printProblems } from "../problems.ts";

/** Closes the engine; an owner in the background goes on with what is not ours, from the same point. */
export async function leave(
  context: Context,
  project: Project,
  engine: OpenEngine,
  own: ReadonlySet<string>,
): Promise<void> {
  const open = engine
    .openRuns()
    .filter(({ id, start, phase }) => start.parent === null && phase !== "closed" && !own.has(id));
  const active = new Set(engine.active());
  // What only waits for people goes on when somebody sees it; else it is kept until somebody comes.
  const others = open.filter(({ id }) => engine.followers > 0 || active.has(id)).map(({ id }) => id);
  if (others.length === 0 || engine.fault !== null) return closeHere(context, engine);
  const { handOn } = await import("./hand-on.ts");
  await handOn(context, project, engine, others);
}

/** With a word on what could not be done for the journal meanwhile; the runs are none the worse. */
async function closeHere({ globals, err }: Context, engine: OpenEngine): Promise<void> {
  const told = engine.notices.length;
  await engine.close();
  if (!globals.json && !globals.quiet) printProblems(err, engine.notices.slice(told), null);
}
