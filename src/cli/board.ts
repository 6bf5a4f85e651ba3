/**
 * The live board of a terminal: what has ended stays above and scrolls up; below it one line for each running task
 * and one with the counts, repainted in place.
 */
import type { Change } from "../core/replay.ts";
import type { Run } from "../core/run.ts";
import { quietText } from "../driver/process-run.ts";
import type { Clock } from "../port/clock.ts";
import type { Progress } from "./application.ts";
import { type Labels, placeOf } from "./labels.ts";
import { outputPairs, startText } from "./lines.ts";
import type { Painter } from "./painter.ts";
import { clean, type Printer } from "./print.ts";
import { type Step, standingSteps, stepsOf, triesText } from "./steps.ts";
import { cut, duration, money, padEnd } from "./text.ts";
import type { Beginning, Watcher } from "./watcher.ts";
import { isClosed, needsYou, type StyledLook, styledTask } from "./words.ts";

const REPAINT_MS = 100;
const TICK_MS = 1000;
/** Rows of the terminal that are left to what stands above. */
const ROWS_LEFT = 6;
const ROWS_MIN = 3;
const LABEL_MAX = 36;
const AGENT_WIDTH = 10;

interface Row {
  readonly label: string;
  readonly agent: string;
  readonly isRunning: boolean;
  readonly look: StyledLook;
  readonly text: string;
  readonly since: number;
  line: string | null;
  /** When it fell silent, once that is long ago. */
  quietSince: number | null;
}

interface Shown {
  run: Run;
  readonly name: string;
  readonly rows: Map<string, Row>;
  /** Open decisions, by the run that asks: this one or a run inside it. */
  readonly asks: Map<string, number>;
  readonly since: number;
}

export interface BoardOptions {
  readonly printer: Printer;
  readonly labels: Labels;
  readonly painter: Painter;
  readonly clock: Clock;
  /** What can be pressed, as the last line; null: nothing. */
  readonly keys: string | null;
}

export class Board implements Watcher {
  readonly #options: BoardOptions;
  readonly #runs = new Map<string, Shown>();
  readonly #held: string[] = [];
  #isPaused = false;
  #isDue = false;
  #stopTick: () => void;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#stopTick = this.#tick();
  }

  begin({ run, name, how, below }: Beginning): void {
    const { labels } = this.#options;
    const open = [run, ...below];
    const asks = new Map(open.map((one) => [one.id, one.openDecisions]));
    const isKnown = how !== "started";
    const since = this.#since(isKnown ? run.startedAt : null);
    const shown: Shown = { run, name, rows: new Map(), asks, since };
    this.#runs.set(run.id, shown);
    for (const one of open) labels.learn(one);
    for (const one of isKnown ? open : []) {
      for (const step of standingSteps(one, labels.prefixOf(one))) this.#row(shown, step, step.startedAt);
    }
    this.#above(
      `${this.#options.printer.paint("bold", `run ${name}`)}  ${clean(startText(run, how).replace(/^run (started|resumed|watched) workflow=/, ""))}`,
    );
  }

  changes(changes: readonly Change[]): void {
    for (const change of changes) this.#change(change);
    this.#soon();
  }

  progress(progress: Progress): void {
    const { labels, clock } = this.#options;
    const place = placeOf(labels, progress);
    const row = place === null ? undefined : this.#runs.get(place.root)?.rows.get(place.label);
    if (row === undefined) return;
    if (progress.kind === "output") row.line = clean(progress.line);
    row.quietSince = progress.kind === "quiet" ? clock.monotonic() - progress.quietMs : null;
    this.#soon();
  }

  note(text: string): void {
    this.#above(text);
  }

  pause(): void {
    this.#isPaused = true;
    this.#options.painter.clear();
  }

  unpause(): void {
    this.#isPaused = false;
    for (const text of this.#held.splice(0)) this.#options.painter.above(text);
    this.#paint();
  }

  end(): void {
    this.#stopTick();
    this.#stopTick = () => {};
    for (const text of this.#held.splice(0)) this.#options.painter.above(text);
    this.#isPaused = true;
    this.#options.painter.clear();
  }

  #change(change: Change): void {
    const { after } = change;
    this.#options.labels.learn(after);
    const shown = this.#runs.get(this.#options.labels.rootOf(after));
    if (shown === undefined) return;
    if (after.id === shown.run.id) shown.run = after;
    shown.asks.set(after.id, after.openDecisions);
    for (const step of stepsOf(change, this.#options.labels.prefixOf(after))) this.#step(shown, step);
  }

  #step(shown: Shown, step: Step): void {
    const { printer } = this.#options;
    if (step.kind === "tried") this.#above([...failureLines(printer, step), ...noteLines(step)].join("\n"));
    if (step.kind === "ended") {
      shown.rows.delete(step.label);
      // What never began says nothing that the counts do not say.
      if (step.status === "skipped" && step.reason !== "condition" && step.reason !== "failure") return;
      const lines = step.status === "failed" ? failureLines(printer, step) : [endLine(printer, step)];
      return this.#above([...lines, ...noteLines(step)].join("\n"));
    }
    this.#row(shown, step, null);
  }

  /** `startedAt` of what began before it was seen. */
  #row(shown: Shown, step: Step, startedAt: number | null): void {
    if (step.status === "queued" || step.isMapped) return void shown.rows.delete(step.label);
    shown.rows.set(step.label, {
      label: step.label,
      agent: step.agent,
      isRunning: step.status === "running",
      look: styledTask(step.status, step.reason),
      text: waitText(step),
      since: this.#since(startedAt),
      line: null,
      quietSince: null,
    });
  }

  /** A moment on the clock that never goes back: that of a wall time, or now. */
  #since(wallMs: number | null): number {
    const { clock } = this.#options;
    return clock.monotonic() - (wallMs === null ? 0 : Math.max(0, clock.wall() - wallMs));
  }

  #above(text: string): void {
    if (this.#isPaused) this.#held.push(text);
    else this.#options.painter.above(text);
  }

  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#options.clock.after(REPAINT_MS, () => {
      this.#isDue = false;
      this.#paint();
    });
  }

  #tick(): () => void {
    let stop = () => {};
    const next = () => {
      stop = this.#options.clock.after(TICK_MS, () => {
        this.#paint();
        next();
      });
    };
    next();
    return () => stop();
  }

  #paint(): void {
    if (this.#isPaused) return;
    const { printer, painter, clock, keys } = this.#options;
    const texts: string[] = [];
    const rowsMax = Math.max(ROWS_MIN, (printer.output.rows ?? 24) - ROWS_LEFT);
    for (const shown of this.#runs.values()) {
      if (!isClosed(shown.run.status)) texts.push(...boardLines(printer, shown, clock.monotonic(), rowsMax));
    }
    if (texts.length > 0 && keys !== null) texts.push(printer.paint("gray", keys));
    painter.paint(texts.join("\n"));
  }
}

/** One line for each running task, as many as fit, then the counts. */
function boardLines(printer: Printer, shown: Shown, now: number, rowsMax: number): readonly string[] {
  const columns = (printer.columns ?? 80) - 1;
  const rows = [...shown.rows.values()].sort(
    (left, right) => Number(right.isRunning) - Number(left.isRunning),
  );
  const fitting = rows.slice(0, rows.length > rowsMax ? rowsMax - 1 : rowsMax);
  const lines = fitting.map((row) => {
    const { look } = row;
    const head = `${padEnd(cut(clean(row.label), LABEL_MAX), 18)} ${padEnd(cut(clean(row.agent), AGENT_WIDTH), AGENT_WIDTH)}`;
    const tail = row.isRunning ? `${duration(now - row.since)}  ${lifeOf(row, now)}` : row.text;
    return `${printer.paint(look.style, look.glyph)} ${cut(`${head} ${tail}`, columns - 2)}`;
  });
  if (fitting.length < rows.length)
    lines.push(printer.paint("gray", `  ${rows.length - fitting.length} more running or waiting`));
  return [...lines, printer.paint("gray", cut(countsLine(shown, now), columns))];
}

/** What a running task printed last, or for how long it has printed nothing. */
function lifeOf({ line, quietSince }: Row, now: number): string {
  return quietSince === null ? (line ?? "") : quietText(now - quietSince);
}

/** `○ 3 more · 2/7 done · 1 failed · 1m44s · $0.08` */
function countsLine({ run, name, since, asks }: Shown, now: number): string {
  const { counts, workflow, usage } = run;
  const done = counts.success + counts.failed + counts.skipped + counts.cancelled;
  const decisions = [...asks.values()].reduce((sum, one) => sum + one, 0);
  const parts = [
    `○ ${counts.pending + counts.queued} more`,
    `${done}/${workflow.size} done`,
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(decisions > 0 ? [needsYou(decisions)] : []),
    duration(now - since),
    ...(usage.costUsd === null ? [] : [money(usage.costUsd)]),
    ...(run.start.rehearse ? ["REHEARSAL"] : []),
    name,
  ];
  return parts.join(" · ");
}

function waitText({ reason, error, nextMs }: Step): string {
  if (reason === "retry")
    return `retry${nextMs === null ? "" : ` in ${duration(nextMs)}`}${error === null ? "" : ` after ${error.class}`}`;
  return reason === null ? "" : `waiting for ${reason}`;
}

function endLine(printer: Printer, step: Step): string {
  const look = styledTask(step.status);
  const isDecision = step.agent === "approval";
  const outputs = outputPairs(step).map(([name, value]) => (isDecision ? value : `${value} ${name}`));
  const time = step.isCached ? "cached" : duration(step.durationMs);
  const tail =
    step.status === "success"
      ? [time, money(step.costUsd), outputs.join(isDecision ? " by " : ", ")]
      : [look.word, step.reason ?? ""];
  return `${printer.paint(look.style, look.glyph)} ${headOf(step)} ${tail.filter((part) => part !== "").join("  ")}`.trimEnd();
}

function failureLines(printer: Printer, step: Step): readonly string[] {
  const { exitCode, error, tries, triesMax, nextMs, kind } = step;
  const why = exitCode !== null && exitCode !== 0 ? `exit ${exitCode}` : clean(error?.class ?? "failed", 40);
  const again =
    kind === "tried"
      ? `, retry ${triesText(tries, triesMax)}${nextMs === null ? "" : ` in ${duration(nextMs)}`}`
      : "";
  const look = styledTask("failed");
  const first = `${printer.paint(look.style, look.glyph)} ${headOf(step)} ${duration(step.durationMs)}  ${why}${again}`;
  return error === null ? [first] : [first, `    ${clean(error.message)}`];
}

function noteLines({ notes }: Step): readonly string[] {
  return notes.map((note) => `    note: ${clean(note)}`);
}

function headOf({ label, agent }: Step): string {
  return `${padEnd(cut(clean(label), LABEL_MAX), 18)} ${padEnd(cut(clean(agent), AGENT_WIDTH), AGENT_WIDTH)}`;
}
