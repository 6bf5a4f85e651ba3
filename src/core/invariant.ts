/** Throws when something that must hold does not: a bug of ours, never somebody's input. Stays on everywhere. */
export function must(condition: boolean, text: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${text}`);
}

/** The value, which must be there. */
export function present<T>(value: T | undefined | null, text: string): T {
  must(value !== undefined && value !== null, text);
  return value;
}
