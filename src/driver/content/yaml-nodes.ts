/** What the parser gives of YAML: its values as JSON, and where its parts lie in the text. */
import {
  type Alias,
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Json } from "../../core/json.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import { sha256 } from "../../port/hash.ts";
import { YAML_OPTIONS } from "../../spec/read-yaml.ts";
import { survey } from "../../spec/survey.ts";
import { lineNumber, type Splice } from "./text.ts";

export type AnyMap = YAMLMap<Node, Node | null>;
export type AnySeq = YAMLSeq<Node | null>;
export type AnyPair = Pair<Node, Node | null>;

export interface YamlText {
  readonly root: Node | null;
  readonly value: Json;
}

/** Problems name lines of the file, in which so many come before the text. */
export function parseYaml(text: string, isJson: boolean, linesBefore: number): Result<YamlText> {
  const where = (offset: number) => `line ${linesBefore + lineNumber(text, offset)}`;
  const why = isJson ? jsonTrouble(text) : null;
  if (why !== null) return bad({ code: "E_JSON", message: `not JSON: ${why}`, hint: MEND });
  const choking = survey(text, {});
  if (choking !== null)
    return bad({ code: choking.code, message: `${where(choking.offset)}: ${choking.message}` });
  const parsed = parseDocument(text, { ...YAML_OPTIONS, keepSourceTokens: true, intAsBigInt: true });
  const [error] = parsed.errors;
  if (error !== undefined)
    return bad({ code: "E_YAML_SYNTAX", message: `${where(error.pos[0])}: ${error.message}`, hint: MEND });
  const root = parsed.contents as Node | null;
  const value = jsonOf(root, { where, anchors: new Map() });
  return value.ok ? good({ root, value: root === null ? {} : value.value }) : value;
}

const MEND = "replace_text can mend it";

function jsonTrouble(text: string): string | null {
  try {
    JSON.parse(text.trim() === "" ? "{}" : text);
    return null;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

interface Reading {
  readonly where: (offset: number) => string;
  /** Anchor → digest of its value, of those that came before. */
  readonly anchors: Map<string, string>;
}

function jsonOf(node: Node | null, reading: Reading): Result<Json> {
  if (node === null) return good(null);
  if (isAlias(node)) return aliasOf(node, reading);
  const value = plainOf(node, reading);
  const anchor = "anchor" in node ? node.anchor : undefined;
  if (value.ok && anchor !== undefined) reading.anchors.set(anchor, sha256(JSON.stringify(value.value)));
  return value;
}

/** An alias is never followed, so nothing can blow up; the digest tells whether what it means is what it was. */
function aliasOf({ source, range }: Alias, { where, anchors }: Reading): Result<Json> {
  const digest = anchors.get(source);
  if (digest !== undefined) return good({ "*": source, digest });
  const message = `${where(range?.[0] ?? 0)}: there is no anchor &${source} before it`;
  return bad({ code: "E_YAML_SYNTAX", message, hint: MEND });
}

function plainOf(node: Node, reading: Reading): Result<Json> {
  if (isSeq(node)) {
    const items: Json[] = [];
    for (const item of (node as AnySeq).items) {
      const read = jsonOf(item, reading);
      if (!read.ok) return read;
      items.push(read.value);
    }
    return good(items);
  }
  return isMap(node) ? mapOf(node as AnyMap, reading) : good(scalarOf(node as Scalar));
}

function mapOf(node: AnyMap, reading: Reading): Result<Json> {
  const { where } = reading;
  const starts = new Map<string, number>();
  const entries: [string, Json][] = [];
  for (const { key, value } of node.items) {
    const start = key.range?.[0] ?? 0;
    if (!isScalar(key) || key.value === null)
      return bad({ code: "E_YAML_KEY", message: `${where(start)}: a key must be plain text`, hint: MEND });
    const name = keyName(key);
    const earlier = starts.get(name);
    if (earlier !== undefined) {
      const lines = `${where(earlier)} and ${where(start)}`;
      return bad({
        code: "E_YAML_DUPLICATE",
        message: `the key ${name} stands twice in one map, ${lines}`,
        hint: MEND,
      });
    }
    starts.set(name, start);
    const read = jsonOf(value, reading);
    if (!read.ok) return read;
    entries.push([name, read.value]);
  }
  return good(Object.fromEntries(entries));
}

export function keyName(key: Scalar): string {
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

/** null: it has more digits than a number of JSON can hold. */
export function exactNumber(value: bigint): number | null {
  const number = Number(value);
  return String(number) === String(value) ? number : null;
}

/** What JSON has no word for stands as it is written. */
function scalarOf({ value, source }: Scalar): Json {
  if (typeof value === "bigint") return exactNumber(value) ?? String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return source ?? String(value);
  return value === undefined ? null : (value as Json);
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export function rangeOf(node: Node): readonly [number, number] {
  const [start, end] = node.range ?? [0, 0];
  return [start, end];
}

export function pairRange(pair: AnyPair): Range {
  const [start, keyEnd] = rangeOf(pair.key);
  return { start, end: pair.value === null ? keyEnd : Math.max(keyEnd, rangeOf(pair.value)[1]) };
}

export function itemRange(node: Node | null): Range {
  const [start, end] = node === null ? [0, 0] : rangeOf(node);
  return { start, end };
}

export function removedInFlow(ranges: readonly Range[], at: number): Splice | null {
  const [before, own, next] = [ranges[at - 1], ranges[at], ranges[at + 1]];
  if (own === undefined) return null;
  if (next !== undefined) return { start: own.start, end: next.start, text: "" };
  return { start: before?.end ?? own.start, end: own.end, text: "" };
}

export function isFlow(node: Node): boolean {
  return "flow" in node && node.flow === true;
}

export function isEmptyScalar(node: Node): boolean {
  return isScalar(node) && node.range?.[0] === node.range?.[1];
}

export function isBlockScalar(node: Node): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** Behind the colon of a pair. */
export function colonEnd({ srcToken }: AnyPair): number | null {
  const tokens = (srcToken as CST.CollectionItem | undefined)?.sep ?? [];
  const colon = tokens.find(({ type }) => type === "map-value-ind");
  return colon === undefined ? null : colon.offset + 1;
}

/** Where the dash of an item stands. */
export function dashOf(list: AnySeq, index: number): number | null {
  const source = list.srcToken as CST.BlockSequence | undefined;
  const dash = source?.items?.[index]?.start.find(({ type }) => type === "seq-item-ind");
  return dash === undefined ? null : dash.offset;
}
