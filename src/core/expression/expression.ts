/** The expression language: parse once when a workflow is read, evaluate as often as needed. */
import { evaluateNode } from "./evaluate.ts";
import { readExpression } from "./parse-expression.ts";
import {
  type Evaluated,
  type Expression,
  ExpressionError,
  type ExpressionProblem,
  type Reference,
  type Scope,
} from "./syntax.ts";

export type { Evaluated, Expression, ExpressionProblem, Reference, Scope } from "./syntax.ts";

export type Parsed =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly problem: ExpressionProblem };

export function parseExpression(source: string): Parsed {
  return parsedAt(source, 0);
}

/**
 * Reads a condition or `until`, which may be written with or without one `${ }` around it. Offsets of the
 * expression count from its own source, which starts at `expression.start`; those of a problem from the text.
 */
export function parseCondition(text: string): Parsed {
  const open = /^\s*\$\{/.exec(text)?.[0].length;
  return open === undefined ? parsedAt(text, 0) : parsedAt(text, open);
}

function parsedAt(text: string, start: number): Parsed {
  const closing = start > 0;
  return caught(start, () => {
    const { expression, next } = readExpression(text, start, closing);
    const rest = text.slice(next);
    if (closing && rest.trim() !== "") {
      throw new ExpressionError({
        code: "E_EXPR_SYNTAX",
        message: "there is more behind the closing }",
        hint: "a condition is one expression: put ${ } around all of it, or leave it out",
        offset: next - start + rest.length - rest.trimStart().length,
        length: 1,
      });
    }
    const secret = expression.references.find(isSecret);
    if (secret !== undefined) throw new ExpressionError(secretProblem(secret));
    return { ok: true, expression };
  });
}

/** Runs a parse; a problem's offset is moved from the source to the text that holds it. */
export function caught<T>(start: number, parse: () => T): T | { ok: false; problem: ExpressionProblem } {
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown;
    return { ok: false, problem: { ...thrown.problem, offset: thrown.problem.offset + start } };
  }
}

export function isSecret(reference: Reference): boolean {
  return reference.head === "secrets";
}

export function secretProblem({ path, offset, length }: Reference): ExpressionProblem {
  return {
    code: "E_SECRET_CONTEXT",
    message: "a secret cannot be part of an expression",
    hint: `name it alone, as \${secrets.${path[0] ?? "NAME"}}, under env or in a credential field`,
    offset,
    length,
  };
}

export function evaluate(expression: Expression, scope: Scope): Evaluated {
  return caught<Evaluated>(0, () => ({ ok: true, value: evaluateNode(expression.root, scope) }));
}
