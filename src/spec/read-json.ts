/** JSON by JSON.parse. Positions come from a second, slower reading that happens only when there is something to show. */
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { loadNow } from "../port/load-now.ts";
import { endOfString } from "./end-of-string.ts";
import type { JsonNode, JsonTrouble } from "./json-positions.ts";
import { Lines, type Path, type Raw, type Source, type Span } from "./source.ts";

export function readJson(file: string, text: string): Result<Raw> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad(...troubles(file, text));
  }
  // JSON.parse keeps the last of two equal keys and says nothing: count what was written against what is there.
  if (membersWritten(text) !== membersKept(value)) {
    const found = troubles(file, text);
    if (found.length > 0) return bad(...found);
  }
  return good({ value, source: new JsonSource(file, text) });
}

/** Colons outside strings: one for each member of a map. */
function membersWritten(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x3a) count += 1;
    else if (code === 0x22) index = endOfString(text, index);
  }
  return count;
}

/** Without recursion: the depth is not checked yet. */
function membersKept(value: unknown): number {
  let count = 0;
  const open: object[] = [];
  openInner([value], open);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const inner = Array.isArray(next) ? next : Object.values(next);
    openInner(inner, open);
    if (!Array.isArray(next)) count += inner.length;
  }
  return count;
}

/** A function of its own: as an inner loop V8 would optimise it, and throw that away, once for each map. */
function openInner(inner: readonly unknown[], open: object[]): void {
  for (const item of inner) if (typeof item === "object" && item !== null) open.push(item);
}

function troubles(file: string, text: string): Problem[] {
  const lines = new Lines(text);
  return latePositions()
    .locateJson(text)
    .troubles.map((trouble) => problemOf(trouble, file, lines));
}

/** Most files are read without anything to show. */
function latePositions(): typeof import("./json-positions.ts") {
  return loadNow<typeof import("./json-positions.ts")>(import.meta.url, "json-positions");
}

function problemOf({ kind, message, span, first }: JsonTrouble, file: string, lines: Lines): Problem {
  const at = lines.place(file, span);
  if (kind === "syntax") return { code: "E_JSON", message, at };
  if (kind === "depth") return { code: "E_DEPTH", message, at };
  return {
    code: "E_YAML_DUPLICATE",
    message: `${message} (lines ${lines.lineOf(first)} and ${at.line})`,
    hint: "keep one of the two",
    at,
  };
}

class JsonSource implements Source {
  readonly file: string;
  readonly text: string;
  readonly isLazy = true;
  private root: JsonNode | null | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  span(path: Path, part: "key" | "value"): Span {
    this.root ??= latePositions().locateJson(this.text).root;
    let node = this.root;
    let key: Span | null = null;
    if (node === null) return { start: 0, end: 1 };
    for (const step of path) {
      const member: { readonly key: Span | null; readonly node: JsonNode } | undefined =
        typeof step === "number" ? node.items?.[step] : node.members?.get(step);
      if (member === undefined) return { start: node.start, end: node.start + 1 };
      key = member.key;
      node = member.node;
    }
    return part === "key" && key !== null ? key : { start: node.start, end: node.end };
  }

  written(path: Path): string | null {
    const { start, end } = this.span(path, "value");
    return this.text.slice(start, end);
  }
}
