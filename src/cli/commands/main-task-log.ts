/** decapod main-task log: every revision of MAIN_TASK, as the journal has them. */
import { join } from "node:path";
import { instant } from "../../core/calendar.ts";
import { EXIT } from "../../core/problem.ts";
import { HISTORY_FILE } from "../../exchange/maintask/history-file.ts";
import { MOVED, type Move, moveOf, moveStart } from "../../exchange/maintask/move.ts";
import { CURSOR_FILE, type Stream } from "../../exchange/maintask/stream.ts";
import type { Reader } from "../application.ts";
import { type Context, type Options, projectOf } from "../context.ts";
import { shortRun } from "../ids.ts";
import { jsonText } from "../json.ts";
import { streamHere } from "../maintask/stream-here.ts";
import { clean } from "../print.ts";
import { type Refused, refused, take } from "../refusal.ts";

export async function action(context: Context, _words: readonly string[], options: Options): Promise<number> {
  const { globals, out } = context;
  const stream = streamHere(context, projectOf(context), options);
  const reader = take(context.application.read(projectOf(context)));
  if (reader === null) throw noJournal(context, stream);
  const moves = reader.audits(MOVED, moveStart(stream.name)).map(({ detail }) => moveOf(detail));
  if (globals.json)
    out.line(jsonText({ schemaVersion: 1, stream: stream.name, moves: moves.map(documentOf) }));
  else if (globals.jsonl) for (const move of moves) out.line(JSON.stringify(documentOf(move)));
  else out.lines(moves.map((move) => lineOf(reader, move)));
  return EXIT.done;
}

/** The files below `.tasks` hold the same revisions. */
function noJournal({ application }: Context, stream: Stream): Refused {
  const { calledAs, files } = application;
  const of = stream.name === null ? "" : ` --stream ${stream.name}`;
  return refused(
    "E_NOT_FOUND",
    `there is no journal here with revisions of ${stream.shown}/${CURSOR_FILE}`,
    files.exists(join(stream.folder, HISTORY_FILE))
      ? `${calledAs} main-task replay${of} reads them from the files`
      : `${calledAs} main-task update${of} continue "…"`,
  );
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
