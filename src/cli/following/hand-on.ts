/** Handing runs on to an owner in the background, or staying with them where that fails. */
import type { OpenEngine, Project } from "../application.ts";
import { type Context, hint } from "../context.ts";
import { printProblems } from "../problems.ts";
import { count } from "../text.ts";
import { Follower } from "./follow.ts";
import { noWatcher } from "./watcher.ts";

export async function handOn(
  context: Context,
  project: Project,
  engine: OpenEngine,
  runs: readonly string[],
): Promise<void> {
  const { application, err } = context;
  const started = await application.startOwner(project, engine.settings, runs);
  const others = count(runs.length, "other run");
  if (started.ok) {
    hint(
      context,
      `${others} ${runs.length === 1 ? "goes" : "go"} on in the background (process ${started.value})`,
    );
    return engine.close(true);
  }
  printProblems(err, started.problems, null);
  err.line(
    `${others} ${runs.length === 1 ? "goes" : "go"} on here, so this process stays; ctrl-C interrupts`,
  );
  const follower = new Follower({ context, project, engine, watcher: noWatcher, wait: true });
  for (const run of runs) follower.expect(run);
  try {
    await follower.end();
  } finally {
    follower.close();
    await engine.close();
  }
}
