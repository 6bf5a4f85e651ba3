import { type Json, RESERVED_KEYS } from "../json.ts";
import { fail, type Place } from "../meter.ts";
import { functionNamed } from "./functions.ts";
import { type Token, tokenize } from "./lexer.ts";
import { counted, functionHint, unexpectedHint } from "./parse-hints.ts";
import {
  type BinaryOperator,
  EXPRESSION_LIMITS,
  type Expression,
  type Node,
  type Reference,
} from "./syntax.ts";

/** An expression, and where the text goes on behind it. */
export interface Read {
  readonly expression: Expression;
  readonly next: number;
}

/** Reads the expression that starts at `start`; throws ExpressionError. `closing`: it ends at the brace of a `${`. */
export function readExpression(text: string, start: number, closing: boolean): Read {
  const { tokens, source, next } = tokenize(text, start, closing);
  const parser = new Parser(tokens);
  const root = parser.parse();
  const references = parser.references.toSorted((left, right) => left.offset - right.offset);
  return { expression: { source, start, root, references }, next };
}

/** Each level binds tighter than the one before it. `??` binds tighter than all of them. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">=", "in"],
  ["+", "-"],
  ["*", "/", "%"],
];

const CONSTANTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class Parser {
  readonly references: Reference[] = [];
  private readonly tokens: readonly Token[];
  private at = 0;
  private nodes = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  parse(): Node {
    if (this.isEnd()) fail("E_EXPR_SYNTAX", "the expression is empty", this.next);
    const root = this.choice();
    return this.isEnd() ? root : this.unexpected("the end of the expression");
  }

  private get next(): Token {
    return this.tokens[this.at] as Token;
  }

  private take(): Token {
    const token = this.next;
    this.at += 1;
    return token;
  }

  private isEnd(): boolean {
    return this.next.kind === "end";
  }

  private isMark(mark: string): boolean {
    return this.next.kind === "mark" && this.next.text === mark;
  }

  private skip(mark: string): boolean {
    const isThere = this.isMark(mark);
    if (isThere) this.at += 1;
    return isThere;
  }

  private expect(mark: string, purpose: string): void {
    if (!this.skip(mark)) this.unexpected(`${mark} ${purpose}`);
  }

  private unexpected(wanted: string): never {
    const { kind, offset, length, text } = this.next;
    const found = kind === "end" ? "the expression ends" : `there is ${kind === "text" ? "a text" : text}`;
    fail(
      "E_EXPR_SYNTAX",
      `${found} where ${wanted} should be`,
      { offset, length },
      unexpectedHint(this.tokens, this.at),
    );
  }

  private node(node: Node): Node {
    this.nodes += 1;
    if (this.nodes <= EXPRESSION_LIMITS.nodes) return node;
    return fail("E_EXPR_BUDGET", `the expression has more than ${EXPRESSION_LIMITS.nodes} parts`, node);
  }

  private deeper(read: () => Node): Node {
    this.depth += 1;
    if (this.depth > EXPRESSION_LIMITS.depth) {
      fail(
        "E_EXPR_BUDGET",
        `the expression is nested deeper than ${EXPRESSION_LIMITS.depth} levels`,
        this.next,
      );
    }
    const node = read();
    this.depth -= 1;
    return node;
  }

  private choice(): Node {
    return this.deeper(() => {
      const condition = this.binary(0);
      if (!this.skip("?")) return condition;
      const yes = this.choice();
      this.expect(":", "and the other value of ? :");
      const no = this.choice();
      return this.node({ kind: "choice", condition, yes, no, ...span(condition, no) });
    });
  }

  private binary(level: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    while ((this.next.kind === "mark" || this.next.kind === "word") && operators.includes(this.next.text)) {
      const operator = this.take().text as BinaryOperator;
      const right = this.binary(level + 1);
      left = this.node({ kind: "binary", operator, left, right, ...span(left, right) });
    }
    return left;
  }

  private unary(): Node {
    const token = this.next;
    if (!this.isMark("!") && !this.isMark("-")) return this.coalesce();
    return this.deeper(() => {
      const operator = this.take().text as "!" | "-";
      const operand = this.unary();
      return this.node({ kind: "unary", operator, operand, ...span(token, operand) });
    });
  }

  private coalesce(): Node {
    const left = this.postfix();
    if (!this.skip("??")) return left;
    const right = this.deeper(() => this.unary());
    return this.node({ kind: "binary", operator: "??", left, right, ...span(left, right) });
  }

  private postfix(): Node {
    const reference: { path: string[]; end: Place | null } = { path: [], end: null };
    let node = this.primary();
    const head = node.kind === "name" ? node : null;
    for (;;) {
      const step = this.pathStep(node);
      if (step === null) break;
      const key = constantKey(step);
      if (key === null) reference.end ??= node;
      else if (reference.end === null) reference.path.push(key);
      node = step;
    }
    if (head !== null) {
      this.references.push({ head: head.name, path: reference.path, ...span(head, reference.end ?? node) });
    }
    if (this.isMark("(")) this.unexpected("an operator or the end");
    return node;
  }

  private pathStep(of: Node): Node | null {
    if (this.skip(".")) {
      const key = this.next;
      if (key.kind !== "word") this.unexpected("a name after the dot");
      this.take();
      return this.node({ kind: "member", of, key: key.text, ...span(of, key) });
    }
    if (!this.skip("[")) return null;
    const index = this.choice();
    const close = this.next;
    this.expect("]", "after the index");
    return this.node({ kind: "index", of, index, ...span(of, close) });
  }

  private primary(): Node {
    const token = this.next;
    if (token.kind === "number") return this.constant(token.value);
    if (token.kind === "text") return this.constant(token.text);
    if (token.kind === "function") return this.call();
    if (token.kind === "word") return this.word(token.text);
    if (this.skip("(")) {
      const inner = this.choice();
      this.expect(")", "to close the (");
      return inner;
    }
    if (this.isMark("[")) return this.list();
    if (this.isMark("{")) return this.map();
    return this.unexpected("a value");
  }

  private constant(value: Json): Node {
    const { offset, length } = this.take();
    return this.node({ kind: "value", value, offset, length });
  }

  private word(name: string): Node {
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return this.constant(constant);
    if (name === "in") this.unexpected("a value");
    if (name === "fn")
      fail("E_EXPR_SYNTAX", "fn is not a name", this.next, "functions are written fn:name(…)");
    const { offset, length } = this.take();
    return this.node({ kind: "name", name, offset, length });
  }

  private call(): Node {
    const token = this.take();
    const definition = functionNamed(token.text);
    if (definition === undefined) {
      fail("E_EXPR_NAME", `there is no function fn:${token.text}`, token, functionHint(token.text));
    }
    this.expect("(", `after fn:${token.text}`);
    const { items: given, close } = this.items(")");
    const place = span(token, close);
    const { least, most, usage } = definition;
    if (given.length < least || given.length > most) {
      fail("E_EXPR_TYPE", `fn:${token.text} does not take ${counted(given.length)}`, place, `write ${usage}`);
    }
    const [left, right] = given;
    // A missing first argument must not be an error, so this function is the operator.
    if (token.text === "default" && left !== undefined && right !== undefined) {
      return this.node({ kind: "binary", operator: "??", left, right, ...place });
    }
    return this.node({ kind: "call", name: token.text, given, ...place });
  }

  private list(): Node {
    const open = this.take();
    const { items, close } = this.items("]");
    return this.node({ kind: "list", items, ...span(open, close) });
  }

  private items(closing: string): { readonly items: readonly Node[]; readonly close: Token } {
    const items: Node[] = [];
    while (!this.isMark(closing)) {
      items.push(this.choice());
      if (!this.isMark(closing)) this.expect(",", `or ${closing}`);
    }
    return { items, close: this.take() };
  }

  private map(): Node {
    const open = this.take();
    const entries: (readonly [string, Node])[] = [];
    while (!this.isMark("}")) {
      const key = this.next;
      if (key.kind !== "word" && key.kind !== "text") this.unexpected("a key of the map");
      if (RESERVED_KEYS.has(key.text)) fail("E_EXPR_SYNTAX", `${key.text} cannot be a key`, key);
      if (entries.some(([other]) => other === key.text))
        fail("E_EXPR_SYNTAX", `the key ${key.text} stands twice`, key);
      this.take();
      this.expect(":", "after the key");
      entries.push([key.text, this.choice()]);
      if (!this.isMark("}")) this.expect(",", "or }");
    }
    return this.node({ kind: "map", entries, ...span(open, this.take()) });
  }
}

function span(from: Place, to: Place): Place {
  return { offset: from.offset, length: to.offset + to.length - from.offset };
}

function constantKey(step: Node): string | null {
  if (step.kind === "member") return step.key;
  const isText = step.kind === "index" && step.index.kind === "value" && typeof step.index.value === "string";
  return isText ? (step.index.value as string) : null;
}
