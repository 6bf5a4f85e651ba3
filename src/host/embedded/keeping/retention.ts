/** Which runs and logs are kept no longer. Pure. */

export interface Retention {
  readonly runsSeconds: number;
  readonly logsSeconds: number;
  /** So many runs are kept whatever their age. */
  readonly runsMin: number;
}

/** A run that nobody called, with all runs inside it. */
export interface Family {
  readonly root: string;
  readonly runs: readonly string[];
  /** When the last of them ended; null while one is open. */
  readonly endedAt: number | null;
}

export interface Outdated {
  readonly runs: readonly Family[];
  /** Kept runs whose logs go. */
  readonly logs: readonly Family[];
}

/** `families` from the newest to the oldest; of those that are held only the logs go. */
export function outdated(
  families: readonly Family[],
  retention: Retention,
  now: number,
  held: ReadonlySet<string> = new Set(),
): Outdated {
  const isOlder = ({ endedAt }: Family, seconds: number) =>
    endedAt !== null && now - endedAt > seconds * 1000;
  const runs = families
    .slice(retention.runsMin)
    .filter((family) => isOlder(family, retention.runsSeconds) && !held.has(family.root));
  const gone = new Set(runs);
  const logs = families.filter((family) => !gone.has(family) && isOlder(family, retention.logsSeconds));
  return { runs, logs };
}

export interface FamilyMember {
  readonly run: string;
  readonly root: string;
  readonly endedAt: number | null;
}

/** Members in the order of their beginnings. */
export function familiesOf(members: readonly FamilyMember[]): readonly Family[] {
  const found = new Map<string, FamilyMember[]>();
  for (const member of members) {
    const family = found.get(member.root);
    if (family === undefined) found.set(member.root, [member]);
    else family.push(member);
  }
  return [...found]
    .map(([root, family]) => ({
      root,
      runs: family.map(({ run }) => run),
      endedAt: family.some(({ endedAt }) => endedAt === null)
        ? null
        : Math.max(...family.map(({ endedAt }) => endedAt ?? 0)),
    }))
    .reverse();
}
