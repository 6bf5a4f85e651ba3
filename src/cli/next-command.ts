/** What a person can do about a run, or what it does by itself. */
import type { RunRow } from "../host/host.ts";
import type { Application } from "./application.ts";
import type { OpenDecision } from "./json.ts";
import type { Overview } from "./overview.ts";
import { clean } from "./print.ts";
import { count, localTime } from "./text.ts";

/** Names of running tasks that are written out. */
const RUNNING_SHOWN = 3;

export function nextOf({ calledAs }: Application, overview: Overview, row: RunRow): string | null {
  const name = overview.nameOf(row);
  const [first] = overview.decisionsOf(row);
  if (first !== undefined) return decisionText(first);
  if (overview.isInterrupted(row)) return `${calledAs} resume ${name}`;
  if (row.status === "failed") return failedCommand(calledAs, name, row);
  if (row.endedAt !== null) return null;
  const running = overview.runningIn(row);
  return running.length > RUNNING_SHOWN
    ? count(running.length, "task")
    : running.map(({ task }) => clean(task, 60)).join(", ");
}

/** What first helps: seeing why. */
function failedCommand(calledAs: string, name: string, { failedTask }: RunRow): string {
  return failedTask === null
    ? `${calledAs} show ${name}`
    : `${calledAs} logs ${name} ${clean(failedTask)} --errors`;
}

function decisionText({ decision: { kind, task, expiresAt } }: OpenDecision): string {
  const deadline = expiresAt === null ? "" : `, expires ${localTime().date(expiresAt)}`;
  return `${kind} ${clean(task, 60)}${deadline}`;
}

/** Where decisions are made. */
export function decideCommand(calledAs: string, isOwned: boolean): string {
  return isOwned ? "answer where the run goes on" : `${calledAs} resume`;
}
