/** decapod logs: what the attempts of a run printed, made safe for a terminal. */
import { EXIT } from "../../core/problem.ts";
import type { RunRow, TaskRow } from "../../host/host.ts";
import { nearest } from "../../spec/nearest.ts";
import { terminalSink } from "../../work/terminal.ts";
import type { Reader } from "../application.ts";
import { type Context, hint, type Options, projectOf, readerOf } from "../context.ts";
import { numberOption } from "../globals.ts";
import { findRun, shortRun } from "../ids.ts";
import { logFile } from "../json.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";

const PIECE_BYTES = 64 * 1024;
const ATTEMPTS_MAX = 1_000_000;

interface Log {
  readonly task: string;
  readonly attempt: number;
  readonly file: string;
}

export async function action(context: Context, words: readonly string[], options: Options): Promise<number> {
  const reader = readerOf(context, projectOf(context));
  const id = take(findRun(reader, words[0] ?? ""));
  const row = reader.run(id);
  if (row === null) throw refused("E_NOT_FOUND", `there is no run ${clean(words[0] ?? "")}`);
  const attempt = numberOption(options, "attempt", { least: 1, most: ATTEMPTS_MAX });
  const logs = logsOf(context, reader, row, { task: words[1] ?? null, attempt });
  const { files } = context.application;
  const there = logs.filter(({ file }) => files.statTarget(file)?.kind === "file");
  for (const log of there) print(context, log, there.length > 1);
  if (there.length === 0) hint(context, "nothing was printed");
  return EXIT.done;
}

function logsOf(
  { application }: Context,
  reader: Reader,
  row: RunRow,
  { task, attempt }: { readonly task: string | null; readonly attempt: number | null },
): readonly Log[] {
  const rows = [row.run, ...childrenOf(reader, row.run)].flatMap((run) => reader.tasks(run));
  const isAsked = (one: TaskRow) => task === null || one.task === task || one.task.startsWith(`${task}[`);
  const asked = rows.filter(isAsked);
  if (task !== null && asked.length === 0) {
    const meant = nearest(
      task,
      rows.map((one) => one.task),
    );
    const name = shortRun(reader, row.run);
    throw refused(
      "E_NOT_FOUND",
      `task "${clean(task, 60)}" of run ${name} has not begun or does not exist`,
      meant ?? `${application.calledAs} show ${name}`,
    );
  }
  return asked
    .filter(({ attempts }) => attempts > 0 && (attempt ?? 1) <= attempts)
    .map((one) => ({
      task: one.task,
      attempt: attempt ?? one.attempts,
      file: logFile(reader, one, attempt ?? one.attempts),
    }));
}

/** Runs of groups and sub-workflows, at any depth. */
function childrenOf(reader: Reader, run: string): readonly string[] {
  const children = reader.runs({ parent: run, limit: 1000 }).map((row) => row.run);
  return children.flatMap((child) => [child, ...childrenOf(reader, child)]);
}

/** In pieces, so that a log of any size takes no memory; the prefix cannot be forged from inside. */
function print({ application, out }: Context, { task, file }: Log, isPrefixed: boolean): void {
  const prefix = isPrefixed ? `${clean(task, 60)} | ` : "";
  const sink = terminalSink({ prefix, colours: out.hasColour, bytesMax: Number.MAX_SAFE_INTEGER });
  const open = application.files.open(file, "read");
  try {
    for (let position = 0; ; ) {
      const piece = open.read(position, PIECE_BYTES);
      if (piece.length === 0) break;
      position += piece.length;
      out.output.write(sink.write(piece));
    }
    out.output.write(sink.end());
  } finally {
    open.close();
  }
}
