/**
 * The versions of Claude Code whose behaviour this driver knows, because its tests run on them (test/agents). Others may
 * mean something else by the same words; a person may allow them, at their own risk.
 */
export interface VersionRange {
  readonly from: string;
  readonly to: string;
}

export const KNOWN_VERSIONS: readonly VersionRange[] = [{ from: "2.1.328", to: "2.1.328" }];

const VERSION = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:$|[\s-])/;

/** The version in what `claude --version` prints; null when it prints something else. */
export function versionIn(printed: string): string | null {
  const [, ...numbers] = VERSION.exec(printed.trim()) ?? [];
  return numbers.length === 3 ? numbers.join(".") : null;
}

/** `allowed` are versions a person named, or "any". */
export function isKnownVersion(version: string, allowed: readonly string[]): boolean {
  if (allowed.includes("any") || allowed.includes(version)) return true;
  return KNOWN_VERSIONS.some(({ from, to }) => compare(version, from) >= 0 && compare(version, to) <= 0);
}

function compare(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function knownText(): string {
  return KNOWN_VERSIONS.map(({ from, to }) => (from === to ? from : `${from} to ${to}`)).join(", ");
}
