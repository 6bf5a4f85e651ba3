/**
 * The small pieces all schemas are made of. The `error` text of each says what belongs there, in words that fit
 * behind "must be"; issues.ts makes the message and the code from it and from what was found instead.
 */
import * as z from "zod/mini";
import { LIMITS } from "../core/limits.ts";
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
const DURATION_WORDS = "seconds or a duration such as 90s, 15m, 2h, 7d";

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

export function oneExpression(error: string): Schema {
  return z.string({ error }).check(z.regex(ONE_EXPRESSION, { error }));
}

export function whole(from: number, to: number, why = ""): Schema {
  const error = `a whole number from ${shown(from)} to ${shown(to)}${why === "" ? "" : `, ${why}`}`;
  return z.int({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
}

export function number(from: number, to: number): Schema {
  const error = `a number from ${shown(from)} to ${shown(to)}`;
  return z.number({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
}

/** A number, or an expression that gives one. */
export function lateWhole(from: number, to: number): Schema {
  const error = `a whole number from ${shown(from)} to ${shown(to)}, or one \${ }`;
  const count = z.int({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
  return z.union([count, oneExpression(error)], { error });
}

/** Seconds, a duration with a unit, or an expression. The limit of the text form is checked when it is linked. */
export function duration(from: number, to: number = LIMITS.durationSeconds.default): Schema {
  const error = `${DURATION_WORDS}, from ${from} s to ${Math.round(to / 86_400)}d`;
  const unit = z.string({ error }).check(z.regex(DURATION, { error }));
  const seconds = z.number({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
  return z.union([seconds, unit, oneExpression(error)], { error });
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
