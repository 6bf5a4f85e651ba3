/** A file with the todo list of a run, kept while this command stays with it. */
import { dirname, resolve } from "node:path";
import { errorCode } from "../port/files.ts";
import { type Context, momentOf, type Options, textOption } from "./context.ts";
import type { Watcher } from "./following/watcher.ts";
import type { Labels } from "./labels.ts";
import { writingProblem } from "./new-files.ts";
import { clean } from "./print.ts";
import { Refused, refused } from "./refusal.ts";
import { TODO_MARK, todoText } from "./todo.ts";

/** Written no oftener than this. */
const PACE_MS = 1_000;

/** The file that --todo names, looked at before anything begins: what is not ours is never written over. */
export function withTodo(context: Context, options: Options): Context {
  const named = textOption(options, "todo");
  if (named === null) return context;
  const { files, cwd } = context.application;
  const path = resolve(cwd, named);
  const shown = clean(named, 200);
  const stat = files.statTarget(path);
  if (stat !== null && stat.kind !== "file")
    throw refused("E_IO", `${shown} is no ordinary file`, "another name");
  if (stat === null && files.statTarget(dirname(path))?.kind !== "folder")
    throw refused("E_NOT_FOUND", `there is no folder for ${shown}`, "make it first");
  if (stat !== null && stat.size > 0 && files.readTextIf(path)?.startsWith(TODO_MARK) !== true) {
    const message = `${shown} is there already, and decapod did not write it`;
    throw refused("E_CONFLICT", message, "another name, or move it away");
  }
  return { ...context, todo: path };
}

/** Shows what `watcher` shows, and keeps the file beside it; that the file cannot be written stops nothing. */
export function keepingTodo(
  context: Context,
  watcher: Watcher,
  { path, labels }: { path: string; labels: Labels },
): Watcher {
  const { files, clock, umask } = context.application;
  let run: string | null = null;
  let cancel: (() => void) | null = null;
  let isLost = false;
  const write = () => {
    cancel = null;
    const row = run === null || isLost ? null : labels.reader.run(run);
    if (row === null) return;
    try {
      files.writeAtomic(path, todoText(labels.reader, row, momentOf(context)), 0o666 & ~umask);
    } catch (thrown) {
      if (errorCode(thrown) === "") throw thrown;
      isLost = true;
      const { message } = writingProblem(thrown, path, files);
      watcher.note(`the todo list is not kept any more: ${message}`);
    }
  };
  const soon = () => {
    cancel ??= clock.after(PACE_MS, write);
  };
  return {
    begin: (beginning) => {
      run ??= beginning.run.start.parent === null ? beginning.run.id : null;
      watcher.begin(beginning);
      write();
    },
    changes: (changes) => {
      watcher.changes(changes);
      soon();
    },
    progress: (progress) => watcher.progress(progress),
    note: (text) => watcher.note(text),
    pause: () => watcher.pause(),
    unpause: () => watcher.unpause(),
    end: () => {
      cancel?.();
      write();
      watcher.end();
    },
  };
}

/** A file is kept by who stays, and of one run. */
export function checkTodo(
  context: Context,
  { isDetached, isOne }: { isDetached: boolean; isOne: boolean },
): void {
  if (context.todo === undefined) return;
  const { calledAs } = context.application;
  if (isDetached)
    throw new Refused([
      {
        code: "E_OPTIONS",
        message: "--detach leaves nobody here to keep the todo list",
        hint: `${calledAs} watch RUN --todo FILE`,
      },
    ]);
  if (!isOne) throw refused("E_OPTIONS", "a todo list is of one run", `${calledAs} watch RUN --todo FILE`);
}
