/** Lines for a terminal, before anybody decides about colours. */
import { widthOf } from "../work/width.ts";
import type { Tone } from "./looks.ts";

export interface Span {
  readonly text: string;
  /** `muted`: less than text; null: as text is. */
  readonly tone: Tone | "muted" | null;
}

export type Line = readonly Span[];

export function plain(text: string): Span {
  return { text, tone: null };
}

export function muted(text: string): Span {
  return { text, tone: "muted" };
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}
