/** What a person can do about a run, or what it does by itself. */
import type { RunRow } from "../host/host.ts";
import type { Application } from "./application.ts";
import type { OpenDecision } from "./deciding/open-decisions.ts";
import type { Overview } from "./overview.ts";
import { clean } from "./print.ts";
import { count, localTime } from "./text.ts";

/** Names of running tasks that are written out. */
const RUNNING_SHOWN = 3;

export function nextOf(application: Application, overview: Overview, row: RunRow): string | null {
  const [first] = overview.decisionsOf(row);
  if (first !== undefined) return decisionText(first);
  const command = nextCommand(application, overview, row);
  if (command !== null || row.endedAt !== null) return command;
  const running = overview.runningIn(row);
  return running.length > RUNNING_SHOWN
    ? count(running.length, "task")
    : running.map(({ task }) => clean(task, 60)).join(", ");
}

/** What a person types to move a run on, if that is theirs to do. */
export function nextCommand({ calledAs }: Application, overview: Overview, row: RunRow): string | null {
  const name = overview.nameOf(row);
  const open = overview.decisionsOf(row);
  if (open.length > 0) return decideCommand(calledAs, open);
  if (row.status === "paused" || overview.isInterrupted(row)) return `${calledAs} resume ${name}`;
  const isOpen = row.status === "failed" && overview.retriesOf(row).retriedAs === null;
  return isOpen ? `${calledAs} retry ${name}` : null;
}

function decisionText({ decision: { kind, task, expiresAt } }: OpenDecision): string {
  const deadline = expiresAt === null ? "" : `, expires ${localTime().date(expiresAt)}`;
  return `${kind} ${clean(task, 60)}${deadline}`;
}

/** Where decisions are made: one by its name, several in the inbox. */
export function decideCommand(calledAs: string, open: readonly OpenDecision[]): string {
  const [first] = open;
  if (first === undefined || open.length > 1) return `${calledAs} inbox`;
  if (first.decision.kind === "question") return `${calledAs} answer ${first.name} "YOUR ANSWER"`;
  const raise = first.decision.kind === "budget" ? " --choice raise --set usd=AMOUNT" : "";
  return `${calledAs} approve ${first.name}${raise}`;
}
