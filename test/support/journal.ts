/** Journals for tests: made in a folder of their own, filled with entries of the usual shape. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry, Event } from "../../src/core/event.ts";
import type { Journal } from "../../src/host/embedded/journal.ts";
import { type OpenJournal, openJournal } from "../../src/host/embedded/open-journal.ts";
import type { Commit } from "../../src/host/embedded/store.ts";
import type { RunRow, TaskRow } from "../../src/host/host.ts";
import { realClock } from "../../src/port/clock.ts";
import { realFiles } from "../../src/port/files.ts";
import type { Chance } from "./chance.ts";

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

export function pickCounts<T extends number>(counts: Readonly<Record<"commit" | "ci" | "soak", T>>): T {
  const scale = process.env.DECAPOD_TEST_SCALE ?? "commit";
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
