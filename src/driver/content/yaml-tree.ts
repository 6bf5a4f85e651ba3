/** YAML, and JSON as the part of it that it is, as a tree that is changed in place. */
import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import type { Json } from "../../core/json.ts";
import { good } from "../../core/problem.ts";
import type { Path } from "../../spec/source.ts";
import { contentEndOfLine, lineEndOf, lineStart, linesSplice, type Splice, trimmedEnd } from "./text.ts";
import type { ReadTree, Tree } from "./tree.ts";
import {
  type AnyMap,
  type AnyPair,
  type AnySeq,
  colonEnd,
  dashOf,
  isBlockScalar,
  isEmptyScalar,
  isFlow,
  itemRange,
  keyName,
  pairRange,
  parseYaml,
  type Range,
  rangeOf,
  removedInFlow,
} from "./yaml-nodes.ts";
import { blockEntry, blockItem, blockLines, inline, literalLines, pairInline } from "./yaml-write.ts";

/** Problems name lines of the file, in which so many come before the text. */
export function yamlReader(isJson: boolean, linesBefore: number): ReadTree {
  return (text) => {
    const parsed = parseYaml(text, isJson, linesBefore);
    return parsed.ok ? good(new YamlTree(text, parsed.value.root, parsed.value.value, isJson)) : parsed;
  };
}

interface Found {
  readonly node: Node | null;
  /** The map's pair, or null of an item of a list and of the top. */
  readonly pair: AnyPair | null;
  readonly isInFlow: boolean;
}

/** The head of a text over lines. */
const LITERAL = /: \|-?$/;

class YamlTree implements Tree {
  readonly value: Json;
  readonly #text: string;
  readonly #root: Node | null;
  readonly #isJson: boolean;
  readonly #lineEnd: string;

  constructor(text: string, root: Node | null, value: Json, isJson: boolean) {
    this.#text = text;
    this.#root = root;
    this.value = value;
    this.#isJson = isJson;
    this.#lineEnd = lineEndOf(text);
  }

  replace(path: Path, value: Json): Splice | null {
    const found = this.#find(path);
    if (found === null || path.length === 0) return null;
    const { node, pair, isInFlow } = found;
    const writing = { isFlow: isInFlow, isJson: this.#isJson };
    if (node === null || isEmptyScalar(node)) return this.#fill(found, inline(value, writing));
    const [start, end] = rangeOf(node);
    if (isBlockScalar(node)) return this.#replaceBlockScalar(found, value);
    if (isAlias(node) || isScalar(node) || isInFlow || isFlow(node)) {
      const style = isScalar(node) ? (node.type ?? null) : null;
      return { start, end, text: inline(value, writing, style) };
    }
    const isAlike = Array.isArray(value)
      ? isSeq(node)
      : typeof value === "object" && value !== null && isMap(node);
    const contentEnd = this.#contentEnd(node);
    const lines =
      isAlike && Object.keys(value as object).length > 0 ? blockLines(value, this.#column(start)) : [];
    if (lines.length > 0 && !(this.#hasMore(contentEnd) && lines.some((line) => LITERAL.test(line))))
      return { start, end: contentEnd, text: lines.join(this.#lineEnd) };
    if (pair === null) return { start, end: contentEnd, text: inline(value, writing) };
    const colon = colonEnd(pair);
    if (colon === null) return null;
    const between = this.#text.slice(colon, start).trimEnd();
    return { start: colon, end: contentEnd, text: ` ${inline(value, writing)}${between}` };
  }

  /** A comment behind the last line: it would become a part of a text that is written over lines. */
  #hasMore(end: number): boolean {
    return this.#text.slice(end, contentEndOfLine(this.#text, end)).trim() !== "";
  }

  /** Behind a colon or dash with nothing after it. */
  #fill({ node, pair }: Found, text: string): Splice | null {
    const at = pair === null ? (node?.range?.[0] ?? null) : colonEnd(pair);
    if (at === null || (node !== null && "anchor" in node && node.anchor !== undefined)) return null;
    const space = pair === null && this.#text[at - 1] === " " ? "" : " ";
    return { start: at, end: at, text: space + text };
  }

  #replaceBlockScalar({ node, pair }: Found, value: Json): Splice | null {
    const [start, end] = rangeOf(node as Node);
    const head = this.#text.slice(start, contentEndOfLine(this.#text, start));
    const [, comment = ""] = /^[|>][-+0-9]*([ \t]+#.*)?$/.exec(head) ?? [];
    const contentEnd = trimmedEnd(this.#text, start, end);
    const below = /\n([ ]+)\S/.exec(this.#text.slice(start, contentEnd))?.[1]?.length;
    const column = pair === null ? 0 : this.#column(rangeOf(pair.key)[0]);
    const lines = typeof value === "string" ? literalLines(value, below ?? column + 2) : null;
    const [first = "", ...rest] = lines ?? [inline(value, { isFlow: false, isJson: false })];
    return { start, end: contentEnd, text: [first + comment, ...rest].join(this.#lineEnd) };
  }

  addKey(path: Path, key: string, value: Json): Splice | null {
    if (path.length === 0 && this.#root === null)
      return this.#addAtEnd(blockEntry(key, value, 0), key, value);
    const found = this.#find(path);
    if (!isMap(found?.node)) return null;
    const map = found.node as AnyMap;
    if (isFlow(map)) {
      const writing = { isFlow: true, isJson: this.#isJson };
      return this.#addInFlow(map, map.items.map(pairRange), pairInline(key, value, writing));
    }
    const last = map.items.at(-1);
    if (last === undefined) return null;
    const column = this.#column(rangeOf((map.items[0] as AnyPair).key)[0]);
    const lines = blockEntry(key, value, column);
    if (path.length === 0 && column === 0) return this.#addAtEnd(lines, key, value);
    return this.#addLines(this.#pairEnd(last), lines, column);
  }

  /** At the top behind everything, comments too. */
  #addAtEnd(lines: readonly string[], key: string, value: Json): Splice | null {
    if (this.#isJson)
      return {
        start: 0,
        end: this.#text.length,
        text: `{${pairInline(key, value, { isFlow: true, isJson: true })}}`,
      };
    const end = this.#text.length;
    const text = lines.join(this.#lineEnd);
    const hasEnd = end === 0 || this.#text.endsWith("\n");
    return { start: end, end, text: hasEnd ? text + this.#lineEnd : this.#lineEnd + text };
  }

  #addLines(behind: number, lines: readonly string[], column: number): Splice {
    const at = contentEndOfLine(this.#text, behind);
    const [first = "", ...rest] = lines;
    const text = [" ".repeat(column) + first, ...rest].map((line) => this.#lineEnd + line).join("");
    return { start: at, end: at, text };
  }

  /** Parted from what stands before it as that is from its own neighbour. */
  #addInFlow(node: AnyMap | AnySeq, ranges: readonly Range[], text: string): Splice {
    const open = rangeOf(node as Node)[0] + 1;
    const last = ranges.at(-1);
    if (last === undefined) return { start: open, end: open, text };
    const before = ranges.at(-2);
    const gap = this.#text.slice(before?.end ?? open, last.start);
    const isUsual = /^[\s,]*$/.test(gap) && (before !== undefined || gap.includes("\n"));
    return { start: last.end, end: last.end, text: `,${isUsual ? gap.replace(",", "") : " "}${text}` };
  }

  removeKey(path: Path): Splice | null {
    const found = this.#find(path);
    const parent = this.#find(path.slice(0, -1))?.node;
    if (found?.pair == null || !isMap(parent)) return null;
    const map = parent as AnyMap;
    const at = map.items.indexOf(found.pair);
    if (isFlow(map)) return removedInFlow(map.items.map(pairRange), at);
    if (map.items.length === 1 && path.length > 1) return this.replace(path.slice(0, -1), {});
    const start = rangeOf(found.pair.key)[0];
    const next = map.items[at + 1];
    return this.#removeLines(
      start,
      this.#pairEnd(found.pair),
      next === undefined ? null : rangeOf(next.key)[0],
    );
  }

  /** `next`: where its neighbour begins, for one that shares its line with a dash. */
  #removeLines(start: number, end: number, next: number | null): Splice | null {
    if (/^\s*$/.test(this.#text.slice(lineStart(this.#text, start), start)))
      return linesSplice(this.#text, start, end);
    return next === null ? null : { start, end: next, text: "" };
  }

  appendItem(path: Path, value: Json): Splice | null {
    const found = this.#find(path)?.node;
    if (!isSeq(found)) return null;
    const list = found as AnySeq;
    if (isFlow(list)) {
      const writing = { isFlow: true, isJson: this.#isJson };
      return this.#addInFlow(list, list.items.map(itemRange), inline(value, writing));
    }
    const column = this.#column(rangeOf(list)[0]);
    const last = list.items.at(-1) ?? null;
    const dash = dashOf(list, list.items.length - 1);
    if (dash === null) return null;
    return this.#addLines(last === null ? dash : this.#contentEnd(last), blockItem(value, column), column);
  }

  removeItem(path: Path, index: number): Splice | null {
    const found = this.#find(path)?.node;
    if (!isSeq(found)) return null;
    const list = found as AnySeq;
    if (isFlow(list)) return removedInFlow(list.items.map(itemRange), index);
    const dash = dashOf(list, index);
    const item = list.items[index] ?? null;
    if (dash === null) return null;
    return this.#removeLines(dash, item === null ? dash : this.#contentEnd(item), dashOf(list, index + 1));
  }

  #find(path: Path): Found | null {
    let found: Found = { node: this.#root, pair: null, isInFlow: this.#isJson };
    for (const step of path) {
      const { node } = found;
      const isInFlow = found.isInFlow || (node !== null && isFlow(node));
      if (isMap(node)) {
        const pair = (node as AnyMap).items.find(({ key }) => isScalar(key) && keyName(key) === step);
        if (pair === undefined) return null;
        found = { node: pair.value, pair, isInFlow };
      } else if (isSeq(node) && typeof step === "number" && step < (node as AnySeq).items.length)
        found = { node: (node as AnySeq).items[step] ?? null, pair: null, isInFlow };
      else return null;
    }
    return found;
  }

  #column(offset: number): number {
    return offset - lineStart(this.#text, offset);
  }

  /** Where a node's own characters end, without the blank lines and comments behind it. */
  #contentEnd(node: Node): number {
    const [start, end] = rangeOf(node);
    if (isMap(node) && !isFlow(node)) return this.#pairEnd((node as AnyMap).items.at(-1) as AnyPair);
    if (isSeq(node) && !isFlow(node)) {
      const list = node as AnySeq;
      const last = list.items.at(-1) ?? null;
      return last === null || isEmptyScalar(last)
        ? (dashOf(list, list.items.length - 1) ?? start) + 1
        : this.#contentEnd(last);
    }
    return trimmedEnd(this.#text, start, end);
  }

  #pairEnd(pair: AnyPair): number {
    const { key, value } = pair;
    if (value === null || isEmptyScalar(value))
      return Math.max(colonEnd(pair) ?? 0, rangeOf(key)[1], value?.range?.[0] ?? 0);
    return this.#contentEnd(value);
  }
}
