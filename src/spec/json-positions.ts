/** A strict JSON reader that keeps only where things are: for the places in problems, never for values. */

import { endOfString } from "./end-of-string.ts";
import type { Span } from "./source.ts";

export interface JsonNode extends Span {
  readonly items?: readonly { readonly key: null; readonly node: JsonNode }[];
  readonly members?: ReadonlyMap<string, { readonly key: Span; readonly node: JsonNode }>;
}

export interface JsonTrouble {
  readonly kind: "syntax" | "duplicate" | "depth";
  readonly message: string;
  readonly span: Span;
  /** Of a duplicate: where the key stood first. */
  readonly first: number;
}

/** Deeper than any limit allows, and far above what the stack holds. */
const DEPTH_MAX = 500;

export function locateJson(text: string): {
  readonly root: JsonNode | null;
  readonly troubles: readonly JsonTrouble[];
} {
  const reader = new Reader(text);
  try {
    reader.blank();
    const root = reader.value(0);
    reader.blank();
    if (reader.offset < text.length) reader.fail("there is text after the end of the JSON value");
    return { root, troubles: reader.troubles };
  } catch (thrown) {
    if (!(thrown instanceof Stopped)) throw thrown;
    return { root: null, troubles: reader.troubles };
  }
}

/** Leaves the reader at the first syntax error; never leaves this file. */
class Stopped extends Error {}

const TOKEN = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

class Reader {
  readonly text: string;
  readonly troubles: JsonTrouble[] = [];
  offset = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): JsonNode {
    if (depth > DEPTH_MAX) this.fail(`values are nested more than ${DEPTH_MAX} deep`, "depth");
    const sign = this.text[this.offset];
    if (sign === "{") return this.map(depth);
    if (sign === "[") return this.list(depth);
    return sign === '"' ? this.string() : this.token();
  }

  blank(): void {
    while (" \t\n\r".includes(this.text[this.offset] ?? "x")) this.offset += 1;
  }

  fail(message: string, kind: "syntax" | "depth" = "syntax"): never {
    this.troubles.push({ kind, message, span: { start: this.offset, end: this.offset + 1 }, first: 0 });
    throw new Stopped();
  }

  private map(depth: number): JsonNode {
    const start = this.offset;
    const members = new Map<string, { key: Span; node: JsonNode }>();
    for (let isFirst = true; !this.closes("}", isFirst); isFirst = false) {
      if (this.text[this.offset] !== '"') this.fail("a key in double quotes was expected");
      const key = this.string();
      const name = JSON.parse(this.text.slice(key.start, key.end)) as string;
      this.blank();
      this.expect(":");
      const node = this.value(depth + 1);
      const earlier = members.get(name);
      if (earlier !== undefined) {
        const message = `the key ${JSON.stringify(name)} stands twice in one map`;
        this.troubles.push({ kind: "duplicate", message, span: key, first: earlier.key.start });
      }
      members.set(name, { key, node });
    }
    return { start, end: this.offset, members };
  }

  private list(depth: number): JsonNode {
    const start = this.offset;
    const items: { key: null; node: JsonNode }[] = [];
    for (let isFirst = true; !this.closes("]", isFirst); isFirst = false) {
      items.push({ key: null, node: this.value(depth + 1) });
    }
    return { start, end: this.offset, items };
  }

  /** Steps over the opening sign or the comma before the next item; true when the closing sign came instead. */
  private closes(sign: string, isFirst: boolean): boolean {
    if (isFirst) this.offset += 1;
    this.blank();
    if (this.text[this.offset] === sign) {
      this.offset += 1;
      return true;
    }
    if (isFirst) return false;
    this.expect(",", `"," or "${sign}" was expected`);
    return false;
  }

  private expect(sign: string, message = `"${sign}" was expected`): void {
    if (this.text[this.offset] !== sign) this.fail(message);
    this.offset += 1;
    this.blank();
  }

  private string(): JsonNode {
    const start = this.offset;
    const end = endOfString(this.text, start) + 1;
    try {
      JSON.parse(this.text.slice(start, end));
    } catch {
      this.fail("this text has no end, or holds a character that must be escaped");
    }
    this.offset = end;
    return { start, end };
  }

  private token(): JsonNode {
    return this.matched(
      TOKEN,
      this.offset >= this.text.length ? "the text ends too early" : "a JSON value was expected",
    );
  }

  private matched(pattern: RegExp, message: string): JsonNode {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text);
    if (found === null) this.fail(message);
    const start = this.offset;
    this.offset += found[0].length;
    return { start, end: this.offset };
  }
}
