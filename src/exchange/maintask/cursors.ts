/**
 * The cursors of a project: MAIN_TASK of each stream, its revisions in the journal, and `history.jsonl` beside it for
 * people and git. The journal is the truth; a change that somebody wrote into the file is taken over as a revision of
 * its own. Whoever uses this owns the project meanwhile, so nobody comes between reading and writing.
 */
import { join } from "node:path";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { halfWrittenFor } from "../../port/write-atomic.ts";
import { outsideTrouble, writingTrouble } from "../taskfile/folder-trouble.ts";
import { type Cursor, checkCursor, cursorText } from "./cursor.ts";
import { type CursorFile, readCursorFile } from "./cursor-file.ts";
import { tasksProblems } from "./cursor-tasks.ts";
import { appendHistory, historyFrom } from "./history-file.ts";
import { isOfRun, MOVED, type Move, type Mover, moveDetail, moveOf, moveStart } from "./move.ts";
import { CURSOR_FILE, cursorPath, LOOP_FOLDER, type Stream } from "./stream.ts";

/** Lines of the journal that belong to no run. */
export interface CursorJournal {
  audit(action: string, detail: string): void;
  audits(action: string, start: string): readonly AuditedLine[];
  lastAudit(action: string, start: string): AuditedLine | null;
  synced(): Promise<void>;
}

interface AuditedLine {
  readonly detail: string;
}

export interface CursorPlaces {
  readonly files: Files;
  readonly umask: number;
  /** ms since the epoch. */
  readonly wall: () => number;
  readonly journal: CursorJournal;
}

export interface AskedMove {
  readonly cursor: Cursor;
  /** Only if nobody moved it since this revision; null: whatever it is. */
  readonly expected: number | null;
  readonly attempt: string | null;
}

export interface Invocation {
  readonly run: string;
  /** The revision that it began with. */
  readonly began: number;
}

export interface Standing {
  /** The last revision; null: there is none yet. */
  readonly last: Move | null;
  readonly file: CursorFile;
}

const OURS = /^(?:\.?MAIN_TASK(?:\.\d+)?|history\.jsonl)$/;

/** Those of a project, on the journal of an engine or of a command. */
export function cursorsOn(
  { files, umask, clock }: Pick<CursorPlaces, "files" | "umask"> & { readonly clock: Pick<Clock, "wall"> },
  journal: CursorJournal,
): Cursors {
  return new Cursors({ files, umask, wall: () => clock.wall(), journal });
}

export class Cursors {
  readonly #places: CursorPlaces;
  /** The end of what is being done: nobody reads what another one is about to write. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(places: CursorPlaces) {
    this.#places = places;
  }

  /** Where a stream stands, once what a crash left half written has been finished. */
  standing(stream: Stream): Promise<Result<Standing>> {
    return this.#alone(() => this.#standing(stream));
  }

  /** The same, with what somebody else wrote into the file taken over as a revision. */
  takenOver(stream: Stream, attempt: string | null): Promise<Result<Standing>> {
    return this.#alone(() => this.#takenOver(stream, attempt));
  }

  /** The same after an invocation. Who moved it while that went on comes first: theirs is put back. */
  handedOn(stream: Stream, invocation: Invocation): Promise<Result<Standing>> {
    return this.#alone(() => this.#handedOn(stream, invocation));
  }

  move(stream: Stream, asked: AskedMove): Promise<Result<Move>> {
    return this.#alone(() => this.#move(stream, asked));
  }

  /** Puts the file back to a revision of the journal: as a revision of its own when another one came after it. */
  putBack(stream: Stream, to: Move): Promise<Result<Move>> {
    return this.#alone(() => this.#putBack(stream, to));
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#before.then(act);
    this.#before = done.catch(() => {});
    return done;
  }

  async #standing(stream: Stream): Promise<Result<Standing>> {
    const outside = outsideTrouble(this.#places.files, stream.root, stream.shown);
    if (outside !== null) return bad(outside);
    this.#dropHalfWritten(stream);
    await this.#takeHistory(stream);
    const last = this.#last(stream);
    if (last !== null) this.#finishWriting(stream, last);
    return good({ last, file: readCursorFile(this.#places.files, stream) });
  }

  async #takenOver(stream: Stream, attempt: string | null): Promise<Result<Standing>> {
    const standing = await this.#standing(stream);
    if (!standing.ok) return standing;
    const { last, file } = standing.value;
    if (file.state !== "read" || (last !== null && isSame(file.cursor, last))) return standing;
    const move = this.#moveOf(stream, { last, cursor: file.cursor, by: "file", attempt });
    await this.#keep(stream, move);
    return good({ last: move, file });
  }

  async #handedOn(stream: Stream, { run, began }: Invocation): Promise<Result<Standing>> {
    const standing = await this.#takenOver(stream, `${run}/act`);
    const last = standing.ok ? standing.value.last : null;
    const before = last === null || last.revision - 1 <= began ? null : this.at(stream, last.revision - 1);
    if (last === null || before === null || !isOfRun(last, run) || isOfRun(before, run)) return standing;
    const put = await this.#putBack(stream, before);
    return put.ok ? this.#standing(stream) : put;
  }

  async #move(stream: Stream, { cursor, expected, attempt }: AskedMove): Promise<Result<Move>> {
    const standing = await this.#takenOver(stream, null);
    if (!standing.ok) return standing;
    const { last } = standing.value;
    const revision = last?.revision ?? 0;
    if (expected !== null && expected !== revision) return bad(movedProblem(stream, expected, last));
    const problems = [...checkCursor(cursor), ...tasksProblems(this.#places.files, stream, cursor)];
    if (problems.length > 0) return { ok: false, problems };
    return this.#written(stream, this.#moveOf(stream, { last, cursor, by: "command", attempt }));
  }

  async #putBack(stream: Stream, to: Move): Promise<Result<Move>> {
    const last = this.#last(stream);
    if (last !== null && last.revision !== to.revision)
      return this.#written(stream, this.#moveOf(stream, { last, cursor: to, by: "loop", attempt: null }));
    return this.#writing(stream, () => this.#writeFile(stream, to)) ?? good(to);
  }

  /** A revision of the past; null: there is none. */
  at(stream: Stream, revision: number): Move | null {
    const line = this.#places.journal.lastAudit(MOVED, `${moveStart(stream.name)}"revision":${revision},`);
    return line === null ? null : moveOf(line.detail);
  }

  history(stream: Stream): readonly Move[] {
    return this.#places.journal.audits(MOVED, moveStart(stream.name)).map(({ detail }) => moveOf(detail));
  }

  #last(stream: Stream): Move | null {
    const line = this.#places.journal.lastAudit(MOVED, moveStart(stream.name));
    return line === null ? null : moveOf(line.detail);
  }

  #moveOf(
    stream: Stream,
    {
      last,
      cursor,
      by,
      attempt,
    }: {
      readonly last: Move | null;
      readonly cursor: Cursor;
      readonly by: Mover;
      readonly attempt: string | null;
    },
  ): Move {
    const { status, next, task, focus } = cursor;
    const revision = (last?.revision ?? 0) + 1;
    return {
      stream: stream.name,
      revision,
      at: this.#places.wall(),
      by,
      attempt,
      status,
      next,
      task,
      focus,
    };
  }

  /** The new file lies ready, then the journal says so, then it takes its place: a crash in between is finished later. */
  async #written(stream: Stream, move: Move): Promise<Result<Move>> {
    const { files, umask } = this.#places;
    const failed = this.#writing(stream, () => {
      makeFolder(files, stream, umask);
      files.writeAtomic(readyPath(stream, move.revision), cursorText(move), 0o666 & ~umask);
    });
    if (failed !== null) return failed;
    await this.#keep(stream, move);
    return this.#writing(stream, () => this.#finishWriting(stream, move)) ?? good(move);
  }

  async #keep(stream: Stream, move: Move): Promise<void> {
    const { journal, files, umask } = this.#places;
    journal.audit(MOVED, moveDetail(move));
    await journal.synced();
    appendHistory(files, { stream, umask, last: move, all: () => this.history(stream) });
  }

  #writing<T>(stream: Stream, act: () => T): Result<never> | null {
    try {
      act();
      return null;
    } catch (thrown) {
      return bad(writingTrouble(`${stream.shown}/${CURSOR_FILE}`, thrown));
    }
  }

  #writeFile(stream: Stream, cursor: Cursor): void {
    const { files, umask } = this.#places;
    makeFolder(files, stream, umask);
    files.writeAtomic(cursorPath(stream), cursorText(cursor), 0o666 & ~umask);
  }

  /** One that the journal never had is left from a move that was not made, and goes. */
  #finishWriting(stream: Stream, move: Move): void {
    const { files } = this.#places;
    const ready = readyPath(stream, move.revision);
    if (files.stat(ready)?.kind !== "file") return;
    if (files.readTextIf(ready) === cursorText(move)) files.rename(ready, cursorPath(stream));
    else files.remove(ready);
    files.syncFolder(stream.folder);
  }

  /** Nobody but the owner writes them, so what lies there was left by one that was killed. */
  #dropHalfWritten({ folder }: Stream): void {
    const { files } = this.#places;
    for (const { name } of files.list(folder))
      if (OURS.test(halfWrittenFor(name) ?? "")) files.remove(join(folder, name));
  }

  /** A journal that knows nothing of a stream gets what the folder says of it, as after a fresh clone. */
  async #takeHistory(stream: Stream): Promise<void> {
    const { files, journal } = this.#places;
    if (this.#last(stream) !== null) return;
    for (const move of historyFrom(files, stream)) journal.audit(MOVED, moveDetail(move));
    await journal.synced();
  }
}

/** With the modes that the person's own folders have. */
function makeFolder(files: Files, { root, folder, name }: Stream, umask: number): void {
  const above = name === null ? [folder] : [join(root, LOOP_FOLDER), folder];
  for (const one of above) {
    if (files.exists(one)) continue;
    files.makeFolder(one);
    files.setMode(one, 0o777 & ~umask);
  }
}

export function isSame(left: Cursor, right: Cursor): boolean {
  return cursorText(left) === cursorText(right);
}

function readyPath({ folder }: Stream, revision: number): string {
  return join(folder, `.${CURSOR_FILE}.${revision}`);
}

function movedProblem(stream: Stream, expected: number, last: Move | null): Problem {
  const now = last === null ? "there is none now" : `it is revision ${last.revision} now: ${last.next}`;
  return {
    code: "E_CURSOR_MOVED",
    message: `${stream.shown}/${CURSOR_FILE} was moved since revision ${expected}; ${now}`,
    hint: "read it again and decide anew; an invocation of a loop moves it once, the rest is the next one's",
  };
}
