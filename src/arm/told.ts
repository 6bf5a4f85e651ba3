/**
 * What an agent is told, kept beside it with the receipt of what it holds: its brief, or where it goes on with a session
 * what is new to that. Most runs have no agents.
 */
import { join } from "node:path";
import type { Assignment } from "../core/event.ts";
import type { Limits } from "../core/limits.ts";
import type { GoesOn } from "../core/session-words.ts";
import type { Work } from "../driver/driver.ts";
import type { Lease } from "../host/host.ts";
import type { Files } from "../port/files.ts";
import { briefOf, type LastSession } from "../work/brief.ts";
import { HANDOFF_FILE, handoffOf } from "../work/handoff.ts";
import { memoryOf } from "../work/memory.ts";
import { Outputs } from "../work/outputs.ts";
import { writePlain } from "../work/plain-file.ts";
import { repairText } from "../work/repair-brief.ts";
import { attemptBefore, type Before, resultIn, sessionName } from "../work/session.ts";
import { turnOf } from "../work/turn.ts";

export interface Telling {
  readonly files: Files;
  readonly stateFolder: string;
  readonly workspace: string;
  /** Of the attempt. */
  readonly folder: string;
  readonly attempt: string;
  readonly limits: Limits;
  /** Who will do it. */
  readonly driver: string;
}

export { dropSession } from "../work/session.ts";

type Told = Pick<Work, "brief" | "session">;

export function toldOf({ assignment, reattach }: Lease, telling: Telling): Told {
  const { files, workspace, stateFolder, limits, folder, attempt, driver } = telling;
  const { goesOn } = assignment;
  const before = goesOn === null ? null : attemptBefore(files, stateFolder, { ...assignment, goesOn });
  const isKept = before !== null && before.session?.driver === driver;
  const memory = isKept ? null : memoryOf(files, workspace, limits);
  const around = { workspace, memory, limits, outputs: new Outputs(files, stateFolder) };
  const last = before === null ? null : (resultIn(files, before.folder) ?? { output: null, failure: null });
  const brief =
    isKept && goesOn !== null
      ? turnOf(assignment, goesOn, { ...around, failed: last?.failure ?? null })
      : briefOf(assignment, {
          ...around,
          lastSession: summaryOf(goesOn, last),
          repair: repairOf(assignment, telling),
        });
  const told = { brief, ...(goesOn !== null && sessionOf(assignment, { goesOn, before, driver })) };
  if (reattach) return told;
  writePlain(files, join(folder, "brief.md"), brief);
  const handoff = handoffOf(assignment, { attempt, brief, memory });
  writePlain(files, join(folder, HANDOFF_FILE), `${JSON.stringify(handoff, null, 2)}\n`);
  return told;
}

function repairOf(assignment: Assignment, telling: Telling): string | null {
  const { mends } = assignment;
  return mends === undefined ? null : repairText(assignment, mends, telling);
}

/** What was wrong with an answer stands in the brief already. */
function summaryOf(goesOn: GoesOn | null, last: LastSession | null): LastSession | null {
  return last === null || goesOn?.why !== "answer" ? last : { ...last, failure: null };
}

interface Meant {
  readonly goesOn: GoesOn;
  readonly before: Before | null;
  readonly driver: string;
}

/** Nothing to tell for a task that was never done before. */
function sessionOf(assignment: Assignment, { goesOn, before, driver }: Meant): Pick<Work, "session"> {
  if (before === null) {
    if (goesOn.why !== "task") return {};
    return { session: { note: `it begins a session: task ${goesOn.task} has none`, kept: null } };
  }
  const { session, folder, isRefused } = before;
  const whose = whoseText(assignment, goesOn, before);
  if (session === null) {
    const why = isRefused ? "could not be gone on with" : "is not there";
    return { session: { note: `it begins a new session, that of ${whose} ${why}`, kept: null } };
  }
  if (session.driver !== driver) {
    const note = `it begins a new session, that of ${whose} is one of ${session.driver}`;
    return { session: { note, kept: null } };
  }
  const kept = { folder, id: session.id, usage: session.usage, attempt: sessionName(before) };
  return { session: { note: `it goes on with the session of ${whose}`, kept } };
}

function whoseText({ run }: Assignment, { why }: GoesOn, before: Before): string {
  const pass = before.run === run ? "" : " in the pass before";
  return `attempt ${before.attempt}${why === "task" ? ` of ${before.task}` : ""}${pass}`;
}
