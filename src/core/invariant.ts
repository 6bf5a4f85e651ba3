/**
 * Throws when something that must hold does not: a bug of ours, never somebody's input. Stays on everywhere, so what is
 * asked for every entry gives what it is about beside its text: nothing is put together while all is well.
 */
export function must(condition: boolean, text: string, about?: string | number): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${text}${about === undefined ? "" : `: ${about}`}`);
}

/** The value, which must be there. */
export function present<T>(value: T | undefined | null, text: string, about?: string | number): T {
  must(value !== undefined && value !== null, text, about);
  return value;
}
