/**
 * When each task of a run was ready, waited and ran, made from the entries of the run and of the runs below it alone:
 * the decider says at which entry each state began. Times are milliseconds since the run started.
 */
import type { Run } from "../core/run.ts";
import { criticalPath } from "./critical.ts";
import { everyMoment, everyTrack, type Level, levelOf, type Recorded } from "./level.ts";
import type { Look } from "./looks.ts";
import type { Span, Stretch } from "./stretches.ts";

export interface Timeline {
  readonly run: Run;
  readonly startedAt: number;
  /** Of a run that is not over: up to the moment it is looked at. */
  readonly length: number;
  readonly rows: readonly TimeRow[];
  /** When nobody had the run open: decapod had ended, or the machine slept. */
  readonly gone: readonly Span[];
}

export interface TimeRow {
  /** With the way to it: `rollout[25]/ship`. */
  readonly id: string;
  readonly agent: string;
  readonly look: Look;
  readonly stretches: readonly Stretch[];
  /** Whether the run would have ended sooner had this been quicker. */
  readonly isCritical: boolean;
}

/** `now`: the wall time up to which somebody still works on it; null for a run that nobody has open. */
export function timelineOf(recorded: Recorded, now: number | null): Timeline | null {
  const level = levelOf(recorded);
  if (level === null) return null;
  const { run } = level;
  const last = Math.max(...everyMoment(level));
  const length = run.endedAt === null && now !== null ? Math.max(last, last + now - run.at) : last;
  const gone = goneOf(level);
  const critical = criticalPath(level);
  const rows = [...everyTrack(level)].map(([id, track]): TimeRow => {
    const stretches = track.stretches.flatMap((one) => seen(one, gone, length));
    return { id, agent: track.task.agent, look: track.look, stretches, isCritical: critical.has(track) };
  });
  return { run, startedAt: run.startedAt, length, rows: rows.sort(byStart), gone };
}

/** A run that wrote nothing for long may have a child that did: somebody was there up to that child's last entry. */
function goneOf(level: Level): readonly Span[] {
  const moments = [...everyMoment(level)];
  return level.unseen.map(({ from, to }) => ({
    from: moments.reduce((latest, moment) => (moment < to && moment > latest ? moment : latest), from),
    to,
  }));
}

/** What nobody saw of an attempt is not drawn as if it had run; what has not ended goes on to the end. */
function seen(stretch: Stretch, gone: readonly Span[], length: number): readonly Stretch[] {
  const { kind, from, to, result, measuredMs, isOpen } = stretch;
  if (isOpen) return [{ ...stretch, to: length }];
  const away = kind === "running" ? gone.find((span) => span.from < to && span.to > from) : undefined;
  if (away === undefined) return [stretch];
  const isLost = result?.word === "lost" || result?.word === "interrupted";
  // Its end was read from the log of exits after the run was taken up again.
  const end = isLost ? Math.max(from, away.from) : measuredMs === null ? to : Math.min(to, from + measuredMs);
  if (end >= to) return [stretch];
  const parts: readonly Stretch[] = [
    { ...stretch, to: end },
    { ...stretch, kind: "unknown", from: end, measuredMs: null },
  ];
  return parts.filter((part) => part.to > part.from);
}

function byStart(one: TimeRow, other: TimeRow): number {
  const start = (row: TimeRow) => row.stretches[0]?.from ?? 0;
  return start(one) - start(other);
}
