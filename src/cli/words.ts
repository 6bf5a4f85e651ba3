/** How states look: a glyph and a word always go together, colour is only added. */
import type { RunStatus, TaskStatus } from "../core/run.ts";
import type { Style } from "./print.ts";

export interface Look {
  readonly glyph: string;
  readonly word: string;
  readonly style: Style;
}

const TASK_LOOKS: Readonly<Record<TaskStatus, Look>> = {
  pending: { glyph: "○", word: "pending", style: "gray" },
  queued: { glyph: "○", word: "queued", style: "gray" },
  running: { glyph: "●", word: "running", style: "blue" },
  waiting: { glyph: "◐", word: "waiting", style: "yellow" },
  success: { glyph: "✓", word: "success", style: "green" },
  failed: { glyph: "✗", word: "failed", style: "red" },
  skipped: { glyph: "–", word: "skipped", style: "gray" },
  cancelled: { glyph: "–", word: "cancelled", style: "gray" },
};

const RUN_LOOKS: Readonly<Record<RunStatus | "interrupted", Look>> = {
  queued: { glyph: "○", word: "queued", style: "gray" },
  running: { glyph: "●", word: "running", style: "blue" },
  paused: { glyph: "◐", word: "paused", style: "yellow" },
  success: { glyph: "✓", word: "success", style: "green" },
  failed: { glyph: "✗", word: "failed", style: "red" },
  cancelled: { glyph: "–", word: "cancelled", style: "gray" },
  interrupted: { glyph: "◌", word: "interrupted", style: "yellow" },
};

export function lookOfTask(status: string): Look {
  return isTaskStatus(status) ? TASK_LOOKS[status] : { glyph: "?", word: status, style: "gray" };
}

function isTaskStatus(status: string): status is TaskStatus {
  return Object.hasOwn(TASK_LOOKS, status);
}

/** What a run shows: "needs you" and "interrupted" follow from its row and from whether an owner lives. */
export interface RunState {
  readonly status: RunStatus;
  readonly waitingFor: number;
  readonly isInterrupted: boolean;
}

export function lookOfRun({ status, waitingFor, isInterrupted }: RunState): Look {
  if (waitingFor > 0 && !isClosed(status)) {
    return { glyph: "◐", word: needsYou(waitingFor), style: "yellow" };
  }
  return RUN_LOOKS[isInterrupted ? "interrupted" : status];
}

export function needsYou(decisions: number): string {
  return `needs you (${decisions})`;
}

export function isClosed(status: RunStatus): boolean {
  return status === "success" || status === "failed" || status === "cancelled";
}
