/** The lines of the board: what runs now, what has ended, and how many of all. */
import type { Run } from "../../core/run.ts";
import { quietText } from "../../driver/process-run.ts";
import { outputPairs } from "../lines.ts";
import { clean, type Printer } from "../print.ts";
import { type Step, triesText } from "../steps.ts";
import { count, cut, duration, money, padEnd, width } from "../text.ts";
import { needsYou, styledTask } from "../words.ts";

const LABEL_MIN = 18;
const LABEL_MAX = 36;
/** On a terminal of at least this width names may take more. */
const WIDE_COLUMNS = 120;
const LABEL_MAX_WIDE = 60;
const AGENT_WIDTH = 10;

export interface Row {
  readonly label: string;
  readonly agent: string;
  readonly status: string;
  readonly reason: string | null;
  readonly isRepair: boolean;
  /** Class of the failure after which it is tried again. */
  readonly failed: string | null;
  /** Moments on the clock that never goes back: when it began, and when what it waits for is due. */
  readonly since: number;
  readonly until: number | null;
  line: string | null;
  /** When it fell silent, once that is long ago. */
  quietSince: number | null;
}

/** How wide the column of names is: as the longest of them asks for, within bounds. */
export function labelWidth(printer: Printer, longest: number): number {
  const isWide = (printer.columns ?? 80) >= WIDE_COLUMNS;
  return Math.min(Math.max(longest, LABEL_MIN), isWide ? LABEL_MAX_WIDE : LABEL_MAX);
}

export function rowLine(printer: Printer, row: Row, { now, wide }: { now: number; wide: number }): string {
  const look = styledTask(row.status, row.reason);
  const tail =
    row.status === "running"
      ? `${duration(now - row.since)}  ${row.isRepair ? "repair  " : ""}${lifeOf(row, now)}`
      : waitText(row, now);
  return `${printer.paint(look.style, look.glyph)} ${cut(`${headOf(row, wide)} ${tail}`, columnsOf(printer) - 2)}`;
}

/** What a running task printed last, or for how long it has printed nothing. */
function lifeOf({ line, quietSince }: Row, now: number): string {
  return quietSince === null ? (line ?? "") : quietText(now - quietSince);
}

/** One place is left free: a full line makes some terminals begin the next one. */
function columnsOf(printer: Printer): number {
  return (printer.columns ?? 80) - 1;
}

function waitText({ reason, failed, until }: Row, now: number): string {
  const when = until === null ? "" : ` in ${duration(Math.max(0, until - now))}`;
  if (reason === "quota") return `usage limit, goes on${when}`;
  if (reason !== "retry") return reason === null ? "" : `waiting for ${reason}`;
  return `retry${when}${failed === null || failed === "unknown" ? "" : ` after ${clean(failed, 40)}`}`;
}

export function moreLine(printer: Printer, more: number): string {
  return printer.paint("gray", `  ${more.toLocaleString("en")} more running or waiting`);
}

export interface Counted {
  readonly run: Run;
  readonly name: string;
  readonly elapsedMs: number;
  readonly decisions: number;
}

/** `○ 3 more · 2/7 done · 1 failed · 1m44s · $0.08` */
export function countsLine(printer: Printer, { run, name, elapsedMs, decisions }: Counted): string {
  const { counts, workflow, usage } = run;
  const done = counts.success + counts.failed + counts.skipped + counts.cancelled;
  const parts = [
    `○ ${counts.pending + counts.queued} more`,
    `${done}/${workflow.size} done`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(decisions > 0 ? [needsYou(decisions)] : []),
    ...(run.status === "paused" ? ["paused"] : []),
    duration(elapsedMs),
    ...(usage.costUsd === null ? [] : [money(usage.costUsd)]),
    ...(run.start.rehearse ? ["REHEARSAL"] : []),
    name,
  ];
  return printer.paint("gray", cut(parts.join(" · "), columnsOf(printer)));
}

export function endLine(printer: Printer, step: Step, wide: number): string {
  const look = styledTask(step.status);
  const isDecision = step.agent === "approval";
  const outputs = outputPairs(step).map(([name, value]) => (isDecision ? value : outputText(name, value)));
  const time = step.isCached ? "cached" : duration(step.durationMs);
  const tail =
    step.status === "success"
      ? [time, money(step.costUsd), outputs.join(isDecision ? " by " : ", ")]
      : [look.word, step.reason ?? ""];
  return `${printer.paint(look.style, look.glyph)} ${headOf(step, wide)} ${tail.filter((part) => part !== "").join("  ")}`.trimEnd();
}

/** `342 files`, `url=https://…` */
function outputText(name: string, value: string): string {
  return /^-?\d+(?:\.\d+)?$/.test(value) ? `${value} ${name}` : `${name}=${value}`;
}

/** For what ended together with too many others to name them all. */
export function endedLine(printer: Printer, steps: readonly Step[]): string {
  const look = styledTask("success");
  const [first, last] = [steps[0], steps.at(-1)];
  const names = `${clean(first?.label ?? "", 40)} … ${clean(last?.label ?? "", 40)}`;
  const text = `${count(steps.length, "task")} more: ${names}`;
  return `${printer.paint(look.style, look.glyph)} ${cut(text, columnsOf(printer) - 2)}`;
}

export function failureLines(printer: Printer, step: Step, wide: number): readonly string[] {
  const { exitCode, error, tries, triesMax, nextMs, kind, isRepair, agent } = step;
  const why = exitCode !== null && exitCode !== 0 ? `exit ${exitCode}` : clean(error?.class ?? "failed", 40);
  const again = isRepair
    ? `, ${clean(agent, AGENT_WIDTH)} mends it`
    : kind === "tried"
      ? `, retry ${triesText(tries, triesMax)}${nextMs === null ? "" : ` in ${duration(nextMs)}`}`
      : "";
  const look = styledTask("failed");
  const first = `${printer.paint(look.style, look.glyph)} ${headOf(step, wide)} ${duration(step.durationMs)}  ${why}${again}`;
  return error === null || error.message === why ? [first] : [first, `    ${clean(error.message)}`];
}

/** What the attempt that ended is known to be, beside how it ended. */
export function noteLines({ notes }: Step): readonly string[] {
  return notes.map((note) => `    note: ${clean(note)}`);
}

function headOf({ label, agent }: Pick<Step, "label" | "agent">, wide: number): string {
  return `${padEnd(cut(clean(label), wide), wide)} ${padEnd(cut(clean(agent), AGENT_WIDTH), AGENT_WIDTH)}`;
}

export function widthOfLabel(label: string): number {
  return width(clean(label));
}
