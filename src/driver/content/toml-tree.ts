/** TOML as a tree that is changed in place. */
import { isMap, type Json } from "../../core/json.ts";
import { good } from "../../core/problem.ts";
import type { Path } from "../../spec/source.ts";
import { contentEndOfLine, lineEndOf, lineStart, linesSplice, type Splice } from "./text.ts";
import {
  type Content,
  type Entry,
  isFilledMap,
  keysOf,
  nodeAt,
  parseToml,
  startsWith,
  type Table,
  type TomlText,
} from "./toml-nodes.ts";
import { tomlInline, tomlKey, tomlLike, tomlPair, tomlTable } from "./toml-write.ts";
import type { ReadTree, Tree } from "./tree.ts";

export function tomlReader(linesBefore: number): ReadTree {
  return (text) => {
    const parsed = parseToml(text, linesBefore);
    return parsed.ok ? good(new TomlTree(text, parsed.value)) : parsed;
  };
}

class TomlTree implements Tree {
  readonly value: Json;
  readonly #text: string;
  readonly #entries: readonly Entry[];
  readonly #tables: readonly Table[];
  readonly #lineEnd: string;

  constructor(text: string, { value, entries, tables }: TomlText) {
    this.#text = text;
    this.value = value;
    this.#entries = entries;
    this.#tables = tables;
    this.#lineEnd = lineEndOf(text);
  }

  replace(path: Path, value: Json): Splice | null {
    const found = nodeAt(this.#entries, path);
    if (found === null) return null;
    const { node } = found;
    const kind = node.type === "TOMLValue" ? node.kind : "";
    const isLiteral = node.type === "TOMLValue" && node.kind === "string" && node.style === "literal";
    const text = tomlLike(value, kind, isLiteral);
    return text === null ? null : { start: node.range[0], end: node.range[1], text };
  }

  addKey(path: Path, key: string, value: Json): Splice | null {
    const found = nodeAt(this.#entries, path);
    if (found !== null) return this.#addInline(found.node, key, value);
    if (path.length === 0 && isFilledMap(value) && isMap(value)) return this.#addTable([key], value);
    const line = this.#table(path) === undefined ? null : tomlPair(key, value);
    if (line !== null) return this.#addToTable(path, line);
    const dotted = this.#entries.findLast((entry) => startsWith(entry.path, path));
    if (path.length > 0 && dotted !== undefined) return this.#addDotted(path, key, value, dotted);
    return path.length > 0 ? this.#addTable(path, { [key]: value }) : null;
  }

  /** undefined: the path has no table of its own; the top always has one. */
  #table(path: Path): Table | null | undefined {
    if (path.length === 0) return null;
    return this.#tables.find(
      ({ resolvedKey }) => resolvedKey.length === path.length && startsWith(resolvedKey, path),
    );
  }

  #addInline(node: Content, key: string, value: Json): Splice | null {
    const text = node.type === "TOMLInlineTable" ? tomlPair(key, value) : null;
    if (node.type !== "TOMLInlineTable" || text === null) return null;
    const last = node.body.at(-1);
    if (last !== undefined) return { start: last.range[1], end: last.range[1], text: `, ${text}` };
    return { start: node.range[0], end: node.range[1], text: `{ ${text} }` };
  }

  /** Behind the last pair of a table, or its head; at the top before the first table. */
  #addToTable(path: Path, line: string): Splice {
    const table = this.#table(path) ?? null;
    const last = this.#entries.findLast((entry) => entry.table === table);
    const behind = last?.pair.range[1] ?? table?.key.range[1];
    if (behind !== undefined) return this.#addLines(behind, [this.#indentAt(last?.pair.range[0]) + line]);
    const first = this.#tables[0];
    if (first === undefined) return this.#addAtEnd([line]);
    const start = lineStart(this.#text, first.range[0]);
    return { start, end: start, text: line + this.#lineEnd };
  }

  /** Of a map that is written as `a.b = 1` alone. */
  #addDotted(path: Path, key: string, value: Json, { pair, table }: Entry): Splice | null {
    const below = path.slice(table?.resolvedKey.length ?? 0);
    if (below.length === 0 || below.some((step) => typeof step === "number")) return null;
    const text = tomlInline(value);
    const name = [...below, key].map((step) => tomlKey(String(step))).join(".");
    const line = `${this.#indentAt(pair.range[0])}${name} = ${text}`;
    return text === null ? null : this.#addLines(pair.range[1], [line]);
  }

  #addTable(path: Path, value: Json): Splice | null {
    if (path.some((step) => typeof step === "number") || !isMap(value)) return null;
    const lines = tomlTable(`[${path.map((step) => tomlKey(String(step))).join(".")}]`, value);
    return lines === null ? null : this.#addAtEnd(this.#text.trim() === "" ? lines : ["", ...lines]);
  }

  #addAtEnd(lines: readonly string[]): Splice {
    const end = this.#text.length;
    const text = lines.join(this.#lineEnd);
    const hasEnd = end === 0 || this.#text.endsWith("\n");
    return { start: end, end, text: hasEnd ? text + this.#lineEnd : this.#lineEnd + text };
  }

  #addLines(behind: number, lines: readonly string[]): Splice {
    const at = contentEndOfLine(this.#text, behind);
    return { start: at, end: at, text: lines.map((line) => this.#lineEnd + line).join("") };
  }

  #indentAt(offset: number | undefined): string {
    if (offset === undefined) return "";
    return /^[ \t]*/.exec(this.#text.slice(lineStart(this.#text, offset), offset))?.[0] ?? "";
  }

  /** One place at a time: of a map in several, the last; whoever asks reads again and goes on. */
  removeKey(path: Path): Splice | null {
    const inner = this.#removeInline(path);
    if (inner !== null) return inner;
    const tables = this.#tables.filter(({ resolvedKey }) => startsWith(resolvedKey, path));
    const entries = this.#entries.filter((entry) => startsWith(entry.path, path));
    const ranges = [
      ...tables.map((table) => this.#tableRange(table)),
      ...entries.map(({ pair }) => pair.range),
    ];
    const [first] = ranges.sort(([left], [right]) => left - right);
    const last = ranges.reduce((end, range) => Math.max(end, range[1]), 0);
    if (first === undefined || this.#holdsOther(path, first[0], last)) return null;
    return linesSplice(this.#text, first[0], last);
  }

  #tableRange(table: Table): readonly [number, number] {
    const last = table.body.at(-1);
    return [table.range[0], last?.range[1] ?? table.range[1]];
  }

  /** Whether something else lies between the parts of what goes. */
  #holdsOther(path: Path, start: number, end: number): boolean {
    const isInside = (range: readonly number[]) => (range[0] ?? 0) >= start && (range[0] ?? 0) <= end;
    return (
      this.#entries.some((entry) => isInside(entry.pair.range) && !startsWith(entry.path, path)) ||
      this.#tables.some((table) => isInside(table.range) && !startsWith(table.resolvedKey, path))
    );
  }

  /** A pair of an inline table. */
  #removeInline(path: Path): Splice | null {
    for (let length = path.length - 1; length > 0; length -= 1) {
      const parent = nodeAt(this.#entries, path.slice(0, length))?.node;
      if (parent?.type !== "TOMLInlineTable") continue;
      const rest = path.slice(length);
      const at = parent.body.findIndex(({ key }) => {
        const keys = keysOf(key);
        return keys.length === rest.length && startsWith(rest, keys);
      });
      return at === -1
        ? null
        : removedFrom(
            parent.body.map(({ range }) => range),
            at,
          );
    }
    return null;
  }

  appendItem(path: Path, value: Json): Splice | null {
    const found = nodeAt(this.#entries, path);
    if (found === null) return this.#appendTable(path, value);
    const text = tomlInline(value);
    if (found.node.type !== "TOMLArray" || text === null) return null;
    const { elements, range } = found.node;
    const last = elements.at(-1);
    if (last === undefined) return { start: range[0], end: range[1], text: `[${text}]` };
    const before = elements.at(-2);
    const gap = this.#text.slice(before?.range[1] ?? range[0] + 1, last.range[0]);
    const space = /^[\s,]*$/.test(gap) && gap.includes("\n") ? gap.replace(",", "") : " ";
    return { start: last.range[1], end: last.range[1], text: `,${space}${text}` };
  }

  /** One more `[[name]]`, behind the last one and all below it. */
  #appendTable(path: Path, value: Json): Splice | null {
    const tables = this.#tables.filter(({ resolvedKey }) => startsWith(resolvedKey, path));
    const last = tables.at(-1);
    if (last === undefined || !isMap(value) || path.some((step) => typeof step === "number")) return null;
    const lines = tomlTable(`[[${path.map((step) => tomlKey(String(step))).join(".")}]]`, value);
    const before = this.#text.slice(0, last.range[0]).trimEnd() === "" ? [] : [""];
    return lines === null ? null : this.#addLines(this.#tableRange(last)[1], [...before, ...lines]);
  }

  removeItem(path: Path, index: number): Splice | null {
    const found = nodeAt(this.#entries, path);
    if (found === null) return this.removeKey([...path, index]);
    if (found.node.type !== "TOMLArray") return null;
    return removedFrom(
      found.node.elements.map(({ range }) => range),
      index,
    );
  }
}

function removedFrom(ranges: readonly (readonly [number, number])[], at: number): Splice | null {
  const [before, own, next] = [ranges[at - 1], ranges[at], ranges[at + 1]];
  if (own === undefined) return null;
  if (next !== undefined) return { start: own[0], end: next[0], text: "" };
  return { start: before?.[1] ?? own[0], end: own[1], text: "" };
}
