/** Journals for tests: made in a folder of their own, filled with entries of the usual shape. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry, Event } from "../../src/core/event.ts";
import { JournalFault } from "../../src/host/embedded/fault.ts";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { type OpenJournal, openJournal } from "../../src/host/embedded/open-journal.ts";
import type { Commit } from "../../src/host/embedded/store.ts";
import type { RunRow, TaskRow } from "../../src/host/host.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import type { Chance } from "./chance.ts";
import { SCALE } from "./scale.ts";

export const RUN = "01jz8k2m4n5p6q7r8s9t0v1w2x";

export const EMPTY: Commit = {
  definitions: [],
  entries: [],
  runs: [],
  tasks: [],
  effectsOpened: [],
  effectsClosed: [],
  checkpoints: [],
};

/** A run's id from a number, in the order of the numbers. */
export function runId(number: number): string {
  return `01jz8k2m4n5p6q7r8s9t${String(number).padStart(6, "0")}`;
}

export function temporaryFolder(): { readonly path: string; readonly [Symbol.dispose]: () => void } {
  const path = mkdtempSync(join(tmpdir(), "decapod-journal-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bytes that are the same each time. */
export const steadyBytes = { bytes: (count: number) => new Uint8Array(count).fill(7) };

export function optionsFor(folder: string, changes: Partial<OpenJournal> = {}): OpenJournal {
  const options = {
    folder,
    durability: "durable",
    files: realFiles,
    clock: realClock,
    random: steadyBytes,
  } as const;
  return { ...options, ...changes };
}

export function opened(folder: string, changes: Partial<OpenJournal> = {}): Journal {
  const result = openJournal(optionsFor(folder, changes));
  if (!result.ok)
    throw new Error(result.problems.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return result.value;
}

/** The code of the refusal, "" when it opened; closed again then. */
export async function refusal(folder: string, changes: Partial<OpenJournal> = {}): Promise<string> {
  const result = openJournal(optionsFor(folder, changes));
  if (!result.ok) return result.problems[0]?.code ?? "?";
  await result.value.close();
  return "";
}

export function entry(sequence: number, changes: Partial<Entry> = {}): Entry {
  const event: Event =
    sequence % 2 === 1
      ? { type: "attempt.started", task: `task-${sequence}`, attempt: 1 }
      : { type: "timer.fired", timer: `wait:${sequence}:${"x".repeat(sequence % 60)}` };
  return {
    run: RUN,
    sequence,
    at: 1_750_000_000_000 + sequence,
    tick: sequence * 1.25,
    key: null,
    event,
    ...changes,
  };
}

export function runRow(sequence: number, changes: Partial<RunRow> = {}): RunRow {
  return {
    run: RUN,
    workflow: "publish",
    digest: "d".repeat(64),
    status: "running",
    parent: null,
    root: RUN,
    label: null,
    startedAt: 1_750_000_000_000,
    endedAt: null,
    done: sequence,
    total: 1000,
    failedTask: null,
    failureClass: null,
    failureMessage: null,
    costUsd: null,
    tokens: null,
    waitingFor: 0,
    rehearse: false,
    sequence,
    detail: null,
    ...changes,
  };
}

export function taskRow(position: number, changes: Partial<TaskRow> = {}): TaskRow {
  return {
    run: RUN,
    task: `task-${position}`,
    position: position * 10_001,
    status: "success",
    reason: null,
    skipReason: null,
    attempts: 1,
    startedAt: 1_750_000_000_000 + position,
    endedAt: 1_750_000_000_012 + position,
    durationMs: 12.5,
    failureClass: null,
    failureMessage: null,
    costUsd: null,
    output: null,
    detail: null,
    ...changes,
  };
}

/** A commit as a chain of tasks makes them: the end of one attempt, the start of the next, two rows. */
export function step(sequence: number, changes: Partial<Commit> = {}): Commit {
  const entries = [entry(sequence), entry(sequence + 1)];
  return {
    ...EMPTY,
    entries,
    runs: [runRow(sequence + 1)],
    tasks: [taskRow((sequence + 1) / 2)],
    ...changes,
  };
}

/** `count` commits, one entry each. */
export function fill(journal: Journal, from: number, count: number, run = RUN): void {
  for (let sequence = from; sequence < from + count; sequence++) {
    journal.commit({
      ...EMPTY,
      entries: [entry(sequence, { run })],
      runs: [runRow(sequence, { run, root: run })],
      tasks: [taskRow(sequence, { run })],
    });
  }
}

/** The journal's files as they lie there, without the shared memory of those who have it open: as after a crash. */
export function imageOf(folder: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of ["decapod.db", "decapod.db-wal", "decapod.mark"]) {
    cpSync(join(folder, name), join(target, name), { force: true });
  }
}

export interface Image {
  readonly database: Uint8Array;
  readonly log: Uint8Array;
  readonly mark: Uint8Array;
}

const IMAGE_FILES = { database: "decapod.db", log: "decapod.db-wal", mark: "decapod.mark" } as const;

/** The bytes of a journal's files at this moment. */
export function snapshot(folder: string): Image {
  const bytes = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : new Uint8Array();
  return {
    database: bytes(IMAGE_FILES.database),
    log: bytes(IMAGE_FILES.log),
    mark: bytes(IMAGE_FILES.mark),
  };
}

/** A folder with just these files: as a machine that was switched off leaves them. */
export function lay(target: string, image: Image): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const part of ["database", "log", "mark"] as const) {
    if (image[part].length > 0) writeFileSync(join(target, IMAGE_FILES[part]), image[part]);
  }
}

/** Everything a journal gives, by name; a part that throws JournalFault is null. Any other throw is a bug. */
export function survey(
  journal: Journal,
  runs: readonly string[],
  digests: readonly string[],
): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  const look = (name: string, read: () => unknown) => {
    try {
      found.set(name, JSON.stringify(read()));
    } catch (thrown) {
      if (!(thrown instanceof JournalFault)) throw thrown;
      found.set(name, null);
    }
  };
  look("open", () => journal.openRuns());
  look("runs", () => journal.runs({}));
  look("effects", () => journal.effects());
  for (const digest of digests) look(`definition ${digest}`, () => journal.definition(digest));
  for (const run of runs) {
    look(`entries ${run}`, () => journal.entries(run));
    look(`run ${run}`, () => journal.run(run));
    look(`tasks ${run}`, () => journal.tasks(run));
    look(`key ${run}`, () => journal.hasKey(run, "key"));
  }
  return found;
}

export function pickCounts<T extends number>(counts: Readonly<Record<"commit" | "ci" | "soak", T>>): T {
  const scale = SCALE;
  return scale === "ci" || scale === "soak" ? counts[scale] : counts.commit;
}

/** Any JSON text an event may hold, with what encodings stumble over. */
export function anyText(random: Chance): string {
  const parts = [
    "a",
    "ü",
    "😀",
    "\u0000",
    "\ud800",
    "\udfff",
    '"',
    "\\",
    "\n",
    "\u2028",
    "\u{10ffff}",
    "0",
    "'",
  ];
  return Array.from({ length: random.below(12) }, () => random.pick(parts)).join("");
}
