/**
 * The live board of a terminal: what has ended stays above and scrolls up; below it one line for each running task
 * and one with the counts, repainted in place at most ten times a second. A repaint costs what is shown, not what
 * there is: of thousands of tasks that end at once few are named, but every failure is.
 */
import type { Change } from "../../core/replay.ts";
import type { Run } from "../../core/run.ts";
import type { Clock } from "../../port/clock.ts";
import type { Progress } from "../application.ts";
import type { Attention } from "../attention.ts";
import type { Beginning, Watcher } from "../following/watcher.ts";
import { type Labels, placeOf } from "../labels.ts";
import { startText } from "../lines.ts";
import { clean, type Printer } from "../print.ts";
import { type Step, standingSteps, stepsOf } from "../steps.ts";
import { count } from "../text.ts";
import { isClosed } from "../words.ts";
import { type Above, aboveLines } from "./board-above.ts";
import {
  countsLine,
  failureLines,
  labelWidth,
  moreLine,
  noteLines,
  type Row,
  rowLine,
  widthOfLabel,
} from "./board-lines.ts";
import type { Painter } from "./painter.ts";

const REPAINT_MS = 100;
const TICK_MS = 1000;
/** Rows of the terminal that are left to what stands above. */
const ROWS_LEFT = 6;
const ROWS_MIN = 3;

interface Shown {
  run: Run;
  readonly name: string;
  /** Apart, so that what runs comes first without being looked for. */
  readonly running: Map<string, Row>;
  readonly waiting: Map<string, Row>;
  /** Open decisions, by the run that asks: this one or a run inside it. */
  readonly asks: Map<string, number>;
  decisions: number;
  readonly since: number;
  /** Of the names seen so far. */
  longest: number;
}

export interface BoardOptions {
  readonly printer: Printer;
  readonly labels: Labels;
  readonly painter: Painter;
  readonly clock: Clock;
  readonly attention: Attention;
  /** What can be pressed, as the last line; null: nothing. */
  readonly keys: string | null;
}

export class Board implements Watcher {
  readonly #options: BoardOptions;
  readonly #runs = new Map<string, Shown>();
  readonly #above: Above[] = [];
  #isPaused = false;
  #isDue = false;
  #isOver = false;
  #stopTick: () => void;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#stopTick = this.#tick();
  }

  begin({ run, name, how, below }: Beginning): void {
    const { labels } = this.#options;
    const open = [run, ...below];
    const isKnown = how !== "started";
    const shown: Shown = {
      run,
      name,
      running: new Map(),
      waiting: new Map(),
      asks: new Map(),
      decisions: 0,
      since: this.#since(isKnown ? run.startedAt : null),
      longest: Math.max(0, ...run.workflow.tasks.map(({ id }) => widthOfLabel(id))),
    };
    this.#runs.set(run.id, shown);
    for (const one of open) {
      labels.learn(one);
      this.#count(shown, one);
    }
    for (const one of isKnown ? open : []) {
      for (const step of standingSteps(one, labels.prefixOf(one))) this.#row(shown, step, step.startedAt);
    }
    if (how !== "retried") this.#put(this.#head(shown));
    this.#options.attention.call([...this.#runs.values()]);
  }

  changes(changes: readonly Change[]): void {
    for (const change of changes) this.#change(change);
    this.#options.attention.call([...this.#runs.values()]);
    this.#soon();
  }

  progress(progress: Progress): void {
    const { labels, clock } = this.#options;
    const place = placeOf(labels, progress);
    const row = place === null ? undefined : this.#runs.get(place.root)?.running.get(place.label);
    if (row === undefined) return;
    if (progress.kind === "output") row.line = clean(progress.line);
    row.quietSince = progress.kind === "quiet" ? clock.monotonic() - progress.quietMs : null;
    this.#soon();
  }

  note(text: string): void {
    this.#put(text);
    this.#paint();
  }

  pause(): void {
    this.#flush();
    this.#isPaused = true;
    this.#options.painter.clear();
  }

  unpause(): void {
    this.#isPaused = false;
    this.#paint();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTick();
    this.#isPaused = false;
    this.#flush();
    this.#isPaused = true;
    this.#options.painter.clear();
    this.#options.attention.callAtEnd([...this.#runs.values()]);
  }

  #change(change: Change): void {
    const { labels } = this.#options;
    const { after } = change;
    labels.learn(after);
    const shown = this.#runs.get(labels.rootOf(after));
    if (shown === undefined) return;
    if (after.id === shown.run.id) shown.run = after;
    this.#count(shown, after);
    if (change.entry.event.type === "run.reopened" && after.id === shown.run.id) this.#put(this.#head(shown));
    for (const step of stepsOf(change, labels.prefixOf(after))) this.#step(shown, step);
  }

  #head({ name, run }: Shown): string {
    const start = clean(startText(run, "started").replace(/^run started workflow=/, ""));
    return `${this.#options.printer.paint("bold", `run ${name}`)}  ${start}`;
  }

  /** Keeps the sum of open decisions without adding all of them up. */
  #count(shown: Shown, { id, openDecisions }: Run): void {
    shown.decisions += openDecisions - (shown.asks.get(id) ?? 0);
    if (openDecisions === 0) shown.asks.delete(id);
    else shown.asks.set(id, openDecisions);
  }

  #step(shown: Shown, step: Step): void {
    shown.longest = Math.max(shown.longest, widthOfLabel(step.label));
    if (step.kind === "tried") this.#put(this.#failure(shown, step));
    if (step.kind === "began") for (const line of noteLines(step)) this.#put(line);
    if (step.kind !== "ended") return this.#row(shown, step, null);
    shown.running.delete(step.label);
    shown.waiting.delete(step.label);
    // What never began says nothing that the counts do not say.
    if (step.status === "skipped" && step.reason !== "condition" && step.reason !== "failure") return;
    this.#put(step.status === "failed" ? this.#failure(shown, step) : { step, of: shown });
  }

  #failure({ longest }: Shown, step: Step): string {
    const { printer } = this.#options;
    return [...failureLines(printer, step, labelWidth(printer, longest)), ...noteLines(step)].join("\n");
  }

  /** `startedAt` of what began before it was seen. */
  #row(shown: Shown, step: Step, startedAt: number | null): void {
    const { label, agent, status, reason, error, nextMs, nextAt, isMapped, isRepair } = step;
    shown.running.delete(label);
    shown.waiting.delete(label);
    if (status === "queued" || isMapped) return;
    const { clock } = this.#options;
    // What was just set lasts as long as it says, however the wall clock stands.
    const isNew = startedAt === null && nextMs !== null;
    const leftMs = isNew || nextAt === null ? nextMs : nextAt - clock.wall();
    (status === "running" ? shown.running : shown.waiting).set(label, {
      label,
      agent,
      status,
      reason,
      isRepair,
      failed: error?.class ?? null,
      since: this.#since(startedAt),
      until: leftMs === null ? null : clock.monotonic() + leftMs,
      line: null,
      quietSince: null,
    });
  }

  /** A moment on the clock that never goes back: that of a wall time, or now. */
  #since(wallMs: number | null): number {
    const { clock } = this.#options;
    return clock.monotonic() - (wallMs === null ? 0 : Math.max(0, clock.wall() - wallMs));
  }

  #put(above: Above): void {
    this.#above.push(above);
    this.#soon();
  }

  #soon(): void {
    if (this.#isDue || this.#isOver) return;
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
    this.#flush();
    const { printer, painter, keys } = this.#options;
    const lines = this.#lines();
    const last = lines.length > 0 && keys !== null ? [printer.paint("gray", keys)] : [];
    painter.paint([...lines, ...last].join("\n"));
  }

  get #rowsMax(): number {
    return Math.max(ROWS_MIN, (this.#options.printer.output.rows ?? 24) - ROWS_LEFT);
  }

  #flush(): void {
    if (this.#isPaused || this.#above.length === 0) return;
    const { printer, painter } = this.#options;
    painter.above(aboveLines(printer, this.#above.splice(0), this.#rowsMax).join("\n"));
  }

  /** The rows of the terminal are shared by the runs that go on. */
  #lines(): readonly string[] {
    const open = [...this.#runs.values()].filter(({ run }) => !isClosed(run.status));
    const shown = open.slice(0, this.#rowsMax);
    const rowsEach = Math.floor((this.#rowsMax - shown.length + 1) / Math.max(1, shown.length));
    const lines = shown.flatMap((one) => this.#linesOf(one, rowsEach));
    const more = open.length - shown.length;
    return more === 0 ? lines : [...lines, `  ${count(more, "run")} more`];
  }

  /** One line for each running task, as many as fit, then the counts. */
  #linesOf(shown: Shown, rowsMax: number): readonly string[] {
    const { printer, clock } = this.#options;
    const now = clock.monotonic();
    const { running, waiting, run, name, since, decisions } = shown;
    const total = running.size + waiting.size;
    const fitting = total > rowsMax ? Math.max(0, rowsMax - 1) : total;
    const style = { now, wide: labelWidth(printer, shown.longest) };
    const lines: string[] = [];
    for (const rows of [running, waiting]) {
      for (const row of rows.values()) {
        if (lines.length >= fitting) break;
        lines.push(rowLine(printer, row, style));
      }
    }
    if (fitting < total && rowsMax > 0) lines.push(moreLine(printer, total - fitting));
    return [...lines, countsLine(printer, { run, name, elapsedMs: now - since, decisions })];
  }
}
