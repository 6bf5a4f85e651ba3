/** What the parser gives of TOML: its values as JSON, and where each of them lies. */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { isMap, type Json } from "../../core/json.ts";
import { bad, good, type Result } from "../../core/problem.ts";
import type { Path } from "../../spec/source.ts";
import { survey } from "../../spec/survey.ts";
import { exactNumber } from "./yaml-nodes.ts";

export type Content = AST.TOMLContentNode;
export type KeyValue = AST.TOMLKeyValue;
export type Table = AST.TOMLTable;

/** A pair with the path of its value. Of `a.b = 1` below `[t]`: t, a, b. */
export interface Entry {
  readonly path: Path;
  readonly pair: KeyValue;
  /** null: at the top. */
  readonly table: Table | null;
}

export interface TomlText {
  readonly value: Json;
  readonly entries: readonly Entry[];
  readonly tables: readonly Table[];
}

const MEND = "replace_text can mend it";

export function parseToml(text: string, linesBefore: number): Result<TomlText> {
  const choking = survey(text, {});
  if (choking !== null) return bad({ code: choking.code, message: choking.message });
  try {
    const [top] = parseTOML(text, { tomlVersion: "1.0" }).body;
    return good(readTop(top));
  } catch (thrown) {
    // Nothing else of what it throws says where.
    const line = thrown instanceof ParseError ? `line ${linesBefore + thrown.lineNumber}: ` : "";
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return bad({ code: "E_TOML_SYNTAX", message: line + why, hint: MEND });
  }
}

function readTop(top: AST.TOMLTopLevelTable): TomlText {
  const entries: Entry[] = [];
  const tables: Table[] = [];
  const value: Record<string, unknown> = {};
  for (const part of top.body) {
    if (part.type === "TOMLTable") {
      tables.push(part);
      containerAt(value, part.resolvedKey);
    }
    const table = part.type === "TOMLTable" ? part : null;
    for (const pair of part.type === "TOMLTable" ? part.body : [part]) {
      const path = [...(table?.resolvedKey ?? []), ...keysOf(pair.key)];
      entries.push({ path, pair, table });
      put(containerAt(value, path.slice(0, -1)), path.at(-1) ?? "", jsonOf(pair.value));
    }
  }
  return { value: value as Json, entries, tables };
}

type Container = Record<string | number, unknown>;

/** The map or list at the path, made where it is missing: the parser has refused what would not fit. */
function containerAt(top: Container, path: Path): Container {
  let container = top;
  path.forEach((step, index) => {
    if (!Object.hasOwn(container, step)) put(container, step, typeof path[index + 1] === "number" ? [] : {});
    container = container[step] as Container;
  });
  return container;
}

function put(container: Container, key: string | number, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

export function keysOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
}

/** Dates, and numbers that JSON has no word for, stand as they are written. */
function jsonOf(node: Content): Json {
  if (node.type === "TOMLArray") return node.elements.map(jsonOf);
  if (node.type === "TOMLInlineTable") {
    const map: Container = {};
    for (const { key, value } of node.body) {
      const path = keysOf(key);
      put(containerAt(map, path.slice(0, -1)), path.at(-1) ?? "", jsonOf(value));
    }
    return map as Json;
  }
  switch (node.kind) {
    case "string":
    case "boolean":
      return node.value;
    case "integer":
      return exactNumber(node.bigint) ?? node.number;
    case "float":
      return Number.isFinite(node.value) ? node.value : node.number;
    default:
      return node.datetime;
  }
}

/** The node at a path, inside of inline tables and lists too; null: it is a table, or is not there. */
export function nodeAt(
  entries: readonly Entry[],
  path: Path,
): { readonly node: Content; readonly entry: Entry } | null {
  for (const entry of entries) {
    if (entry.path.length > path.length || !startsWith(path, entry.path)) continue;
    const node = inside(entry.pair.value, path.slice(entry.path.length));
    if (node !== null) return { node, entry };
  }
  return null;
}

function inside(node: Content, path: Path): Content | null {
  const [step] = path;
  if (step === undefined) return node;
  if (node.type === "TOMLArray") {
    const item = typeof step === "number" ? node.elements[step] : undefined;
    return item === undefined ? null : inside(item, path.slice(1));
  }
  if (node.type !== "TOMLInlineTable") return null;
  for (const { key, value } of node.body) {
    const keys = keysOf(key);
    const found = startsWith(path, keys) ? inside(value, path.slice(keys.length)) : null;
    if (found !== null) return found;
  }
  return null;
}

export function startsWith(path: Path, start: Path): boolean {
  return start.length <= path.length && start.every((step, index) => step === path[index]);
}

export function isFilledMap(value: Json): boolean {
  return isMap(value) && Object.keys(value).length > 0;
}
