/** How far a word may be from a known one to count as a slip of the pen. */
const EDITS_MAX = 2;

/** The known word nearest to what somebody typed, or undefined when none is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestEdits = Math.min(Math.max(EDITS_MAX, Math.floor(word.length / 3)), word.length - 1) + 1;
  for (const candidate of known) {
    const edits = editsBetween(word.toLowerCase(), candidate.toLowerCase(), bestEdits);
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best ?? longer(word, known);
}

/** `retries` for `retry`, `max` for `max_attempts`: the same beginning, or a whole part of the longer word. */
function longer(word: string, known: Iterable<string>): string | undefined {
  if (word.length < 3) return undefined;
  for (const candidate of known) {
    if (candidate.length >= 3 && (candidate.startsWith(word) || word.startsWith(candidate))) return candidate;
  }
  return undefined;
}

/** True when the two words are at most `EDITS_MAX` edits apart and not the same. */
export function isLike(left: string, right: string): boolean {
  return left !== right && editsBetween(left, right, EDITS_MAX + 1) <= EDITS_MAX;
}

/** Insertions, deletions, changes and swaps of neighbours; `stop` or more counts as `stop`. */
export function editsBetween(left: string, right: string, stop: number): number {
  if (Math.abs(left.length - right.length) >= stop) return stop;
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let edits = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) edits = Math.min(edits, at(before, column - 2) + 1);
      current.push(edits);
    }
    before = above;
    above = current;
  }
  return Math.min(at(above, right.length), stop);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
