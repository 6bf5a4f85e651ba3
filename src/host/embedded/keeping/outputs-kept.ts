/** Which outputs, kept apart by their digest, the journal speaks of. */
import { join } from "node:path";
import type { Files } from "../../../port/files.ts";
import { sha256 } from "../../../port/hash.ts";
import type { Reads } from "../reads.ts";
import { PLACES } from "../schema.sql.ts";

const REFERENCE = /"digest":"([0-9a-f]{64})","bytes":\d+/g;
const NAME = /^([0-9a-f]{64})\.json$/;

/** Digests of outputs in a text of the journal or of the cache. */
export function digestsIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map(([, digest]) => digest as string);
}

/** Digest → numbers of the runs that speak of it. */
export function referredOutputs(reads: Reads): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  const sql = `select place, text from entries where instr(text, '"digest":"') > 0`;
  for (const [place, text] of reads.each(sql)) {
    for (const digest of digestsIn(String(text))) {
      const numbers = found.get(digest) ?? new Set();
      found.set(digest, numbers.add(Math.floor(Number(place) / PLACES)));
    }
  }
  return found;
}

export function outputsFolder(stateFolder: string): string {
  return join(stateFolder, "outputs");
}

/** Digests by the names of the files. */
export function keptOutputs(files: Files, stateFolder: string): readonly string[] {
  return files.list(outputsFolder(stateFolder)).flatMap(({ name }) => NAME.exec(name)?.[1] ?? []);
}

export interface OutputDamage {
  /** Which output, and what is wrong with it. */
  readonly text: string;
  /** The first run that speaks of it; null for one that no run speaks of. */
  readonly run: string | null;
}

/** Each output that is missing, or is not what its name says. */
export function damagedOutputs(files: Files, stateFolder: string, reads: Reads): readonly OutputDamage[] {
  const found: OutputDamage[] = [];
  const kept = new Set(keptOutputs(files, stateFolder));
  const referred = referredOutputs(reads);
  for (const digest of kept) {
    const bytes = files.readBytes(join(outputsFolder(stateFolder), `${digest}.json`));
    if (sha256(bytes) === digest) continue;
    const run = runOf(reads, referred.get(digest));
    const whose = run === null ? "; no run speaks of it" : `: it is of run ${run}`;
    found.push({ text: `output ${digest.slice(0, 12)} is not what was written${whose}`, run });
  }
  for (const [digest, numbers] of referred) {
    if (kept.has(digest)) continue;
    const run = runOf(reads, numbers);
    const text = `output ${digest.slice(0, 12)} of run ${run} is missing from ${outputsFolder(stateFolder)}`;
    found.push({ text, run });
  }
  return found;
}

function runOf(reads: Reads, numbers: ReadonlySet<number> = new Set()): string | null {
  const [number] = numbers;
  if (number === undefined) return null;
  return String(reads.get("select run from journals where number = ?", number)?.[0]);
}
