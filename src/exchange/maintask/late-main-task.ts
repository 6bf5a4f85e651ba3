/** Most projects have no MAIN_TASK: what keeps it is loaded when somebody asks for it, once for each engine. */

import type { Result } from "../../core/problem.ts";
import type { MainTaskDesk } from "../../driver/maintask/desk.ts";
import type { Cursors } from "./cursors.ts";
import type { MainTaskHere, MainTaskJournal, MainTaskPlaces } from "./main-task-here.ts";
import type { WithCursors } from "./with-cursors.ts";

export class LateMainTask {
  readonly #places: MainTaskPlaces;
  #journal: MainTaskJournal | null = null;
  #here: Promise<MainTaskHere> | null = null;

  constructor(places: MainTaskPlaces) {
    this.#places = places;
  }

  /** With the journal that the engine has opened. */
  deskOn = (journal: MainTaskJournal): (() => Promise<MainTaskDesk>) => {
    this.#journal = journal;
    return async () => (await this.here()).desk;
  };

  async here(): Promise<MainTaskHere> {
    const journal = this.#journal;
    if (journal === null) throw new Error("the journal is open before a cursor is asked for");
    this.#here ??= import("./main-task-here.ts").then(({ mainTaskHere }) =>
      mainTaskHere(this.#places, journal),
    );
    return this.#here;
  }
}

/** For a project that nobody owns. */
export async function lateWithCursors<T>(
  places: WithCursors,
  act: (cursors: Cursors) => Promise<T>,
): Promise<Result<T>> {
  return (await import("./with-cursors.ts")).withCursors(places, act);
}
