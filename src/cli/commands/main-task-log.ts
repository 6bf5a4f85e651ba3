/** decapod main-task log: every revision of MAIN_TASK, as the journal has them. */
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { MOVED, type Move, moveOf, moveStart } from "../../exchange/maintask/move.ts";
import type { Reader } from "../application.ts";
import { type Context, type Options, projectOf, readerOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { globals, out } = context;
  const stream = streamHere(context, projectOf(context), options);
  const reader = readerOf(context, projectOf(context));
  const moves = reader.audits(MOVED, moveStart(stream.name)).map(({ detail }) => moveOf(detail));
  if (globals.json)
    out.line(jsonText({ schemaVersion: 1, stream: stream.name, moves: moves.map(documentOf) }));
  else if (globals.jsonl) for (const move of moves) out.line(JSON.stringify(documentOf(move)));
  else out.lines(moves.map((move) => lineOf(reader, move)));
  return EXIT.done;
}

function documentOf({ stream: _stream, at, ...move }: Move): object {
  return { ...move, at: instant(at) };
}

function lineOf(reader: Reader, { revision, at, status, next, task, focus, by, attempt }: Move): string {
  const more = [
    ...(task === null ? [] : [`task ${task}`]),
    ...(focus === null ? [] : [`focus ${focus}`]),
    ...(by === "command" ? [] : [by === "file" ? "written into the file" : "put back by the loop"]),
    ...(attempt === null ? [] : [shortRun(reader, attempt.split("/")[0] ?? "")]),
  ];
  const said = `${String(revision).padStart(4)}  ${instant(at).slice(0, 19)}Z  ${status.padEnd(9)}  ${next}`;
  return clean(more.length === 0 ? said : `${said}  · ${more.join(" · ")}`, 400);
}
