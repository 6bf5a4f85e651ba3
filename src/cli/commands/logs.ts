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
import { parentOf, rowNameOf } from "../labels.ts";
import { printLogDocuments } from "../log-documents.ts";
import { clean } from "../print.ts";
import { refused, take } from "../refusal.ts";

const PIECE_BYTES = 64 * 1024;
const ATTEMPTS_MAX = 1_000_000;
const CHILDREN_MAX = 1000;

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
  if (context.globals.json || context.globals.jsonl) printLogDocuments(context, there);
  else for (const log of there) print(context, log, there.length > 1);
  if (row.rehearse) hint(context, "REHEARSAL: agents and scripts were played, so they printed nothing");
  else if (there.length === 0) hint(context, "nothing was printed");
  return EXIT.done;
}

function logsOf(
  { application }: Context,
  reader: Reader,
  row: RunRow,
  { task, attempt }: { readonly task: string | null; readonly attempt: number | null },
): readonly Log[] {
  const found = placesOf(reader, row.run, "").filter(({ label, one }) => isMeant(task, label, one.task));
  const name = shortRun(reader, row.run);
  const show = `${application.calledAs} show ${name}`;
  if (task !== null && found.length === 0) {
    const labels = placesOf(reader, row.run, "").map(({ label }) => label);
    const message = `task "${clean(task, 60)}" of run ${name} has not begun or does not exist`;
    throw refused("E_NOT_FOUND", message, nearest(task, labels) ?? show);
  }
  const logs = found
    .filter(({ one }) => one.attempts > 0 && (attempt ?? 1) <= one.attempts)
    .map(({ label, one }) => {
      const number = attempt ?? one.attempts;
      return { task: label, attempt: number, file: logFile(reader, one, number) };
    });
  if (attempt !== null && logs.length === 0)
    throw refused("E_NOT_FOUND", `nothing of run ${name} had an attempt ${attempt} here`, show);
  return logs;
}

/** By the way to it as the board writes it, by what it lies in, or by its own id alone. */
function isMeant(asked: string | null, label: string, task: string): boolean {
  if (asked === null) return true;
  const isIn = (name: string) => name === asked || name.startsWith(`${asked}[`);
  return isIn(label) || isIn(task) || label.startsWith(`${asked}/`);
}

interface Place {
  /** `rollout[25]/ship` */
  readonly label: string;
  readonly one: TaskRow;
}

/** The tasks of a run, and those of its groups and sub-workflows at any depth, oldest first. */
function placesOf(reader: Reader, run: string, prefix: string): readonly Place[] {
  const own = reader.tasks(run);
  const children = reader
    .runs({ parent: run, limit: CHILDREN_MAX })
    .toSorted((one, other) => one.startedAt - other.startedAt);
  return [
    ...own.map((one) => ({ label: prefix + one.task, one })),
    ...children.flatMap((child) =>
      placesOf(reader, child.run, `${prefix}${callerOf(reader, own, child.run)}/`),
    ),
  ];
}

/** The task, or the instance of it, that called this child run. */
function callerOf(reader: Reader, rows: readonly TaskRow[], child: string): string {
  const parent = parentOf(reader, child);
  return parent === null ? shortRun(reader, child) : rowNameOf(rows, parent);
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
