/** What one journal holds and another does not: the price of going back to a backup, run by run. */
import { JournalFault } from "../fault.ts";
import type { Reads } from "../reads.ts";

export interface Head {
  /** How many of the run's entries can be read. */
  readonly entries: number;
  /** Of its chain up to and with an entry: the same in two journals only where all before it is the same. */
  readonly hashAt: (sequence: number) => string | null;
}

/** Run → what can be read of it; null for a run that only left its folder. */
export type Heads = ReadonlyMap<string, Head | null>;

export interface Loss {
  readonly run: string;
  /** The first and the last entry that are gone; null when all of the run is, and nobody knows how much that was. */
  readonly from: number | null;
  readonly to: number | null;
  /** True when nothing of the run is left. */
  readonly isWhole: boolean;
}

/** They are asked for hashes while the journal is open. */
export function headsOf(reads: Reads): Heads {
  return new Map(
    reads.everyRun().map((run) => {
      const number = reads.numberOf(run) ?? 0;
      const hashAt = (sequence: number) => reads.entryHash(number, sequence);
      return [run, { entries: readableOf(reads, run), hashAt }] as const;
    }),
  );
}

function readableOf(reads: Reads, run: string): number {
  try {
    return reads.entries(run, 0).length;
  } catch (thrown) {
    if (thrown instanceof JournalFault) return thrown.readable;
    throw thrown;
  }
}

/** In the order of the runs' beginnings. */
export function lossesOf(here: Heads, backup: Heads): readonly Loss[] {
  const losses: Loss[] = [];
  for (const [run, head] of here) {
    const known = backup.get(run) ?? null;
    const to = head?.entries ?? null;
    if (known === null) losses.push({ run, from: to === null ? null : 1, to, isWhole: true });
    else if (head !== null) {
      const same = sharedOf(head, known);
      if (same < head.entries) losses.push({ run, from: same + 1, to, isWhole: false });
    }
  }
  return losses.sort((left, right) => (left.run < right.run ? -1 : 1));
}

/** How many entries two histories of a run begin with in common; found by halving, as the chain parts only once. */
function sharedOf(one: Head, other: Head): number {
  let same = 0;
  let parted = Math.min(one.entries, other.entries) + 1;
  // Mostly one is the beginning of the other.
  for (let look = parted - 1; same + 1 < parted; look = Math.floor((same + parted) / 2)) {
    if (one.hashAt(look) === other.hashAt(look)) same = look;
    else parted = look;
  }
  return same;
}

export function lossText({ run, from, to, isWhole }: Loss): string {
  if (from === null || to === null) return `run ${run}, of which only its folder is left`;
  const which = from === to ? `entry ${from}` : `entries ${from} to ${to}`;
  return isWhole ? `run ${run}, all of it (${which})` : `${which} of run ${run}`;
}
