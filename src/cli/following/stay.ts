/** A command whose process owns the project: it begins something and stays with it to its end. */
import type { OpenEngine, Reader } from "../application.ts";
import { watcherFor } from "../board/screen.ts";
import { Labels } from "../labels.ts";
import { Follower, type StayOptions, type Stops } from "./follow.ts";
import { leave } from "./leave.ts";

/** The engine is left at the end, whatever came: closed, or handed on with the runs of others. */
export async function stay(
  options: StayOptions & { readonly engine: OpenEngine },
  begin: (follower: Follower) => Promise<Stops>,
): Promise<{ readonly stops: Stops; readonly reader: Reader }> {
  const { context, project, engine } = options;
  const labels = new Labels(() => follower.reader);
  const watcher = await watcherFor(context, labels, null);
  const follower: Follower = new Follower({ ...options, watcher });
  try {
    return { stops: await begin(follower), reader: follower.reader };
  } finally {
    follower.close();
    await leave(context, project, engine, follower.runs);
  }
}
