/**
 * Sessions of agents that others go on with, each in the folder of the attempt that had it. Drivers keep them, redacted
 * like all that an attempt leaves; one that nobody can go on with is taken away when its attempt is concluded.
 */
import { join } from "node:path";
import type { Assignment } from "../core/event.ts";
import { isMap, type Json, type JsonMap, own } from "../core/json.ts";
import type { Failure, OutputValue, Usage } from "../core/outcome.ts";
import type { GoesOn } from "../core/session-words.ts";
import type { Files } from "../port/files.ts";
import { attemptFolder, placeName, runFolder } from "./folder.ts";
import { writePlain } from "./plain-file.ts";

const ABOUT = "session.json";
const TRANSCRIPT = "session.jsonl";
/** In the folder of an attempt that could not go on with one: the name of whose it was. */
const REFUSED = "session-refused.txt";
/** Agents get it as an argument and as a part of the name of a file. */
export const SESSION_ID = /^\w[\w-]{0,199}$/;
const NAME_BYTES_MAX = 4_096;
const ABOUT_BYTES_MAX = 65_536;
const RESULT_BYTES_MAX = 8 * 1024 * 1024;

export interface KeptSession {
  readonly driver: string;
  /** As the agent calls it. */
  readonly id: string;
  /** What the agent says that all of it used, and says again of whoever goes on with it. */
  readonly usage: Usage;
}

/** An attempt with whose session another one wants to go on. */
export interface Before {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly folder: string;
  /** null: it is not there, or cannot be gone on with. */
  readonly session: KeptSession | null;
  /** An earlier attempt of the asking task could not go on with it. */
  readonly isRefused: boolean;
}

/** `RUN/TASK/N` */
export function sessionName({ run, task, attempt }: Pick<Before, "run" | "task" | "attempt">): string {
  return `${run}/${task}/${attempt}`;
}

/** Of the attempt with this folder. The name ends as the programs that read it want it. */
export function transcriptIn(folder: string): string {
  return join(folder, TRANSCRIPT);
}

export function keepSession(files: Files, folder: string, session: KeptSession, transcript: string): void {
  writePlain(files, transcriptIn(folder), transcript);
  // Last: what has it is whole.
  writePlain(files, join(folder, ABOUT), `${JSON.stringify(session)}\n`);
}

export function dropSession(files: Files, folder: string): void {
  for (const name of [ABOUT, TRANSCRIPT]) files.remove(join(folder, name));
}

/** Noted with the attempt that could not go on with it, so that those after it begin anew: others may still take it. */
export function refuseSession(files: Files, folder: string, name: string): void {
  writePlain(files, join(folder, REFUSED), `${name}\n`);
}

type Place = Pick<Assignment, "run" | "task" | "item" | "attempt">;

interface Asking extends Place {
  readonly goesOn: GoesOn;
}

/** Who had the session that is meant: whoever kept one last, else who was the last; null: nobody was before. */
export function attemptBefore(files: Files, stateFolder: string, asking: Asking): Before | null {
  let last: Before | null = null;
  const refused = refusedBefore(files, stateFolder, asking);
  for (const ref of refsBefore(files, stateFolder, asking)) {
    const folder = attemptFolder(stateFolder, ref.run, ref);
    const { run, task, attempt } = ref;
    const isRefused = refused.has(sessionName(ref));
    const before = {
      run,
      task,
      attempt,
      folder,
      session: isRefused ? null : sessionIn(files, folder),
      isRefused,
    };
    if (before.session !== null) return before;
    if (last === null && isOfTheTask(files, folder)) last = before;
  }
  return last;
}

/** What a repair came to is not what the task came to. */
function isOfTheTask(files: Files, folder: string): boolean {
  const path = join(folder, "result.json");
  return files.exists(path) && readMap(files, path, RESULT_BYTES_MAX)?.role !== "repair";
}

/** Names of sessions with which earlier attempts of the same task could not go on. */
function refusedBefore(files: Files, stateFolder: string, asking: Place): ReadonlySet<string> {
  const names = new Set<string>();
  for (let attempt = 1; attempt < asking.attempt; attempt += 1) {
    const note = join(attemptFolder(stateFolder, asking.run, { ...asking, attempt }), REFUSED);
    const stat = files.stat(note);
    if (stat?.kind === "file" && stat.size <= NAME_BYTES_MAX) names.add(files.readText(note).trim());
  }
  return names;
}

/** The latest first. */
function* refsBefore(files: Files, stateFolder: string, { run, goesOn }: Asking): Generator<Place> {
  const { why, attempt, passes } = goesOn;
  const ref = { task: goesOn.task, ...(goesOn.item !== undefined && { item: goesOn.item }) };
  if (why === "answer") return yield { run, ...ref, attempt };
  for (const one of [run, ...passes]) {
    // Of another run only its folders say how often it was done.
    const most = one === run ? attempt : Number.POSITIVE_INFINITY;
    const numbers = files
      .list(join(runFolder(stateFolder, one), placeName(ref)))
      .flatMap(({ name }) => (/^[1-9]\d*$/.test(name) && Number(name) <= most ? [Number(name)] : []))
      .sort((left, right) => right - left);
    for (const number of numbers) yield { run: one, ...ref, attempt: number };
    // A pass that did it at all is the one that counts.
    if (numbers.length > 0) return;
  }
}

/** An agent may write there: another form counts as none. */
function sessionIn(files: Files, folder: string): KeptSession | null {
  const about = readMap(files, join(folder, ABOUT), ABOUT_BYTES_MAX);
  if (about === null || files.stat(transcriptIn(folder))?.kind !== "file") return null;
  const [driver, id, usage] = ["driver", "id", "usage"].map((key) => own(about, key));
  if (typeof driver !== "string" || typeof id !== "string" || !isMap(usage)) return null;
  if (!SESSION_ID.test(id)) return null;
  const [costUsd, tokens] = ["costUsd", "tokens"].map((key) => own(usage, key));
  return { driver, id, usage: { costUsd: numberOrNull(costUsd), tokens: numberOrNull(tokens) } };
}

function numberOrNull(value: Json | undefined): number | null {
  return typeof value === "number" && value >= 0 ? value : null;
}

/** What came of it, by its result file; null where there is none. */
export function resultIn(
  files: Files,
  attempt: string,
): { readonly output: OutputValue | null; readonly failure: Failure | null } | null {
  const result = readMap(files, join(attempt, "result.json"), RESULT_BYTES_MAX);
  if (result === null) return null;
  const [output, failure] = ["output", "failure"].map((key) => own(result, key));
  const isFailure = isMap(failure) && ["class", "message"].every((key) => typeof failure[key] === "string");
  return {
    output: isMap(output) && isOutput(output) ? (output as unknown as OutputValue) : null,
    failure: isFailure ? (failure as unknown as Failure) : null,
  };
}

function isOutput(output: JsonMap): boolean {
  if (own(output, "value") !== undefined) return true;
  return /^[0-9a-f]{64}$/.test(String(own(output, "digest"))) && typeof own(output, "bytes") === "number";
}

function readMap(files: Files, path: string, bytesMax: number): JsonMap | null {
  const stat = files.stat(path);
  if (stat?.kind !== "file" || stat.size > bytesMax) return null;
  try {
    const value = JSON.parse(files.readTextIf(path) ?? "null") as Json;
    return isMap(value) ? value : null;
  } catch {
    return null;
  }
}
