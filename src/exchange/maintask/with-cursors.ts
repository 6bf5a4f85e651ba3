/** The cursors of a project that nobody owns, for as long as something is done with them. */
import type { Result } from "../../core/problem.ts";
import type { OpenJournal } from "../../host/embedded/open-journal.ts";
import type { Cursors } from "./cursors.ts";
import type { MainTaskPlaces } from "./main-task-here.ts";

export interface WithCursors extends MainTaskPlaces, Omit<OpenJournal, "folder" | "files" | "clock"> {}

/** E_LOCKED when somebody owns it, who is then to be asked. */
export async function withCursors<T>(
  places: WithCursors,
  act: (cursors: Cursors) => Promise<T>,
): Promise<Result<T>> {
  const [{ withJournal }, { cursorsOn }] = await Promise.all([
    import("../../host/embedded/with-journal.ts"),
    import("./cursors.ts"),
  ]);
  return withJournal({ ...places, folder: places.stateFolder }, (journal) => act(cursorsOn(places, journal)));
}
