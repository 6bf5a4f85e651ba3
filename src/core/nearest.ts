/** The known word that was probably meant; undefined when none is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(word.length / 3));
  const near = known
    .map((candidate) => ({ candidate, edits: editsBetween(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .sort((left, right) => left.edits - right.edits);
  return near[0]?.candidate;
}

/** How many letters must be put in, left out or changed to make one word of the other. */
function editsBetween(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...left].entries()) {
    let corner = row;
    let before = row + 1;
    const current = [before];
    for (const [column, edits] of above.slice(1).entries()) {
      before = Math.min(edits + 1, before + 1, corner + (letter === right[column] ? 0 : 1));
      corner = edits;
      current.push(before);
    }
    above = current;
  }
  return above[right.length] as number;
}
