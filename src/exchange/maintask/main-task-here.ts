/** The cursors of a project and the desk of its loops, on the journal of an engine. */
import { join } from "node:path";
import type { MainTaskDesk } from "../../driver/maintask/desk.ts";
import { patchOf } from "../../git/diff.ts";
import { Git } from "../../git/git.ts";
import { findRepository, headOf } from "../../git/repository.ts";
import type { Clock } from "../../port/clock.ts";
import type { Files } from "../../port/files.ts";
import { type CursorJournal, type Cursors, cursorsOn } from "./cursors.ts";
import { type Commits, LoopDesk } from "./loop-desk.ts";
import { isAtWork, type LoopRuns } from "./loops-at-work.ts";

export interface MainTaskHere {
  readonly cursors: Cursors;
  readonly desk: MainTaskDesk;
}

export interface MainTaskPlaces {
  readonly files: Files;
  readonly clock: Clock;
  readonly root: string;
  readonly stateFolder: string;
  readonly umask: number;
  /** Where programs are looked for. */
  readonly path: string;
}

export interface MainTaskJournal extends CursorJournal, LoopRuns {}

export function mainTaskHere(places: MainTaskPlaces, journal: MainTaskJournal): MainTaskHere {
  const { files, root } = places;
  const cursors = cursorsOn(places, journal);
  const atWork = (stream: string | null) => isAtWork(journal, stream);
  const desk = new LoopDesk({ files, root, cursors, commits: commitsOf(places), isAtWork: atWork });
  return { cursors, desk };
}

/** What they differ in is asked of git; which one is checked out stands in a file. */
function commitsOf({ files, clock, root, stateFolder, path }: MainTaskPlaces): Commits {
  const folder = join(stateFolder, "git");
  return {
    head: () => {
      const found = findRepository(files, root);
      return found.ok ? headOf(files, found.value.tree) : null;
    },
    patch: async (from, to) => {
      const found = findRepository(files, root);
      if (!found.ok) return null;
      const git = new Git({ files, clock, path, untrusted: [root, found.value.tree.root], folder });
      const patch = await patchOf(git, found.value.tree, from, to);
      return patch.ok ? patch.value : null;
    },
  };
}
