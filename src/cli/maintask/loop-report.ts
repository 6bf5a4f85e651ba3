/** What is said of a loop at its end: where MAIN_TASK stands, why it goes no further, and how it would. */
import { EXIT } from "../../core/problem.ts";
import { readCursorFile } from "../../exchange/maintask/cursor-file.ts";
import { NO_COURSE } from "../../exchange/maintask/progress.ts";
import type { Stream } from "../../exchange/maintask/stream.ts";
import { type Context, hint } from "../context.ts";
import { jsonText } from "../json.ts";
import { count } from "../text.ts";
import { cursorHere } from "./cursor-here.ts";
import { cursorLines } from "./cursor-lines.ts";
import type { LoopEnd, Stopped } from "./loop-end.ts";

/** Of a loop of which nothing was kept. */
export const NO_END: LoopEnd = {
  stopped: "failed",
  course: NO_COURSE,
  evidence: [],
  invocations: 0,
  row: null,
  code: EXIT.done,
};

/** Returns the exit code. */
export function report(context: Context, stream: Stream, end: LoopEnd): number {
  const { globals, out, application } = context;
  if (globals.json) {
    out.line(jsonText({ schemaVersion: 1, loop: documentOf(context, stream, end) }));
    return end.code;
  }
  if (globals.jsonl || globals.quiet) return end.code;
  const done = count(end.invocations, "invocation");
  if (end.row?.rehearse === true) {
    hint(context, `REHEARSAL: ${done}, then ${end.stopped}; nothing was changed`);
    return end.code;
  }
  const file = readCursorFile(application.files, stream);
  if (file.state === "read") out.lines(cursorLines(file.cursor));
  if (end.stopped === "completed") out.line(`✅ Workflow completed! ${done}`);
  const next = nextText(context, stream, { stopped: end.stopped, done });
  if (next !== null) hint(context, next);
  return end.code;
}

function documentOf({ application }: Context, stream: Stream, end: LoopEnd): object {
  const { stopped, invocations, row, evidence } = end;
  const file = readCursorFile(application.files, stream);
  const main_task = file.state === "read" ? file.cursor : null;
  return { stream: stream.name, stopped, run: row?.run ?? null, invocations, main_task, evidence };
}

/** null: the run itself has said it, or there is nothing more to do. */
function nextText(
  { application }: Context,
  { name }: Stream,
  { stopped, done }: { readonly stopped: Stopped; readonly done: string },
): string | null {
  const of = name === null ? "" : ` --stream ${name}`;
  const again = `${application.calledAs} loop${of}`;
  const update = `${application.calledAs} main-task update${of} continue "…"`;
  switch (stopped) {
    case "limit":
      return `${done}, as --max says; it goes on with: ${again}`;
    case "blocked":
      return `a person is needed: ${update} says what is next, then ${again}`;
    case "cursor":
      return `what was broken or moved was put back as the journal has it; look at it, then ${again}`;
    case "no_progress":
      return `make the next step smaller or clearer: ${update}, then ${again}`;
    default:
      return null;
  }
}

/** Nothing was started: there is nothing to do, or a person has to say what. */
export function reportOver(context: Context, stream: Stream): number {
  const { status } = cursorHere(context, stream);
  const stopped = status === "completed" ? "completed" : "blocked";
  const code = stopped === "completed" ? EXIT.done : EXIT.waiting;
  return report(context, stream, { ...NO_END, stopped, code });
}
