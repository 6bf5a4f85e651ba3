/** Names as they stand in pictures: they come from workflows, agents and keys of items, and may hold anything. */
import { safeLine } from "../work/terminal.ts";

const LABEL_MAX = 120;

/** One line of at most 120 characters, in which nothing turns the text round or hides. */
export function labelOf(text: string): string {
  return safeLine(text, LABEL_MAX);
}
