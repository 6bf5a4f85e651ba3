/** The way of showing runs that fits where standard error goes. Only that one is loaded. */
import type { Context } from "../context.ts";
import { noWatcher, type Watcher } from "../following/watcher.ts";
import type { Labels } from "../labels.ts";
import { localTime } from "../text.ts";

/** `keys`: what can be pressed, shown below a board. */
export async function watcherFor(context: Context, labels: Labels, keys: string | null): Promise<Watcher> {
  const { todo: path } = context;
  const watcher = await screenFor(context, labels, keys);
  if (path === undefined) return watcher;
  return (await import("../todo-file.ts")).keepingTodo(context, watcher, { path, labels });
}

async function screenFor(
  { globals, application, err, out }: Context,
  labels: Labels,
  keys: string | null,
): Promise<Watcher> {
  const { environment, clock } = application;
  if (globals.jsonl) return (await import("../jsonl.ts")).jsonlWatcher(out, labels, clock);
  if (globals.json || globals.quiet) return noWatcher;
  const isLive = err.isTerminal && environment.TERM !== "dumb" && (environment.CI ?? "") === "";
  if (globals.ui === "live" ? err.isTerminal : globals.ui === "auto" && isLive) {
    const [{ Board }, { terminalPainter }, { Attention }] = await Promise.all([
      import("./board.ts"),
      import("./painter.ts"),
      import("../attention.ts"),
    ]);
    const painter = await terminalPainter(application.stderr);
    const attention = new Attention(application.stderr, environment.TERM);
    return new Board({ printer: err, labels, painter, clock, attention, keys });
  }
  const { lineWatcher } = await import("../lines.ts");
  return lineWatcher({ printer: err, labels, time: localTime(), clock, verbose: globals.verbose });
}
