/** How states look at a terminal: the glyph and word of each, with the terminal's own colour. */
import type { RunStatus } from "../core/run.ts";
import { type Look, look, lookOfTask, type Tone } from "../picture/looks.ts";
import type { Line } from "../picture/span.ts";
import type { Printer, Style } from "./print.ts";

export interface StyledLook extends Look {
  readonly style: Style;
}

const STYLES: Readonly<Record<Tone | "muted", Style>> = {
  success: "green",
  running: "blue",
  human: "yellow",
  failed: "red",
  skipped: "gray",
  pending: "gray",
  muted: "gray",
};

export function styledTask(status: string, reason: string | null = null): StyledLook {
  return styled(lookOfTask(status, reason));
}

/** What a run shows: "needs you" and "interrupted" follow from its row and from whether an owner lives. */
export interface RunState {
  readonly status: RunStatus;
  readonly waitingFor: number;
  readonly isInterrupted: boolean;
}

const RUN_LOOKS: Readonly<Record<RunStatus, Look>> = {
  queued: look("pending", "queued"),
  running: look("running", "running"),
  paused: look("pending", "paused"),
  success: look("success", "success"),
  failed: look("failed", "failed"),
  cancelled: look("skipped", "cancelled"),
};

export function lookOfRun({ status, waitingFor, isInterrupted }: RunState): StyledLook {
  if (isClosed(status)) return styled(RUN_LOOKS[status]);
  if (waitingFor > 0) return styled(look("human", needsYou(waitingFor)));
  return isInterrupted
    ? { glyph: "◌", word: "interrupted", tone: "human", style: "yellow" }
    : styled(RUN_LOOKS[status]);
}

function styled(shown: Look): StyledLook {
  return { ...shown, style: STYLES[shown.tone] };
}

export function needsYou(decisions: number): string {
  return `needs you (${decisions})`;
}

export function isClosed(status: RunStatus): boolean {
  return status === "success" || status === "failed" || status === "cancelled";
}

/** A line of a picture in the colours of a terminal. */
export function painted(printer: Printer, line: Line): string {
  return line.map(({ text, tone }) => (tone === null ? text : printer.paint(STYLES[tone], text))).join("");
}
