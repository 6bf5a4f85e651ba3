/** Values with `${ }` in their texts: parsed once, rendered in one pass; what comes out is never read again. */

import type { Json } from "../json.ts";
import { asText, fail, Meter } from "../meter.ts";
import {
  caught,
  type Evaluated,
  type Expression,
  type ExpressionProblem,
  evaluate,
  isSecret,
  type Reference,
  type Scope,
  secretProblem,
} from "./expression.ts";
import { readExpression } from "./parse-expression.ts";
import { EXPRESSION_LIMITS, ExpressionError } from "./syntax.ts";

export interface Slot {
  readonly expression: Expression;
  /** The name of the secret, when the expression is `secrets.NAME`. */
  readonly secret?: string;
}

export type Template =
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "expression"; readonly expression: Expression; readonly secret?: string }
  | { readonly kind: "text"; readonly parts: readonly (string | Slot)[] }
  | { readonly kind: "list"; readonly items: readonly Template[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, Template])[] };

export type ValuePath = readonly (string | number)[];

/** The offset counts from the start of the text at `path`. */
export type TemplateProblem = ExpressionProblem & { readonly path: ValuePath };

export type ParsedTemplate =
  | { readonly ok: true; readonly template: Template }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

/** A reference of a template; `offset` counts from the start of the text that stands at `at`. */
export interface TemplateReference extends Reference {
  readonly at: ValuePath;
}

/** An environment value with secrets left as names, for the arm to fill in. */
export type EnvironmentValue = string | readonly (string | { readonly secret: string })[];

/** Reads every text of a value. All problems at once; a part without `${` is one literal. */
export function parseTemplate(value: Json, path: ValuePath = []): ParsedTemplate {
  const problems: TemplateProblem[] = [];
  const template = templateOf(value, path, problems);
  return problems.length === 0 ? { ok: true, template } : { ok: false, problems };
}

export function literal(value: Json): Template {
  return { kind: "literal", value };
}

function templateOf(value: Json, path: ValuePath, problems: TemplateProblem[]): Template {
  if (typeof value === "string") {
    if (!value.includes("${")) return literal(value);
    const read = caught<{ ok: true; template: Template } | { ok: false; problem: ExpressionProblem }>(
      0,
      () => ({
        ok: true,
        template: textOf(value),
      }),
    );
    if (read.ok) return read.template;
    problems.push({ ...read.problem, path });
    return literal(null);
  }
  if (value === null || typeof value !== "object") return literal(value);
  if (path.length > EXPRESSION_LIMITS.valueDepth) {
    const message = `the value is nested deeper than ${EXPRESSION_LIMITS.valueDepth} levels`;
    problems.push({ code: "E_EXPR_BUDGET", message, offset: 0, path });
    return literal(null);
  }
  if (Array.isArray(value)) return listOf(value, path, problems);
  const entries = Object.entries(value).map(
    ([key, item]) => [key, templateOf(item, [...path, key], problems)] as const,
  );
  const known = entries.map(
    ([key, item]) => [key, item.kind === "literal" ? item.value : undefined] as const,
  );
  if (known.some(([, item]) => item === undefined)) return { kind: "map", entries };
  return literal(Object.fromEntries(known) as Json);
}

function listOf(value: readonly Json[], path: ValuePath, problems: TemplateProblem[]): Template {
  const items = value.map((item, index) => templateOf(item, [...path, index], problems));
  const known = items.flatMap((item) => (item.kind === "literal" ? [item.value] : []));
  return known.length === items.length ? literal(known) : { kind: "list", items };
}

function textOf(text: string): Template {
  const parts: (string | Slot)[] = [];
  let plain = "";
  let at = 0;
  for (;;) {
    const open = text.indexOf("${", at);
    if (open === -1) break;
    plain += text.slice(at, open);
    if (open > at && text[open - 1] === "$") {
      // The first $ of `$${` only says that the rest stands as it is.
      plain = `${plain.slice(0, -1)}\${`;
      at = open + 2;
      continue;
    }
    if (plain !== "") parts.push(plain);
    plain = "";
    const { slot, next } = slotAt(text, open + 2);
    parts.push(slot);
    at = next;
  }
  plain += text.slice(at);
  if (plain !== "") parts.push(plain);
  const [first] = parts;
  if (parts.length > 1 || first === undefined) return { kind: "text", parts };
  return typeof first === "string" ? literal(first) : { kind: "expression", ...first };
}

function slotAt(text: string, start: number): { readonly slot: Slot; readonly next: number } {
  const read = caught<{ ok: true; slot: Slot; next: number } | { ok: false; problem: ExpressionProblem }>(
    start,
    () => {
      const { expression, next } = readExpression(text, start, true);
      const secret = expression.references.find(isSecret);
      if (secret === undefined) return { ok: true, slot: { expression }, next };
      const name = secretOf(expression);
      if (name === null) throw new ExpressionError(secretProblem(secret));
      return { ok: true, slot: { expression, secret: name }, next };
    },
  );
  if (!read.ok) throw new ExpressionError(read.problem);
  return read;
}

/** The name, when `secrets.NAME` is all the expression says. */
function secretOf({ root, references }: Expression): string | null {
  const [reference] = references;
  const isAlone = root.kind === "member" && root.of.kind === "name" && reference?.head === "secrets";
  return isAlone ? root.key : null;
}

/** One pass; problems count their offset from the start of the text they stand in and carry the expression. */
export function render(template: Template, scope: Scope): Evaluated {
  switch (template.kind) {
    case "literal":
      return { ok: true, value: template.value };
    case "expression":
      return renderSlot(template, scope);
    case "text":
      return renderText(template.parts, scope);
    case "list":
      return renderList(template.items, scope);
    case "map": {
      const rendered = renderList(
        template.entries.map(([, item]) => item),
        scope,
      );
      if (!rendered.ok) return rendered;
      const values = rendered.value as readonly Json[];
      return {
        ok: true,
        value: Object.fromEntries(template.entries.map(([key], at) => [key, values[at] as Json])),
      };
    }
    /* node:coverage ignore next 2 */
    default:
      return template satisfies never;
  }
}

function renderList(items: readonly Template[], scope: Scope): Evaluated {
  const values: Json[] = [];
  for (const item of items) {
    const rendered = render(item, scope);
    if (!rendered.ok) return rendered;
    values.push(rendered.value);
  }
  return { ok: true, value: values };
}

function renderSlot({ expression, secret }: Slot, scope: Scope): Evaluated {
  const rendered: Evaluated =
    secret === undefined
      ? evaluate(expression, scope)
      : { ok: false, problem: secretProblem(expression.references[0] as Reference) };
  if (rendered.ok) return rendered;
  const { problem } = rendered;
  const offset = problem.offset + expression.start;
  return { ok: false, problem: { ...problem, offset, source: expression.source.trim() } };
}

function renderText(parts: readonly (string | Slot)[], scope: Scope): Evaluated {
  const rendered = renderParts(parts, scope, false);
  return rendered.ok ? { ok: true, value: rendered.value as string } : rendered;
}

export type RenderedEnvironment =
  | { readonly ok: true; readonly value: EnvironmentValue }
  | { readonly ok: false; readonly problem: ExpressionProblem };

/** The text of an environment value, with secrets left as names. */
export function renderEnvironment(template: Template, scope: Scope): RenderedEnvironment {
  if (template.kind === "text") return renderParts(template.parts, scope, true);
  if (template.kind === "expression") return renderParts([template], scope, true);
  const rendered = render(template, scope);
  return rendered.ok ? caught(0, () => ({ ok: true, value: textOfValue(rendered.value) })) : rendered;
}

const NOWHERE = { offset: 0, length: 0 };

function textOfValue(value: Json): string {
  return asText(value, new Meter(), NOWHERE);
}

function renderParts(
  parts: readonly (string | Slot)[],
  scope: Scope,
  keepsSecrets: boolean,
): RenderedEnvironment {
  const done: (string | { readonly secret: string })[] = [];
  let text = "";
  for (const part of parts) {
    if (typeof part !== "string" && part.secret !== undefined && keepsSecrets) {
      if (text !== "") done.push(text);
      text = "";
      done.push({ secret: part.secret });
      continue;
    }
    const rendered: Evaluated =
      typeof part === "string" ? { ok: true, value: part } : renderSlot(part, scope);
    if (!rendered.ok) return rendered;
    const joined = caught<Evaluated>(0, () => ({ ok: true, value: joinedText(text, rendered.value) }));
    if (!joined.ok) return joined;
    text = joined.value as string;
  }
  if (done.length === 0) return { ok: true, value: text };
  return { ok: true, value: text === "" ? done : [...done, text] };
}

function joinedText(text: string, value: Json): string {
  const added = textOfValue(value);
  if (text.length + added.length > EXPRESSION_LIMITS.resultSize) {
    fail("E_EXPR_BUDGET", "the text would be larger than 1 MiB", NOWHERE);
  }
  return text + added;
}

/** Every reference, those to secrets among them. */
export function templateReferences(template: Template, at: ValuePath = []): readonly TemplateReference[] {
  switch (template.kind) {
    case "literal":
      return [];
    case "expression":
      return slotReferences(template, at);
    case "text":
      return template.parts.flatMap((part) => (typeof part === "string" ? [] : slotReferences(part, at)));
    case "list":
      return template.items.flatMap((item, index) => templateReferences(item, [...at, index]));
    case "map":
      return template.entries.flatMap(([key, item]) => templateReferences(item, [...at, key]));
    /* node:coverage ignore next 2 */
    default:
      return template satisfies never;
  }
}

function slotReferences({ expression }: Slot, at: ValuePath): readonly TemplateReference[] {
  const { references, start } = expression;
  return references.map((reference) => ({ ...reference, offset: reference.offset + start, at }));
}
