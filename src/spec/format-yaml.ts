/**
 * YAML in one layout: keys in their order, two spaces, `{ a: 1 }` and `[a, b]`, comments with what they stand at. How a
 * value is written (quotes, blocks, `1.10`, an empty value) is never changed. What stood on one line stays on it; what
 * was folded over several is folded anew.
 */
import {
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type ScalarTag,
  type Tags,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { belowOf, type Form, orderOf } from "./format-order.ts";
import { YAML_OPTIONS } from "./read-yaml.ts";

const WIDTH = 110;
/** A comment may move to a better place when it is read again; it has always come to rest by then. */
const PASSES_MAX = 6;

/** The text must be one that `readYaml` reads. */
export function printYaml(text: string, form: Form): string {
  let printed = text;
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    const again = printOnce(printed, form);
    if (again === printed) return printed;
    printed = again;
  }
  throw new Error("the layout of a file does not come to rest");
}

function printOnce(text: string, form: Form): string {
  const folded = new WeakSet<Node>();
  const long = new WeakSet<Pair>();
  const isOverLines = (start: number | undefined, end: number | undefined) =>
    text.slice(start, end).trimEnd().includes("\n");
  const document = parseDocument(text, { ...YAML_OPTIONS, customTags: (tags) => asWritten(tags, folded) });
  visit(document, {
    Pair: (_, pair) => {
      const [key, value] = [pair.key, pair.value] as (Node | null)[];
      if (isOverLines(key?.range?.[0], value?.range?.[1])) long.add(pair);
    },
    Node: (_, node) => {
      if (isOverLines(node.range?.[0], node.range?.[1])) folded.add(node);
      if ((isMap(node) || isSeq(node)) && node.flow === true) keepFlow(node, folded.has(node));
    },
  });
  order(document.contents, form, long);
  return document.toString({ lineWidth: 0, indent: 2, indentSeq: true });
}

/** Scalars keep their own spelling; texts over several lines are folded to the width. */
function asWritten(tags: Tags, folded: WeakSet<Node>): Tags {
  return tags.map((tag) => {
    if (typeof tag === "string" || tag.collection !== undefined) return tag;
    const print = tag.stringify;
    const stringify: ScalarTag["stringify"] = (item, context, onComment, onChompKeep) => {
      // Nothing, written as nothing, would take the comment of what follows.
      if (typeof item.value !== "string" || print === undefined) return item.source || String(item.value);
      const lineWidth = folded.has(item) ? WIDTH : 0;
      const options = { ...context.options, lineWidth };
      return print(item, { ...context, options }, onComment, onChompKeep);
    };
    return { ...tag, stringify };
  });
}

/** `{ a: 1 }` has space inside, `[a, b]` has none. */
function keepFlow(node: YAMLMap | YAMLSeq, isFolded: boolean): void {
  const print = node.toString.bind(node);
  const flowCollectionPadding = isMap(node) ? " " : "";
  node.toString = (context, onComment, onChompKeep) => {
    if (context === undefined) return print();
    const lineWidth = isFolded ? Math.max(20, WIDTH - context.indent.length) : 0;
    const options = { ...context.options, lineWidth };
    return print({ ...context, flowCollectionPadding, options }, onComment, onChompKeep);
  };
}

function order(node: Node | null | undefined, form: Form, long: WeakSet<Pair>): void {
  if (!isMap(node)) return;
  const map = node as YAMLMap<Node, Node | null>;
  const names = map.items.map(nameOf);
  const head = takeComment(map);
  const isLong = (place: number) => map.items[place] !== undefined && long.has(map.items[place]);
  map.items = orderOf(form, names, isLong).flatMap((place) => map.items[place] ?? []);
  giveComment(map, head);
  const agent = map.items.find((pair) => nameOf(pair) === "agent")?.value;
  for (const pair of map.items) {
    const below = belowOf(form, nameOf(pair), isScalar(agent) ? agent.value : null);
    if (below === null) continue;
    const inner = below.form();
    if (below.through === "map") order(pair.value, inner, long);
    else if (below.through === "list" && isSeq(pair.value))
      for (const item of (pair.value as YAMLSeq<Node>).items) order(item, inner, long);
    else if (below.through === "names" && isMap(pair.value))
      for (const item of (pair.value as YAMLMap<Node, Node | null>).items) order(item.value, inner, long);
  }
}

/** What stands above the first key speaks of the whole map, so it stays above whatever comes first. */
function takeComment(map: YAMLMap<Node, Node | null>): string | null {
  const key = map.items[0]?.key;
  if (!isScalar(key) || key.commentBefore == null) return null;
  const { commentBefore } = key;
  key.commentBefore = null;
  return commentBefore;
}

function giveComment(map: YAMLMap<Node, Node | null>, comment: string | null): void {
  const key = map.items[0]?.key;
  if (!isScalar(key)) return;
  // A blank line above the first key would tear a list item from its dash.
  key.spaceBefore = false;
  if (comment !== null) key.commentBefore = [comment, key.commentBefore ?? []].flat().join("\n");
}

function nameOf({ key }: Pair<Node, Node | null>): string {
  return isScalar(key) ? String((key as Scalar).value) : "";
}

/** Every comment of a text, in the order of their words. */
export function commentsOf(text: string): readonly string[] {
  return [...new Lexer().lex(text)]
    .filter((token, at, all) => token.startsWith("#") && all[at - 1] !== SCALAR)
    .map((comment) => comment.trimEnd())
    .sort();
}

/** Before the characters of a scalar the lexer puts this sign. */
const SCALAR = "\x1f";
