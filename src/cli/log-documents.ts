/** Logs for scripts, made safe as for a terminal: all of them in one document, or a document for each line. */
import type { Files } from "../port/files.ts";
import { terminalSink } from "../work/terminal.ts";
import type { Context } from "./context.ts";
import { jsonText, withFields } from "./json.ts";

const PIECE_BYTES = 64 * 1024;

export interface LogPlace {
  readonly task: string;
  readonly attempt: number;
  readonly file: string;
}

export function printLogDocuments({ globals, application, out }: Context, places: readonly LogPlace[]): void {
  const { files } = application;
  if (globals.json) {
    const logs = places.map(({ task, attempt, file }) => {
      const text = [...textsOf(files, file)].join("");
      return withFields({ task, attempt, log: file, text }, globals.fields);
    });
    return out.line(jsonText({ schemaVersion: 1, logs }));
  }
  for (const { task, attempt, file } of places)
    for (const line of linesOf(files, file))
      out.line(JSON.stringify({ schemaVersion: 1, task, attempt, line }));
}

function* linesOf(files: Files, file: string): Generator<string> {
  let rest = "";
  for (const text of textsOf(files, file)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function* textsOf(files: Files, path: string): Generator<string> {
  const sink = terminalSink({ prefix: "", colours: false, bytesMax: Number.MAX_SAFE_INTEGER });
  const file = files.open(path, "read");
  try {
    for (let position = 0; ; ) {
      const piece = file.read(position, PIECE_BYTES);
      if (piece.length === 0) break;
      position += piece.length;
      yield sink.write(piece);
    }
    yield sink.end();
  } finally {
    file.close();
  }
}
