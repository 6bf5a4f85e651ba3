/** decapod main-task replay: the course of a whole loop, from its files alone. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { type Output, type Replayed, replayOf } from "../../exchange/maintask/replay.ts";
import { CURSOR_FILE } from "../../exchange/maintask/stream.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { jsonText } from "../json.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";
import { printProblems, problemDocument } from "../problems.ts";
import { refused } from "../refusal.ts";
import { count } from "../text.ts";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { application, globals, out, err } = context;
  const stream = streamHere(context, projectOf(context), options);
  const { events, outputs, troubles } = replayOf(application.files, stream);
  if (events.length === 0 && outputs.length === 0)
    throw refused(
      "E_NOT_FOUND",
      `${stream.shown} holds no history, no tasks and no outputs`,
      `${application.calledAs} main-task update writes ${stream.shown}/${CURSOR_FILE} and the history beside it`,
    );
  if (globals.json) {
    const order = events.map(eventDocument);
    const problems = troubles.map((problem) => problemDocument(problem));
    out.line(jsonText({ schemaVersion: 1, stream: stream.name, order, outputs, problems }));
    return EXIT.done;
  }
  out.lines(events.map(eventLine));
  if (outputs.length > 0) out.line();
  out.lines(outputs.flatMap(outputLines));
  printProblems(err, troubles, null);
  return EXIT.done;
}

function eventDocument(event: Replayed): object {
  const at = instant(event.at);
  if (event.kind === "task") return { ...event, at };
  const { revision, status, next, task, focus, by } = event.move;
  return { kind: event.kind, at, revision, status, next, task, focus, by };
}

function eventLine(event: Replayed): string {
  const time = `${instant(event.at).slice(0, 19)}Z`;
  if (event.kind === "task") {
    const change = event.from === null ? event.to : `${event.from} → ${event.to}`;
    return clean(
      `${time}        ${event.task}: ${change}${event.note === null ? "" : ` (${event.note})`}`,
      600,
    );
  }
  const { revision, status, next, focus } = event.move;
  const more = focus === null ? "" : `  💡 ${focus}`;
  return clean(`${time}  ${String(revision).padStart(4)}  ${status.toUpperCase()} ${next}${more}`, 400);
}

function outputLines({ task, state, files }: Output): readonly string[] {
  const head = `[${state}] ${task}: ${files.length === 0 ? "no files" : count(files.length, "file")}`;
  return [head, ...files.map(({ path, bytes }) => `  ${clean(`${path}  ${count(bytes, "byte")}`, 400)}`)];
}
