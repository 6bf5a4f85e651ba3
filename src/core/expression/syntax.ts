/** The words of the expression language as data: what the parser makes, the evaluator walks and spec checks. */
import type { Json } from "../json.ts";
import { LIMITS, most } from "../limits.ts";

export type BinaryOperator =
  | "??"
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "=="
  | "!="
  | "&&"
  | "||";

/** Where a node stands: UTF-16 units from the start of its source. */
interface Placed {
  readonly offset: number;
  readonly length: number;
}

export type Node =
  | (Placed & { readonly kind: "value"; readonly value: Json })
  | (Placed & { readonly kind: "name"; readonly name: string })
  | (Placed & { readonly kind: "member"; readonly of: Node; readonly key: string })
  | (Placed & { readonly kind: "index"; readonly of: Node; readonly index: Node })
  | (Placed & { readonly kind: "list"; readonly items: readonly Node[] })
  | (Placed & { readonly kind: "map"; readonly entries: readonly (readonly [string, Node])[] })
  | (Placed & { readonly kind: "unary"; readonly operator: "!" | "-"; readonly operand: Node })
  | (Placed & {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Node;
      readonly right: Node;
    })
  | (Placed & { readonly kind: "choice"; readonly condition: Node; readonly yes: Node; readonly no: Node })
  | (Placed & { readonly kind: "call"; readonly name: string; readonly given: readonly Node[] });

/** A dotted name as written: head and constant path behind it; `path` stops at a computed `[ ]`. */
export interface Reference {
  readonly head: string;
  readonly path: readonly string[];
  /** UTF-16 units from the start of the expression's source. */
  readonly offset: number;
  readonly length: number;
}

export interface Expression {
  readonly source: string;
  /** Where `source` begins in the text it was written in: behind `${` in a template, else mostly 0. */
  readonly start: number;
  readonly root: Node;
  readonly references: readonly Reference[];
}

export type ExpressionCode =
  | "E_EXPR_SYNTAX"
  | "E_EXPR_NAME"
  | "E_EXPR_TYPE"
  | "E_EXPR_BUDGET"
  | "E_SECRET_CONTEXT"
  | "E_CRITERION";

export interface ExpressionProblem {
  readonly code: ExpressionCode;
  readonly message: string;
  readonly hint?: string;
  readonly offset: number;
  readonly length?: number;
  /** The expression, when the text or value around it holds several. */
  readonly source?: string;
}

export type Evaluated =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problem: ExpressionProblem };

export interface Scope {
  /** The value of a head name; undefined: no such name. */
  get(name: string): Json | undefined;
  sha256(text: string): string;
}

/** The limits of one expression (formats.md 1.12), asked too often to be looked up each time. */
export const EXPRESSION_LIMITS = {
  sourceBytes: most(LIMITS.expressionBytes),
  nodes: most(LIMITS.expressionParts),
  depth: most(LIMITS.expressionDepth),
  steps: most(LIMITS.expressionSteps),
  resultSize: most(LIMITS.resultSize),
  valueDepth: most(LIMITS.valueDepth),
} as const;

/** Carries a problem from where it is found to the edge of the language. Never leaves it. */
export class ExpressionError extends Error {
  readonly problem: ExpressionProblem;

  constructor(problem: ExpressionProblem) {
    super(problem.message);
    this.problem = problem;
  }
}
