/**
 * Clears away what is kept no longer: old runs, old logs, outputs that nothing speaks of. Files go first, so that a
 * process that dies in the middle leaves a run without its logs, and never files that nobody knows.
 */
import { basename, join } from "node:path";
import { present } from "../../../core/invariant.ts";
import { bad, good, type Result } from "../../../core/problem.ts";
import type { Clock } from "../../../port/clock.ts";
import type { Files } from "../../../port/files.ts";
import { type Connect, connect, type Database } from "../database.ts";
import { StoreFault } from "../fault.ts";
import { problemOf } from "../faults.ts";
import { DATABASE_FILE, lookAtJournal } from "../guard.ts";
import { becomeOwner } from "../owner.ts";
import { Reads } from "../reads.ts";
import { MIGRATIONS, PLACES } from "../schema.sql.ts";
import { MARK_FILE, makeMark } from "../sidecar.ts";
import { forgetRuns } from "./forget.ts";
import { digestsIn, keptOutputs, outputsFolder, referredOutputs } from "./outputs-kept.ts";
import { type Family, familiesOf, type Outdated, outdated, type Retention } from "./retention.ts";
import { bytesText, SPARE_BYTES, sizeOf } from "./size.ts";

export interface Collecting {
  readonly files: Files;
  readonly clock: Clock;
  readonly stateFolder: string;
  readonly retention: Retention;
  readonly dryRun: boolean;
  readonly connect?: Connect;
  /** Runs that are still asked for, whatever their age. */
  readonly wanted: (runs: Pick<Reads, "run" | "lastRunBeginning">) => ReadonlySet<string>;
  /** Clears away what the runs that are due left outside; the roots of those that have to stay for it. */
  readonly outside?: (due: Due) => Promise<ReadonlySet<string>>;
}

/** What retention says of the runs there are. */
export interface Due extends Outdated {
  /** All that the journal holds. */
  readonly known: ReadonlySet<string>;
}

export interface Collected {
  /** Runs that nobody called; those inside them go with them. */
  readonly runs: readonly string[];
  readonly logs: readonly string[];
  readonly outputs: number;
  /** What each takes, or took, on the disk. */
  readonly bytes: {
    readonly journal: number;
    readonly folders: number;
    readonly logs: number;
    readonly outputs: number;
  };
}

/** null when the project has no journal. */
export async function collect(collecting: Collecting): Promise<Result<Collected | null>> {
  const { stateFolder, dryRun } = collecting;
  const missing = unusable(collecting);
  if (missing !== null) return missing;
  try {
    if (dryRun) return await collectNow(collecting);
    const owner = becomeOwner(stateFolder);
    if (!owner.ok) return owner;
    try {
      // Another process may have changed it until now.
      return unusable(collecting) ?? (await collectNow(collecting));
    } finally {
      owner.value.release();
    }
  } catch (thrown) {
    return bad(problemOf(thrown, stateFolder));
  }
}

/** What lies outside goes first: what a run left there is found by the run. */
async function collectNow(collecting: Collecting): Promise<Result<Collected>> {
  const { outside, dryRun } = collecting;
  const held = outside === undefined ? NONE : await outside(dueOf(collecting));
  const plan = planOf(collecting, held);
  if (!dryRun) carryOut(collecting, plan);
  return good(plan.collected);
}

const NONE: ReadonlySet<string> = new Set();

function dueOf({ stateFolder, retention, clock, wanted }: Collecting): Due {
  const database = connect(join(stateFolder, DATABASE_FILE), { readOnly: true });
  try {
    const reads = new Reads(database);
    const members = membersOf(reads);
    const known = new Set(members.map(({ run }) => run));
    return { known, ...outdated(familiesOf(members), retention, clock.wall(), wanted(reads)) };
  } finally {
    database.close();
  }
}

/** Why there is nothing to clear away; null when there is a journal. */
function unusable({ files, stateFolder }: Collecting): Result<null> | null {
  const found = lookAtJournal({ folder: stateFolder, files, connect, version: MIGRATIONS.length });
  if (found.state === "refused") return bad(found.problem);
  return found.state === "none" || found.version === 0 ? good(null) : null;
}

interface Plan {
  readonly collected: Collected;
  readonly families: readonly Family[];
  readonly files: readonly string[];
}

function carryOut(collecting: Collecting, { collected, families, files: paths }: Plan): void {
  const { files, stateFolder } = collecting;
  if (families.length > 0) proveRoom(collecting, collected);
  for (const path of paths) files.remove(path);
  const runs = families.flatMap((family) => family.runs);
  for (const run of runs) files.removeTree(join(stateFolder, "runs", run));
  if (runs.length > 0) forget(collecting, runs);
}

/** Before anything is gone: the transaction needs room of its own, at most as much as the journal has. */
function proveRoom({ files, stateFolder }: Collecting, { bytes }: Collected): void {
  const needed = files.stat(join(stateFolder, DATABASE_FILE))?.size ?? 0;
  const free = files.freeBytes(stateFolder) + bytes.folders + bytes.logs + bytes.outputs;
  if (needed + SPARE_BYTES <= free) return;
  const message = `${bytesText(needed + SPARE_BYTES)} are needed in ${stateFolder} to take runs out of the journal, and ${bytesText(free)} are free or become so`;
  throw new StoreFault({ code: "E_DISK_FULL", message, hint: "free some space; nothing was changed" }, false);
}

/**
 * The mark stands on a commit that will be another one, and two files cannot be changed in one step: so it goes before
 * and is made anew after, also where nothing could be taken out. Without it the journal opens and says so.
 */
function forget(collecting: Collecting, runs: readonly string[]): void {
  const { files, clock, stateFolder } = collecting;
  const database = (collecting.connect ?? connect)(join(stateFolder, DATABASE_FILE), { readOnly: false });
  try {
    database.exec("pragma synchronous = full; pragma fullfsync = 1; pragma temp_store = memory");
    files.remove(join(stateFolder, MARK_FILE));
    files.syncFolder(stateFolder);
    try {
      forgetRuns(database, { runs, at: clock.wall() });
    } finally {
      makeMark(files, stateFolder, new Reads(database, false).tail());
    }
    shrink(database, files, stateFolder);
  } finally {
    database.close();
  }
}

/** Gives free pages back, where there is room for the copy that takes; they are used again otherwise. */
function shrink(database: Database, files: Files, stateFolder: string): void {
  database.exec("pragma wal_checkpoint(truncate)");
  const size = files.stat(join(stateFolder, DATABASE_FILE))?.size ?? 0;
  if (files.freeBytes(stateFolder) > 2 * size) database.exec("vacuum; pragma wal_checkpoint(truncate)");
}

function planOf(
  { files, clock, stateFolder, retention, wanted }: Collecting,
  held: ReadonlySet<string>,
): Plan {
  const database = connect(join(stateFolder, DATABASE_FILE), { readOnly: true });
  try {
    database.exec("begin");
    const reads = new Reads(database);
    const families = familiesOf(membersOf(reads));
    const { runs, logs } = outdated(families, retention, clock.wall(), new Set([...held, ...wanted(reads)]));
    const gone = new Set(runs.flatMap((family) => family.runs));
    const logFiles = logs.map((family) => family.runs.flatMap((run) => logsOf(files, stateFolder, run)));
    const outputs = unusedOutputs(reads, { files, stateFolder, gone, isQuiet: families.every(isEnded) });
    const sizeOfAll = (paths: readonly string[]) =>
      paths.reduce((sum, path) => sum + (files.stat(path)?.size ?? 0), 0);
    const folders = [...gone].map((run) => sizeOf(files, join(stateFolder, "runs", run)));
    const collected = {
      runs: runs.map(({ root }) => root),
      logs: logs.filter((_, place) => (logFiles[place]?.length ?? 0) > 0).map(({ root }) => root),
      outputs: outputs.length,
      bytes: {
        journal: [...gone].reduce((sum, run) => sum + journalBytes(reads, run), 0),
        folders: folders.reduce((sum, bytes) => sum + bytes, 0),
        logs: sizeOfAll(logFiles.flat()),
        outputs: sizeOfAll(outputs),
      },
    };
    return { collected, families: runs, files: [...logFiles.flat(), ...outputs] };
  } finally {
    database.close();
  }
}

const isEnded = ({ endedAt }: Family) => endedAt !== null;

function membersOf(reads: Reads) {
  return reads.everyRun().map((id) => {
    const { root, endedAt } = present(reads.run(id), "a run without its row is refused where it is read");
    return { run: id, root, endedAt };
  });
}

function journalBytes(reads: Reads, run: string): number {
  const number = reads.numberOf(run) ?? 0;
  const sql =
    "select coalesce(sum(length(text) + length(hash) + 30), 0) from entries where place > ? and place < ?";
  return Number(reads.get(sql, number * PLACES, (number + 1) * PLACES)?.[0]);
}

const LOGS: ReadonlySet<string> = new Set(["output.log", "stdout.txt", "stream.jsonl", "session.jsonl"]);

/** What its attempts printed. Results, briefs and artifacts stay as long as the run. */
function logsOf(files: Files, stateFolder: string, run: string): readonly string[] {
  const folder = join(stateFolder, "runs", run);
  return files
    .list(folder)
    .flatMap(({ name: task }) => files.list(join(folder, task)).map(({ name }) => join(folder, task, name)))
    .flatMap((attempt) => files.list(attempt).map(({ name, kind }) => ({ path: join(attempt, name), kind })))
    .filter(({ path, kind }) => kind === "file" && LOGS.has(basename(path)))
    .map(({ path }) => path);
}

interface Unused {
  readonly files: Files;
  readonly stateFolder: string;
  readonly gone: ReadonlySet<string>;
  /** No run is open: nobody reads an output that no entry speaks of yet. */
  readonly isQuiet: boolean;
}

/** Outputs that neither a kept run nor the cache speaks of. */
function unusedOutputs(reads: Reads, { files, stateFolder, gone, isQuiet }: Unused): readonly string[] {
  const numbers = new Set([...gone].map((run) => reads.numberOf(run)));
  const used = new Set(cachedOutputs(files, stateFolder));
  const ofGone = new Set<string>();
  for (const [digest, places] of referredOutputs(reads))
    for (const number of places) (numbers.has(number) ? ofGone : used).add(digest);
  return keptOutputs(files, stateFolder)
    .filter((digest) => !used.has(digest) && (isQuiet || ofGone.has(digest)))
    .map((digest) => join(outputsFolder(stateFolder), `${digest}.json`));
}

function cachedOutputs(files: Files, stateFolder: string): readonly string[] {
  const folder = join(stateFolder, "cache");
  return files
    .list(folder)
    .flatMap(({ name }) => digestsIn(files.readTextIf(join(folder, name, "kept.json")) ?? ""));
}
