/** Running text broken at spaces, for a screen of a certain width. */
import { width } from "./text.ts";

/** A word that is wider stands on a line of its own. */
export function filled(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && width(last) + 1 + width(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
