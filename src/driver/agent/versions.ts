/** Versions of agent programs: as they print them, and which are known because decapod's tests run on them (test/agents). */
export interface VersionRange {
  readonly from: string;
  readonly to: string;
}

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:$|[\s-])/;

/** The version in what `--version` prints, behind the program's own words; null when it prints something else. */
export function versionIn(printed: string, words = ""): string | null {
  const text = printed.trim();
  if (!text.startsWith(words)) return null;
  const [, ...numbers] = VERSION.exec(text.slice(words.length)) ?? [];
  return numbers.length === 3 ? numbers.join(".") : null;
}

/** `allowed` are versions a person named, or "any". */
export function isKnownVersion(
  version: string,
  known: readonly VersionRange[],
  allowed: readonly string[],
): boolean {
  if (allowed.includes("any") || allowed.includes(version)) return true;
  return known.some(({ from, to }) => compare(version, from) >= 0 && compare(version, to) <= 0);
}

function compare(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function versionsText(known: readonly VersionRange[]): string {
  return known.map(({ from, to }) => (from === to ? from : `${from} to ${to}`)).join(", ");
}
