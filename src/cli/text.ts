/** Text as it stands on a screen: what people read of numbers, and how wide it is. */
import { cutToWidth, widthOf } from "../work/width.ts";

export { count, duration, type LocalTime, localTime, money, seconds } from "../picture/figures.ts";

/** Cut to a width, with a sign that something is missing. */
export function cut(text: string, width: number): string {
  return cutToWidth(text, width);
}

/** How many places a text takes; wide scripts and pictures take two. */
export function width(text: string): number {
  return widthOf(text);
}

/** As a shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w.,:@%+/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function padEnd(text: string, to: number): string {
  return text + " ".repeat(Math.max(0, to - width(text)));
}
