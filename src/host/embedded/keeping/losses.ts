/** What one journal holds and another does not: the price of going back to a backup, run by run. */
import { JournalFault } from "../fault.ts";
import type { Reads } from "../reads.ts";

/** Run → how many of its entries can be read; null for a run that only left its folder. */
export type Heads = ReadonlyMap<string, number | null>;

export interface Loss {
  readonly run: string;
  /** The first and the last entry that are gone; null when all of the run is, and nobody knows how much that was. */
  readonly from: number | null;
  readonly to: number | null;
  /** True when nothing of the run is left. */
  readonly isWhole: boolean;
}

export function headsOf(reads: Reads): Heads {
  return new Map(reads.everyRun().map((run) => [run, readableOf(reads, run)] as const));
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
  for (const [run, entries] of here) {
    const known = backup.get(run);
    if (known === undefined || known === null)
      losses.push({ run, from: entries === null ? null : 1, to: entries, isWhole: true });
    else if (entries !== null && entries > known)
      losses.push({ run, from: known + 1, to: entries, isWhole: false });
  }
  return losses.sort((left, right) => (left.run < right.run ? -1 : 1));
}
