/**
 * Stays with the logs of a run until it ends: what running attempts print, and those that start later. Reads the
 * files and the journal beside whoever owns them, and works as well when nobody does any more.
 */
import { dirname } from "node:path";
import type { RunRow } from "../../host/host.ts";
import type { OpenFile } from "../../port/files.ts";
import { Wake } from "../../port/wake.ts";
import { piecesFrom, startOfLast } from "../../work/log-file.ts";
import type { TerminalSink } from "../../work/terminal.ts";
import type { Project, Reader } from "../application.ts";
import type { Context } from "../context.ts";
import { isClosed } from "../words.ts";
import { type Log, logsIn, placesOf } from "./log-list.ts";
import { type LogStyle, sinkOf } from "./log-print.ts";

/** How often it is looked at the least and at the most, whatever the file system says. */
const LOOK_MS = { leastMs: 50, mostMs: 500 };

export interface FollowedLogs {
  readonly context: Context;
  readonly project: Project;
  readonly reader: Reader;
  readonly run: string;
  readonly task: string | null;
  readonly style: LogStyle;
  /** How many lines of what is there already. */
  readonly tail: number;
  /** False when it was left open, whoever owns the project. */
  readonly isWorkedOn: boolean;
}

export type FollowEnd = "ended" | "interrupted" | "stopped" | "gone";

export async function followLogs(followed: FollowedLogs): Promise<FollowEnd> {
  const { context, project } = followed;
  const { application, out, err } = context;
  const stopping = new AbortController();
  application.onSignal(() => stopping.abort());
  const wake = new Wake(application.files, application.clock, (code) =>
    err.line(`the system watches no more files (${code}): looking every ${LOOK_MS.mostMs / 1000} s instead`),
  );
  const logs = new Logs(followed);
  try {
    for (;;) {
      // Asked before the files are read: what was printed before an end is then in them.
      const end = endOf(followed);
      logs.look();
      if (end !== null) return end;
      if (out.output.isGone === true) return "gone";
      if (stopping.signal.aborted) return "stopped";
      await untilNews(wake, new Set([project.stateFolder, ...logs.folders]), stopping.signal);
    }
  } finally {
    logs.close();
    wake.close();
  }
}

/** The only place where following waits: whatever else may bring news is awaited here. */
function untilNews(wake: Wake, folders: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
  wake.watch(folders);
  return wake.wait(LOOK_MS, signal);
}

function endOf({ reader, run, isWorkedOn }: FollowedLogs): FollowEnd | null {
  const row = reader.run(run);
  if (row === null || isClosed(row.status)) return "ended";
  return isWorkedOn && reader.owned ? null : "interrupted";
}

interface Open {
  readonly log: Log;
  readonly sink: TerminalSink;
  /** null until the attempt has printed something. */
  file: OpenFile | null;
  position: number;
}

class Logs {
  readonly #followed: FollowedLogs;
  readonly #open = new Map<string, Open>();
  readonly #known = new Set<string>();
  #commit = -1;

  constructor(followed: FollowedLogs) {
    this.#followed = followed;
  }

  get folders(): readonly string[] {
    return [...this.#open.values()].filter(({ file }) => file !== null).map(({ log }) => dirname(log.file));
  }

  /** What is new in the journal, then in the files: of an attempt that has ended there comes nothing after that. */
  look(): void {
    const { reader, run } = this.#followed;
    const commit = reader.lastCommit;
    const row = commit === this.#commit ? null : reader.run(run);
    const running = row === null ? null : this.#take(row);
    for (const open of this.#open.values()) this.#read(open);
    this.#commit = commit;
    if (running === null) return;
    for (const [file, open] of this.#open) if (!running.has(file)) this.#end(file, open);
  }

  /** Takes up attempts nobody has seen here; returns the files of those that run. */
  #take(row: RunRow): ReadonlySet<string> {
    const { reader, task, style } = this.#followed;
    const isFirst = this.#commit === -1;
    const logs = logsIn(reader, placesOf(reader, row, task), null);
    const isAnyRunning = logs.some(({ isRunning }) => isRunning);
    for (const log of logs) {
      if (this.#known.has(log.file)) continue;
      this.#known.add(log.file);
      // What had ended before anybody looked is only shown where there is nothing else, or where it is asked for.
      if (isFirst && !log.isRunning && isAnyRunning && task === null) continue;
      this.#open.set(log.file, {
        log,
        sink: sinkOf(log, style, true),
        file: null,
        position: isFirst ? -1 : 0,
      });
    }
    return new Set(logs.filter(({ isRunning }) => isRunning).map(({ file }) => file));
  }

  #read(open: Open): void {
    const { context, tail } = this.#followed;
    const { files } = context.application;
    if (open.file === null && files.statTarget(open.log.file)?.kind === "file")
      open.file = files.open(open.log.file, "read");
    if (open.file === null) return;
    if (open.position < 0) open.position = startOfLast(open.file, tail, open.file.stat().size);
    for (const piece of piecesFrom(open.file, open.position)) {
      open.position += piece.length;
      this.#print(open.sink.write(piece));
    }
  }

  #end(file: string, { sink, file: opened }: Open): void {
    this.#print(sink.end());
    opened?.close();
    this.#open.delete(file);
  }

  #print(text: string): void {
    if (text !== "") this.#followed.context.out.output.write(text);
  }

  close(): void {
    for (const [file, open] of this.#open) this.#end(file, open);
  }
}
