/** A run with what its tasks did, and the same of the runs below it, all on one axis of time. */
import { instanceName } from "../core/id.ts";
import type { Change } from "../core/replay.ts";
import { type Track, type Tracks, tracksOf } from "./stretches.ts";

/** A run and the runs below it, as far as they are known. */
export interface Recorded {
  readonly changes: Iterable<Change>;
  readonly children: readonly Recorded[];
}

export interface Level extends Tracks {
  /** The way to its tasks: `rollout[25]/`. */
  readonly prefix: string;
  readonly children: readonly Below[];
}

export interface Below {
  /** What called it. */
  readonly caller: Track;
  readonly level: Level;
}

/** null for a run without entries. */
export function levelOf({ changes, children }: Recorded): Level | null {
  const tracks = tracksOf(changes, 0);
  return tracks === null ? null : withChildren(tracks, children, "");
}

function withChildren(tracks: Tracks, children: readonly Recorded[], prefix: string): Level {
  const callers = new Map(tracks.tracks.map((track) => [placeOf(track.task.id, track.item), track]));
  const found = children.flatMap((child): readonly Below[] => {
    const [first, ...others] = child.changes;
    const parent = first?.after.start.parent ?? null;
    if (first === undefined || parent === null) return [];
    const caller = callers.get(placeOf(parent.task, parent.item ?? null));
    const called = caller?.stretches.find(
      ({ kind, attempt }) => kind === "running" && attempt === parent.attempt,
    );
    const own = tracksOf([first, ...others], called?.from ?? first.entry.at - tracks.run.startedAt);
    if (caller === undefined || own === null) return [];
    return [{ caller, level: withChildren(own, child.children, `${prefix}${nameOf(caller)}/`) }];
  });
  return { ...tracks, prefix, children: found };
}

function placeOf(task: string, item: number | null): string {
  return `${item ?? ""} ${task}`;
}

function nameOf({ task, key }: Track): string {
  return instanceName(task.id, key);
}

export function* everyTrack(level: Level): Generator<readonly [id: string, track: Track]> {
  for (const track of level.tracks) yield [level.prefix + nameOf(track), track];
  for (const { level: below } of level.children) yield* everyTrack(below);
}

export function* everyMoment(level: Level): Generator<number> {
  yield* level.moments;
  for (const { level: below } of level.children) yield* everyMoment(below);
}
