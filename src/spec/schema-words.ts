/**
 * The small pieces all schemas are made of. The `error` text of each says what belongs there, in words that fit
 * behind "must be"; issues.ts makes the message and the code from it and from what was found instead.
 */
import * as z from "zod/mini";
import { highest, type Range, rangeText } from "../core/range.ts";
import { thousands } from "../core/thousands.ts";

// No code generation: the same speed, and nothing for a content security policy to object to.
z.config({ jitless: true });

export type Schema = z.ZodMiniType;
export type Shape = Readonly<Record<string, Schema>>;

/** One map of the language: its name in messages and the keys it may have. */
export const KEYS = new Map<string, readonly string[]>();

/** A map with these keys and no others. The name says what the map is, such as "a task". */
export function block<S extends Shape>(name: string, shape: S): z.ZodMiniObject<S, z.core.$strict> {
  KEYS.set(name, Object.keys(shape));
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? name : `${name}, a map`),
  });
}

export function maybe<S extends Schema>(schema: S): z.ZodMiniOptional<S> {
  return z.optional(schema);
}

export const ID_PATTERN = /^[A-Za-z_][A-Za-z0-9_-]{0,99}$/;
const ID = "a name of letters, digits, _ and - (at most 100, not beginning with a digit)";
const ONE_EXPRESSION = /^\s*\$\{[\s\S]*\}\s*$/;
const DURATION = /^\d+(\.\d+)?[smhd]$/;

export const text = z.string({ error: "text" });
export const filled = z.string({ error: "text" }).check(z.minLength(1, { error: "text that is not empty" }));
export const id = z.string({ error: ID }).check(z.regex(ID_PATTERN, { error: ID }));
export const truth = z.boolean({ error: "true or false" });
/** Data of any kind; inside a strict map unknown alone would make the key required. */
export const anything = z.optional(z.unknown());
export const data = z.record(z.string(), z.unknown(), { error: "a map" });
export const texts = z.array(text, { error: "a list of texts" });
/** One text or several. */
export const textOrTexts = z.union([text, texts], { error: "text or a list of texts" });
/** With or without `${ }`, or a YAML boolean. */
export const condition = z.union([filled, z.boolean()], { error: "an expression, true or false" });

export function oneExpression(error: string | (() => string)): Schema {
  return z.string({ error }).check(z.regex(ONE_EXPRESSION, { error }));
}

/** A number, or an expression that gives one. */
export function late(range: Range): Schema {
  const { kind, from } = range;
  const to = highest(range);
  // The words are made when there is somebody to read them.
  const error = () => `${rangeText(range)}${kind === "seconds" ? "" : ", or one ${ }"}`;
  const given = kind === "whole" ? z.int({ error }) : z.number({ error });
  const inside = given.check(z.gte(from, { error }), z.lte(to, { error }));
  if (kind !== "seconds") return z.union([inside, oneExpression(error)], { error });
  // The limit of the text form is checked when it is linked.
  const unit = z.string({ error }).check(z.regex(DURATION, { error }));
  return z.union([inside, unit, oneExpression(error)], { error });
}

export function whole(from: number, to: number, why = ""): Schema {
  const error = () => `a whole number from ${shown(from)} to ${shown(to)}${why === "" ? "" : `, ${why}`}`;
  return z.int({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
}

export function number(from: number, to: number): Schema {
  const error = () => `a number from ${shown(from)} to ${shown(to)}`;
  return z.number({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
}

/** Seconds or a duration with a unit. The limit of the text form is checked by whoever reads it. */
export function duration(from: number, to: number): Schema {
  const error = () => rangeText({ kind: "seconds", from, to });
  const unit = z.string({ error }).check(z.regex(DURATION, { error }));
  const seconds = z.number({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
  return z.union([seconds, unit], { error });
}

/** One of some words, or an expression that gives one. */
export function lateOneOf(...words: readonly string[]): Schema {
  const error = `one of ${words.join(", ")}, or one \${ }`;
  return z.union([z.enum([...words] as [string, ...string[]], { error }), oneExpression(error)], { error });
}

export function oneOf<const T extends readonly string[]>(...words: T): Schema {
  return z.enum(words as unknown as [string, ...string[]], { error: `one of ${words.join(", ")}` });
}

export function listOf(schema: Schema, what: string): Schema {
  return z.array(schema, { error: `a list of ${what}` });
}

export function mapOf(schema: Schema, what: string): Schema {
  return z.record(z.string(), schema, { error: `a map of ${what}` });
}

export function either(error: string, ...schemas: readonly [Schema, Schema, ...Schema[]]): Schema {
  return z.union([...schemas], { error });
}

function shown(value: number): string {
  return thousands(value);
}
