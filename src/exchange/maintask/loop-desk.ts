/** Where a loop looks at the files before and after each invocation, and puts right what must not stay. */
import { join } from "node:path";
import type { Json, JsonMap } from "../../core/json.ts";
import { bad, good, type Problem, type Result } from "../../core/problem.ts";
import { problemsText } from "../../core/problems-text.ts";
import type { CheckAsked, Checked, LookAsked, MainTaskDesk } from "../../driver/maintask/desk.ts";
import type { Files } from "../../port/files.ts";
import { actionOf } from "./action.ts";
import { briefOf } from "./brief.ts";
import type { Cursor } from "./cursor.ts";
import { type CursorFile, readCursorFile } from "./cursor-file.ts";
import { type Cursors, isSame, type Standing } from "./cursors.ts";
import { FolderMarks } from "./folder-marks.ts";
import { HISTORY_FILE } from "./history-file.ts";
import { type Judged, judge } from "./judge.ts";
import { failureOf } from "./loop-failure.ts";
import { isOpen } from "./loop-task.ts";
import { type FoundTasks, listTasks, readTasks } from "./loop-tasks.ts";
import { isOfRun, type Move } from "./move.ts";
import { obviousAfter, type Scene } from "./obvious.ts";
import { courseFrom, isCounting, NO_COURSE, patchMark } from "./progress.ts";
import { type Snapshot, snapshotFrom } from "./snapshot.ts";
import { CURSOR_FILE, everyStream, type Stream, streamOf } from "./stream.ts";

/** What is known of the project's commits; asked once it is needed. */
export interface Commits {
  /** Checked out now; null: none. */
  head(): string | null;
  /** null: they cannot be compared. */
  patch(from: string, to: string): Promise<string | null>;
}

export interface LoopDeskPlaces {
  readonly files: Files;
  readonly root: string;
  readonly cursors: Cursors;
  readonly commits: Commits;
  /** Whether an invocation goes on in this stream: what is written there is its own. */
  readonly isAtWork: (stream: string | null) => boolean;
}

const NOTHING_ASKED = { status: "continue", next: "", task: null, focus: null } as const;

export class LoopDesk implements MainTaskDesk {
  readonly #places: LoopDeskPlaces;
  readonly #cursors: Cursors;
  readonly #marks: FolderMarks;
  /** How far the rehearsal of each stream has come. */
  readonly #played = new Map<string | null, { readonly invocations: number; readonly scene: Scene }>();

  constructor(places: LoopDeskPlaces) {
    this.#places = places;
    this.#cursors = places.cursors;
    this.#marks = new FolderMarks(places.files);
  }

  async look({ stream: name, course }: LookAsked): Promise<Result<JsonMap>> {
    const stream = streamOf(this.#places.root, name);
    if (!stream.ok) return stream;
    const standing = await this.#cursors.takenOver(stream.value, null);
    if (!standing.ok) return standing;
    const { last } = standing.value;
    if (standing.value.file.state !== "read" || last === null)
      return bad(...(await this.#broken(stream.value, standing.value)));
    await this.#takeOthersOver(stream.value);
    const found = listTasks(this.#places.files, stream.value);
    const action = actionOf(last.next);
    return good({
      ...shown(last),
      stop: last.status === "continue" ? "" : last.status,
      action,
      brief: briefOf({
        cursor: last,
        action,
        folder: stream.value.shown,
        stream: name,
        tasks: found.tasks,
        problems: courseFrom(course).problems,
      }),
      before: this.#snapshot(stream.value, last.revision, found) as unknown as Json,
    });
  }

  async check(asked: CheckAsked): Promise<Result<Checked>> {
    const stream = streamOf(this.#places.root, asked.stream);
    if (!stream.ok) return stream;
    const before = snapshotFrom(asked.before);
    const others = await this.#othersMoved(stream.value, asked.run);
    const invocation = { run: asked.run, began: before.revision };
    const standing = await this.#cursors.handedOn(stream.value, invocation);
    if (!standing.ok) return standing;
    const found = listTasks(this.#places.files, stream.value);
    const judged = await this.#judge(stream.value, asked, {
      before,
      standing: standing.value,
      found,
      others,
    });
    const kept = await this.#putRight(stream.value, before.revision, judged);
    if (!kept.ok) return kept;
    const { stop, isProgress, changes, problems, course } = judged;
    const output: JsonMap = {
      ...shown(kept.value),
      stop,
      progress: isProgress,
      changes,
      problems,
      course: course as unknown as Json,
    };
    return good({ output, failure: failureOf(judged) });
  }

  async rehearsed(name: string | null, invocations: number): Promise<Result<JsonMap>> {
    const stream = streamOf(this.#places.root, name);
    if (!stream.ok) return stream;
    const scene = this.#sceneAfter(stream.value, invocations);
    if (!scene.ok) return scene;
    const { cursor } = scene.value;
    return good({
      ...shown({ ...cursor, revision: invocations }),
      stop: cursor.status === "continue" ? "" : cursor.status,
      action: actionOf(cursor.next),
      brief: "",
      before: null,
      progress: true,
      changes: [],
      problems: [],
      course: NO_COURSE as unknown as Json,
    });
  }

  /** From the last one that was asked for, where it lies before: a rehearsal goes on step by step. */
  #sceneAfter(stream: Stream, invocations: number): Result<Scene> {
    const last = this.#played.get(stream.name);
    const isBehind = last === undefined || invocations === 0 || last.invocations > invocations;
    const begun = isBehind ? this.#sceneNow(stream) : good(last.scene);
    if (!begun.ok) return begun;
    const scene = obviousAfter(begun.value, invocations - (isBehind ? 0 : last.invocations));
    this.#played.set(stream.name, { invocations, scene });
    return good(scene);
  }

  #sceneNow(stream: Stream): Result<Scene> {
    const file = readCursorFile(this.#places.files, stream);
    if (file.state !== "read") return bad(...brokenProblems(stream, file));
    return good({ cursor: file.cursor, tasks: readTasks(this.#places.files, stream).tasks });
  }

  async #broken(stream: Stream, { last, file }: Standing): Promise<readonly Problem[]> {
    if (last !== null) await this.#cursors.putBack(stream, last);
    return brokenProblems(stream, file);
  }

  #snapshot(stream: Stream, revision: number, { tasks }: FoundTasks): Snapshot {
    const files = tasks.flatMap(({ name }) => {
      const mark = this.#marks.of(join(stream.folder, name));
      return mark === null ? [] : [[name, mark] as const];
    });
    return {
      revision,
      tasks: Object.fromEntries(tasks.map(({ name, state }) => [name, state])),
      files: Object.fromEntries(files),
      commit: this.#places.commits.head(),
    };
  }

  async #judge(
    stream: Stream,
    { run, course, patience }: CheckAsked,
    {
      before,
      standing,
      found,
      others,
    }: {
      readonly before: Snapshot;
      readonly standing: Standing;
      readonly found: FoundTasks;
      readonly others: readonly string[];
    },
  ): Promise<Judged> {
    const { last, file } = standing;
    const after = this.#snapshot(stream, last?.revision ?? 0, found);
    const moves = this.#movesSince(stream, { before, after }, run);
    return judge({
      before,
      after,
      course: courseFrom(course),
      commitMark: await this.#commitMark(before.commit, after.commit),
      asked: this.#cursors.at(stream, before.revision) ?? NOTHING_ASKED,
      cursor: file.state === "read" ? file.cursor : null,
      broken: file.state === "read" ? [] : [problemsText(brokenProblems(stream, file))],
      moves: moves.length,
      others,
      open: found.tasks.filter(({ state }) => isOpen(state)).map(({ name }) => name),
      isUnclear: found.troubles.length > 0,
      troubles: [...found.troubles.map(({ message }) => message), ...this.#strays(stream, found)],
      patience,
    });
  }

  async #commitMark(from: string | null, to: string | null): Promise<string | null> {
    if (from === to || to === null) return null;
    const patch = from === null ? null : await this.#places.commits.patch(from, to);
    if (patch === null) return to;
    return patch.trim() === "" || isCounting(patch) ? null : patchMark(patch);
  }

  #movesSince(
    stream: Stream,
    { before, after }: { before: Snapshot; after: Snapshot },
    run: string,
  ): readonly (Move | null)[] {
    const count = Math.max(0, after.revision - before.revision);
    const moves = Array.from({ length: count }, (_, place) =>
      this.#cursors.at(stream, before.revision + 1 + place),
    );
    return moves.filter((move) => move !== null && isOfRun(move, run));
  }

  async #putRight(stream: Stream, revision: number, { putBack }: Judged): Promise<Result<Move>> {
    const standing = await this.#cursors.standing(stream);
    if (!standing.ok) return standing;
    const { last } = standing.value;
    if (last === null) return bad(...brokenProblems(stream, standing.value.file));
    if (!putBack) return good(last);
    const isFileAlone = standing.value.file.state !== "read";
    return this.#cursors.putBack(stream, isFileAlone ? last : (this.#cursors.at(stream, revision) ?? last));
  }

  #others({ name }: Stream): readonly Stream[] {
    return everyStream(this.#places.files, this.#places.root).filter((other) => other.name !== name);
  }

  /** What was written there before an invocation begins is not its doing. */
  async #takeOthersOver(stream: Stream): Promise<void> {
    for (const other of this.#others(stream))
      if (!this.#places.isAtWork(other.name)) await this.#cursors.takenOver(other, null);
  }

  /** Other streams that this invocation moved, by a command or in the file itself: they are put back. */
  async #othersMoved(stream: Stream, run: string): Promise<readonly string[]> {
    const moved: string[] = [];
    for (const other of this.#others(stream)) {
      const standing = await this.#cursors.standing(other);
      if (!standing.ok || standing.value.last === null) continue;
      const { last, file } = standing.value;
      const before = this.#before(other, last, run);
      const isByHand =
        !(file.state === "read" && isSame(file.cursor, last)) && !this.#places.isAtWork(other.name);
      if (before === last && !isByHand) continue;
      if (before !== null) await this.#cursors.putBack(other, before);
      moved.push(`${other.shown}/${CURSOR_FILE}`);
    }
    return moved;
  }

  /** The last revision that this invocation did not make; null: the stream is its own. */
  #before(stream: Stream, last: Move, run: string): Move | null {
    let move: Move | null = last;
    while (move !== null && isOfRun(move, run)) move = this.#cursors.at(stream, move.revision - 1);
    return move;
  }

  /** Files belong into the folder of their task. */
  #strays(stream: Stream, { tasks }: FoundTasks): readonly string[] {
    const { files, root } = this.#places;
    const known = new Set([CURSOR_FILE, HISTORY_FILE, ...tasks.flatMap(({ name, file }) => [name, file])]);
    const streams = new Set(everyStream(files, root).map(({ folder }) => folder));
    return files
      .list(stream.folder)
      .filter(
        ({ name }) => !known.has(name) && !name.startsWith(".") && !streams.has(join(stream.folder, name)),
      )
      .slice(0, 5)
      .map(({ name }) => `${stream.shown}/${name} belongs into the folder of a task`);
  }
}

function shown({ status, next, task, focus, revision }: Cursor & { readonly revision: number }): JsonMap {
  return { status, next, task, focus, revision };
}

function brokenProblems(stream: Stream, file: CursorFile): readonly Problem[] {
  const path = `${stream.shown}/${CURSOR_FILE}`;
  switch (file.state) {
    case "broken":
      return file.problems;
    case "missing":
      return [{ code: "E_CURSOR", message: `${path} is gone` }];
    case "read":
      return [];
  }
}
