import type { Level } from "./level.ts";
import type { Stretch, Track } from "./stretches.ts";

/**
 * Walks back from what ended last. Whatever an end sets free becomes ready in the same entry, so what came before is
 * what ended at the very moment at which this was ready: a dependency, another item, an earlier hook alike. Between
 * several, a dependency; of those the one that began last.
 */
export function criticalPath(level: Level): ReadonlySet<Track> {
  const critical = new Set<Track>();
  mark(level, critical);
  return critical;
}

function mark(level: Level, critical: Set<Track>): void {
  const ended = Map.groupBy(level.tracks, endOf);
  let track = lastOf(level.tracks);
  while (track !== null && !critical.has(track)) {
    critical.add(track);
    for (const { caller, level: below } of level.children) if (caller === track) mark(below, critical);
    track = beforeOf(ended, track);
  }
}

function lastOf(tracks: readonly Track[]): Track | null {
  return tracks.reduce<Track | null>((latest, track) => {
    if (latest === null) return track;
    const later = endOf(track) - endOf(latest);
    return later > 0 || (later === 0 && startOf(track) > startOf(latest)) ? track : latest;
  }, null);
}

function beforeOf(ended: ReadonlyMap<number, readonly Track[]>, track: Track): Track | null {
  const start = startOf(track);
  const freed = (ended.get(start) ?? []).filter((other) => startOf(other) < start);
  const needed = freed.filter(({ task }) => track.task.dependencies.includes(task.index));
  return lastOf(needed.length > 0 ? needed : freed);
}

function startOf({ stretches }: Track): number {
  return (stretches[0] as Stretch).from;
}

function endOf({ stretches }: Track): number {
  return (stretches.at(-1) as Stretch).to;
}
