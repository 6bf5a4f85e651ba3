import type { Json } from "../core/json.ts";
import type { Place } from "../core/problem.ts";

/** Keys and positions from the top of a document down to a value. */
export type Path = readonly (string | number)[];

/** From where to where a part of a text reaches, in characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A text somebody wrote, with a way from a value back to its place. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** True when the first question for a place costs a second reading. */
  readonly isLazy: boolean;
  /** Where the value lies, or its key; of something missing, the innermost part of the path that is there. */
  span(path: Path, part: "key" | "value"): Span;
  /** The characters of a value exactly as written; null when the reader does not know. */
  written(path: Path): string | null;
}

/** What came out of a text: JSON values, nothing checked but that it is one document without aliases and tags. */
export interface Raw {
  readonly value: unknown;
  readonly source: Source;
}

/** Line starts of a text, found once. */
export class Lines {
  readonly text: string;
  private readonly starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let next = text.indexOf("\n"); next !== -1; next = text.indexOf("\n", next + 1))
      this.starts.push(next + 1);
  }

  place(file: string, { start, end }: Span): Place {
    const line = this.lineOf(start);
    const lineEnd = this.starts[line] ?? this.text.length + 1;
    const length = Math.max(1, Math.min(end, lineEnd - 1) - start);
    return { file, line, column: start - (this.starts[line - 1] ?? 0) + 1, length };
  }

  /** Counts from 1. */
  lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }
}

export function valueAt(top: Json, path: Path): Json | undefined {
  let value: unknown = top;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value as Json | undefined;
}
