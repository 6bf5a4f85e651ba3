/** YAML 1.2 core, one document, without anchors, aliases, merges and tags. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Code } from "../core/codes.ts";
import { beyond, LIMITS, type Limits, most } from "../core/limits.ts";
import { bad, good, type Problem, type Result } from "../core/problem.ts";
import { Lines, type Path, type Raw, type Source, type Span } from "./source.ts";
import { survey } from "./survey.ts";

/** How every YAML of ours is read. */
export const YAML_OPTIONS = {
  version: "1.2",
  schema: "core",
  merge: false,
  strict: true,
  // Its own check is quadratic; ours is below.
  uniqueKeys: false,
  resolveKnownTags: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

export function readYaml(file: string, text: string, limits: Limits): Result<Raw> {
  const lines = new Lines(text);
  const choking = survey(text, limits);
  if (choking !== null) {
    const { code, message, offset } = choking;
    return bad({ code, message, at: lines.place(file, { start: offset, end: offset + 1 }) });
  }
  const parsed = parseDocument(text, { ...YAML_OPTIONS, lineCounter: new LineCounter() });
  const reader = new YamlReader(file, lines, limits);
  if (parsed.directives?.yaml.explicit) {
    reader.add(
      "E_YAML_SYNTAX",
      { start: 0, end: 1 },
      "directives such as %YAML are not used in workflow files",
    );
  }
  for (const error of parsed.errors) reader.addError(error.code, error.message, error.pos);
  if (reader.problems.length > 0) return bad(...reader.problems);
  const value = reader.value(parsed.contents, 0);
  if (reader.problems.length > 0) return bad(...reader.problems);
  return good({ value, source: new YamlSource(file, text, parsed.contents) });
}

/** Nodes → values, with every trouble of the text itself on the way. */
class YamlReader {
  readonly problems: Problem[] = [];
  private readonly file: string;
  private readonly lines: Lines;
  private readonly limits: Limits;
  private aliases = 0;

  constructor(file: string, lines: Lines, limits: Limits) {
    this.file = file;
    this.lines = lines;
    this.limits = limits;
  }

  add(code: Code, span: Span, message: string, hint?: string): void {
    if (this.problems.length >= most(LIMITS.problemsShown, this.limits)) return;
    this.problems.push({
      code,
      message,
      ...(hint !== undefined && { hint }),
      at: this.lines.place(this.file, span),
    });
  }

  /** A problem of the parser in our words; the first few are enough, the rest mostly follow from them. */
  addError(code: string, message: string, [start, end]: readonly [number, number]): void {
    if (this.problems.length >= 3) return;
    const span = { start, end: Math.max(end, start + 1) };
    if (code === "RESOURCE_EXHAUSTION") this.add("E_DEPTH", span, beyond(LIMITS.depth, this.limits));
    else if (code === "BAD_ALIAS" || code === "ALIAS_PROPS" || code === "MULTIPLE_ANCHORS") this.alias(span);
    else if (code === "MULTIPLE_DOCS") this.secondDocument(span);
    else if (code === "TAG_RESOLVE_FAILED" || code === "MULTIPLE_TAGS")
      this.add("E_YAML_TAG", span, message, TAG_HINT);
    else this.add("E_YAML_SYNTAX", span, SAYINGS[code] ?? lowerFirst(message), HINTS[code]);
  }

  value(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (isAlias(node)) {
      this.alias(spanOf(node));
      return null;
    }
    if (node.tag !== undefined)
      this.add("E_YAML_TAG", spanOf(node), `the tag ${node.tag} is not used in workflow files`, TAG_HINT);
    if ("anchor" in node && node.anchor !== undefined) this.alias(spanOf(node));
    if (isScalar(node)) return node.value ?? null;
    if (depth > most(LIMITS.depth, this.limits)) {
      this.add("E_DEPTH", spanOf(node), beyond(LIMITS.depth, this.limits));
      return null;
    }
    if (isSeq(node)) return (node as YAMLSeq<Node | null>).items.map((item) => this.value(item, depth + 1));
    return isMap(node) ? this.map(node as YAMLMap<Node, Node | null>, depth) : null;
  }

  private map(node: YAMLMap<Node, Node | null>, depth: number): unknown {
    const map: Record<string, unknown> = Object.create(null);
    const starts = new Map<string, number>();
    for (const pair of node.items) {
      const key = this.key(pair);
      if (key === null) continue;
      const span = spanOf(pair.key);
      const earlier = starts.get(key);
      if (earlier !== undefined) {
        const lines = `(lines ${this.lines.lineOf(earlier)} and ${this.lines.lineOf(span.start)})`;
        this.add(
          "E_YAML_DUPLICATE",
          span,
          `the key ${JSON.stringify(key)} stands twice in one map ${lines}`,
          "keep one of the two",
        );
        continue;
      }
      starts.set(key, span.start);
      map[key] = this.value(pair.value, depth + 1);
    }
    return map;
  }

  private key({ key }: Pair<Node, Node | null>): string | null {
    const span = spanOf(key);
    if (!isScalar(key) || key.value === null) {
      if (isAlias(key)) this.alias(span);
      else this.add("E_YAML_KEY", span, "a key must be plain text");
      return null;
    }
    if (key.tag !== undefined)
      this.add("E_YAML_TAG", span, `the tag ${key.tag} is not used in workflow files`, TAG_HINT);
    if (key.anchor !== undefined || key.value === "<<") this.alias(span);
    return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  }

  /** A bomb holds hundreds; three show what is wrong. */
  private alias(span: Span): void {
    this.aliases += 1;
    if (this.aliases > 3) return;
    this.add(
      "E_YAML_ALIAS",
      span,
      "anchors, aliases and merge keys are not used in workflow files",
      ALIAS_HINT,
    );
  }

  private secondDocument(span: Span): void {
    const line = this.lines.lineOf(span.start);
    this.add(
      "E_YAML_DUPLICATE",
      span,
      `a second document begins here (lines 1 and ${line}); a workflow file has one`,
      "make it a file of its own",
    );
  }
}

const TAG_HINT = "write the plain value";
const ALIAS_HINT = "say it once in `defaults`, or put it into a group";

const SAYINGS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "a text that holds `: ` must stand in quotes",
  TAB_AS_INDENT: "tabs do not indent in YAML",
  MISSING_CHAR: "something is missing here, such as a space after a colon or a closing quote",
  KEY_OVER_1024_CHARS: "this key is too long",
};

const HINTS: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY: "put the whole text into quotes",
  TAB_AS_INDENT: "use spaces",
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function spanOf(node: { range?: readonly [number, number, number] | null | undefined } | null): Span {
  const [start, end] = node?.range ?? [0, 1, 1];
  return { start, end: Math.max(end, start) };
}

class YamlSource implements Source {
  readonly file: string;
  readonly text: string;
  readonly isLazy = false;
  private readonly root: Node | null;

  constructor(file: string, text: string, root: Node | null) {
    this.file = file;
    this.text = text;
    this.root = root;
  }

  span(path: Path, part: "key" | "value"): Span {
    let node = this.root;
    let key: Node | null = null;
    for (const step of path) {
      const found = child(node, step);
      if (found === undefined) break;
      key = found.key;
      node = found.value ?? found.key;
    }
    return spanOf(part === "key" ? (key ?? node) : node);
  }

  written(path: Path): string | null {
    const { start, end } = this.span(path, "value");
    return this.text.slice(start, end);
  }
}

function child(
  node: Node | null,
  step: string | number,
): { key: Node | null; value: Node | null } | undefined {
  if (typeof step === "number") {
    if (!isSeq(node)) return undefined;
    const items = (node as YAMLSeq<Node | null>).items;
    return step < items.length ? { key: null, value: items[step] ?? null } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = (node as YAMLMap<Node, Node | null>).items.find(
    ({ key }) =>
      isScalar(key) &&
      (typeof key.value === "string" ? key.value : (key.source ?? String(key.value))) === step,
  );
  return pair && { key: pair.key, value: pair.value };
}
