/** How many places of a terminal a text takes: wide scripts and pictures take two, marks none. */
import { loadNow } from "../port/load-now.ts";

/** Letters of one place each: ASCII, and what pictures and states are drawn with here. */
const PLAIN = /^[\x20-\x7e·×–…─-╿▀-▟▶○●◇◌◐✓✗]*$/;

let wide: typeof import("./wide.ts") | null = null;

export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  wide ??= loadNow<typeof import("./wide.ts")>(import.meta.url, "wide");
  return wide.wideWidth(text);
}

/** At most so many places of the text, with a sign where something is missing; what is one sign stays whole. */
export function cutToWidth(text: string, widthMax: number): string {
  if (widthOf(text) <= widthMax) return text;
  if (widthMax < 1) return "";
  let left = widthMax - 1;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}
